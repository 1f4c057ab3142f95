package slurmtest

import (
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// defaults are the lines of slurm.conf; DIR and the PORTs are filled in.
const defaults = `ClusterName=guildtest
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=PORT0
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=DIR/munge.sock,cred_expire=5
CredType=cred/munge
StateSaveLocation=DIR/state
SlurmdSpoolDir=DIR/spool.%n
SlurmctldPidFile=DIR/slurmctld.pid
SlurmdPidFile=DIR/slurmd.%n.pid
SwitchType=switch/none
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MailProg=/bin/true
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
MinJobAge=300
KillWait=5
OverTimeLimit=0
SlurmdTimeout=300
ReturnToService=2
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
GresTypes=card
SlurmctldParameters=preempt_send_user_signal
`

// machines come last in slurm.conf. Preemption has a node of its own, so that it does not meet jobs of other tests.
const machines = `NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=PORT1 CPUs=16 RealMemory=64000 Features=big Gres=card:4 State=UNKNOWN
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=PORT2 CPUs=16 RealMemory=64000 Features=big Gres=card:4 State=UNKNOWN
NodeName=n3 NodeHostname=localhost NodeAddr=127.0.0.1 Port=PORT3 CPUs=16 RealMemory=64000 Features=big Gres=card:4 State=UNKNOWN
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
PartitionName=low Nodes=n3 MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=n3 MaxTime=INFINITE State=UP PriorityTier=10
`

// configure writes slurm.conf, gres.conf (of units that are only counted) and the key of munge, and makes the directories.
func (c *Cluster) configure(settings []string) error {
	for _, dir := range []string{"state", "spool.n1", "spool.n2", "spool.n3"} {
		if err := os.Mkdir(filepath.Join(c.dir, dir), 0o755); err != nil {
			return err
		}
	}
	key := make([]byte, 128)
	rand.Read(key)
	if err := os.WriteFile(filepath.Join(c.dir, "key"), key, 0o600); err != nil {
		return err
	}
	var b strings.Builder
	for line := range strings.Lines(defaults) {
		name, _, _ := strings.Cut(line, "=")
		replaced := false
		for _, s := range settings {
			replaced = replaced || strings.HasPrefix(s, name+"=")
		}
		if !replaced {
			b.WriteString(line)
		}
	}
	for _, s := range settings {
		b.WriteString(s + "\n")
	}
	b.WriteString(machines)
	ports, err := freePorts(4)
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(b.String(), "DIR", c.dir)
	for i, p := range ports {
		text = strings.ReplaceAll(text, fmt.Sprintf("PORT%d", i), fmt.Sprint(p))
	}
	if err := os.WriteFile(filepath.Join(c.dir, "gres.conf"), []byte("Name=card Count=4\n"), 0o644); err != nil {
		return err
	}
	return os.WriteFile(c.conf, []byte(text), 0o644)
}

// freePorts finds ports that nobody listens on, below those that Linux gives to outgoing connections.
func freePorts(n int) ([]int, error) {
	var ports []int
	for tries := 0; len(ports) < n && tries < 200; tries++ {
		l, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", 20000+mathrand.IntN(12000)))
		if err != nil {
			continue
		}
		defer l.Close() // not before all are found, so that they differ
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	if len(ports) < n {
		return nil, fmt.Errorf("no free ports on the loopback interface")
	}
	return ports, nil
}
