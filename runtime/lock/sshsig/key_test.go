package sshsig_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/guild-run/guild/runtime/lock/sshsig"
)

func TestPassphrase(t *testing.T) {
	dir := t.TempDir()
	for _, options := range [][]string{{"-t", "ed25519"}, {"-t", "rsa", "-b", "2048", "-m", "PEM"}} {
		path := newKey(t, dir, strings.Join(options, ""), "open sesame", options...)
		_, err := sshsig.Sources{}.Open(path)
		fails(t, err, "key "+path+": it needs a passphrase")
		asked := ""
		ask := func(path string) ([]byte, error) { asked = path; return []byte("open sesame"), nil }
		key := open(t, sshsig.Sources{Passphrase: ask}, path)
		if asked != path {
			t.Errorf("asked for %q", asked)
		}
		text, err := key.Sign(namespace, message)
		must(t, err)
		must(t, parse(t, text).Verify(namespace, message))
		wrong := func(string) ([]byte, error) { return []byte("sesame"), nil }
		_, err = sshsig.Sources{Passphrase: wrong}.Open(path)
		fails(t, err, "key "+path+": x509: decryption password incorrect")
		refuse := errors.New("not now")
		_, err = sshsig.Sources{Passphrase: func(string) ([]byte, error) { return nil, refuse }}.Open(path)
		fails(t, err, "key "+path+": not now")
	}
}

func TestOpen_Errors(t *testing.T) {
	dir := t.TempDir()
	path := newKey(t, dir, "key", "", "-t", "ed25519")
	fingerprint := open(t, sshsig.Sources{}, path).Fingerprint()
	socket := startAgent(t)
	for _, c := range []struct {
		name, key, socket, want string
	}{
		{"absent", filepath.Join(dir, "nosuch"), "", "key " + filepath.Join(dir, "nosuch") + ": no such file or directory"},
		{"directory", dir, "", "key " + dir + ": is a directory"},
		{"no key", put(t, filepath.Join(dir, "text"), "hello\n"), "", "key " + filepath.Join(dir, "text") + ": ssh: no key found"},
		{"no agent", "agent", "", "there is no agent: SSH_AUTH_SOCK is not set"},
		{"empty agent", "agent", socket, "the agent has no key that can sign"},
		{"dead agent", "agent", filepath.Join(dir, "socket"), "agent: dial unix " + filepath.Join(dir, "socket") + ": connect: no such file or directory"},
		{"public", path + ".pub", "", "key " + path + ".pub: its private part must come from an agent: there is no agent: SSH_AUTH_SOCK is not set"},
		{"not in the agent", path + ".pub", socket, "key " + path + ".pub: the agent does not have " + fingerprint},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := sshsig.Sources{AgentSocket: c.socket}.Open(c.key)
			fails(t, err, c.want)
		})
	}
}

// startAgent starts OpenSSH's own agent, without keys.
func startAgent(t testing.TB, options ...string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "agent") // short enough for a socket
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	cmd := exec.Command(program(t, "ssh-agent"), append([]string{"-D", "-a", socket}, options...)...)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() })
	buf := make([]byte, 4096)
	if _, err := out.Read(buf); err != nil { // it says where it listens once it does
		t.Fatal(err)
	}
	return socket
}

func addKey(t testing.TB, socket, path string, options ...string) {
	t.Helper()
	cmd := exec.Command(program(t, "ssh-add"), append(append([]string{"-q"}, options...), path)...)
	cmd.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ssh-add: %v: %s", err, out)
	}
}

func TestAgent(t *testing.T) {
	dir, socket := t.TempDir(), startAgent(t)
	s := sshsig.Sources{AgentSocket: socket}
	ed := newKey(t, dir, "ed", "", "-t", "ed25519")
	addKey(t, socket, ed)
	one := open(t, s, "agent")
	for _, k := range keyTypes[1:5] {
		addKey(t, socket, newKey(t, dir, k.name, "", k.options...))
	}
	for _, k := range keyTypes[1:5] {
		path := filepath.Join(dir, k.name)
		signers := put(t, filepath.Join(dir, "signers"), "* "+public(t, path)+"\n")
		fingerprint := open(t, sshsig.Sources{}, path).Fingerprint()
		for _, name := range []string{path + ".pub", "agent:" + k.name, "agent:" + fingerprint} {
			text, err := open(t, s, name).Sign(namespace, message)
			must(t, err)
			must(t, opensshAgrees(t, signers, "me", text))
			must(t, parse(t, text).Verify(namespace, message))
		}
	}
	_, err := s.Open("agent")
	if err == nil || !strings.HasPrefix(err.Error(), "the agent has 5 keys: name one of agent:"+one.Fingerprint()+" (ed), agent:SHA256:") {
		t.Errorf("got %v", err)
	}
	_, err = s.Open("agent:nosuch")
	if err == nil || !strings.HasPrefix(err.Error(), `the agent has no key "nosuch"; it has agent:`+one.Fingerprint()+" (ed), agent:SHA256:") {
		t.Errorf("got %v", err)
	}
}
