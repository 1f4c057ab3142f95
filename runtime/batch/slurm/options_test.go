package slurm_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/batch/slurm"
)

func TestParseOptions(t *testing.T) {
	got, err := slurm.ParseOptions(map[string]any{
		"partition": "gpu", "account": "lab", "qos": "high", "constraint": "a100|h100", "time": "2h", "cpus": int64(4), "gres": "gpu:1", "mem": "8GiB",
		"array-limit": 10.0, "requeue": false, "extra": []any{"--exclude=n7", "--exclusive"},
	})
	want := slurm.Options{
		Partition: "gpu", Account: "lab", QOS: "high", Constraint: "a100|h100", Time: 2 * time.Hour, CPUs: 4, GRES: "gpu:1", Mem: "8G", ArrayLimit: 10,
		Extra: []string{"--exclude=n7", "--exclusive"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
	if got, err := slurm.ParseOptions(nil); err != nil || !reflect.DeepEqual(got, slurm.Options{Requeue: true}) {
		t.Errorf("%+v %v", got, err)
	}
}

func TestTimes(t *testing.T) {
	for text, want := range map[any]string{
		"2h": "120", "90m": "90", "30s": "1", "61s": "2", "90": "90", int64(45): "45", "1:30": "2", "2:00:00": "120", "1-0": "1440", "1-12:30": "2190",
		"1-12:30:01": "2191", "unlimited": "UNLIMITED", "infinite": "UNLIMITED",
	} {
		o, err := slurm.ParseOptions(map[string]any{"time": text})
		if err != nil {
			t.Errorf("%v: %v", text, err)
			continue
		}
		args := slurm.Array{Options: o}.Arguments(slurm.Job{Tasks: 1})
		if !slices.Contains(args, "--time="+want) {
			t.Errorf("%v: want %s: %q", text, want, args)
		}
	}
}

func TestParseOptionsErrors(t *testing.T) {
	for _, c := range []struct {
		key   string
		value any
		want  string
	}{
		{"partitions", "x", `unknown option "partitions" of the launcher slurm, did you mean "partition"?`},
		{"zebra", "x", `unknown option "zebra" of the launcher slurm, there are account, array-limit, constraint, cpus, extra, gres, mem, partition, qos, requeue, time`},
		{"partition", "", `option "partition" of the launcher slurm: want a word`},
		{"partition", int64(3), `option "partition" of the launcher slurm: want a word`},
		{"account", "a b", `option "account" of the launcher slurm: want a word`},
		{"gres", "x\ny", `option "gres" of the launcher slurm: want a word`},
		{"cpus", int64(0), `option "cpus" of the launcher slurm: want a whole number from 1 to 1048576`},
		{"cpus", 1.5, `option "cpus" of the launcher slurm: want a whole number from 1 to 1048576`},
		{"array-limit", "4", `option "array-limit" of the launcher slurm: want a whole number from 1 to 1048576`},
		{"requeue", "yes", `option "requeue" of the launcher slurm: want true or false`},
		{"mem", "8 G", `option "mem" of the launcher slurm: want an amount of memory, such as "8G", or a number of megabytes`},
		{"mem", "-1", `option "mem" of the launcher slurm: want an amount of memory, such as "8G", or a number of megabytes`},
		{"time", "soon", `option "time" of the launcher slurm: want a time, such as "2h", "1-12:00:00" or "unlimited"`},
		{"time", "0", `option "time" of the launcher slurm: want a time, such as "2h", "1-12:00:00" or "unlimited"`},
		{"time", "999999-0", `option "time" of the launcher slurm: want a time, such as "2h", "1-12:00:00" or "unlimited"`},
		{"time", "999999-999999999:0:0", `option "time" of the launcher slurm: want a time, such as "2h", "1-12:00:00" or "unlimited"`},
		{"extra", "--hold", `option "extra" of the launcher slurm: want a list of options of sbatch, at most 64`},
		{"extra", []any{int64(1)}, `option "extra" of the launcher slurm: "1": want "--name" or "--name=value" in one word`},
		{"extra", []any{"other.sh"}, `option "extra" of the launcher slurm: "other.sh": want "--name" or "--name=value" in one word`},
		{"extra", []any{"-a5"}, `option "extra" of the launcher slurm: "-a5": want "--name" or "--name=value" in one word`},
		{"extra", []any{"--"}, `option "extra" of the launcher slurm: "--": want "--name" or "--name=value" in one word`},
		{"extra", []any{"--array=0-9"}, `option "extra" of the launcher slurm: "--array=0-9": guild itself sets --array of sbatch`},
		{"extra", []any{"--arr=0-9"}, `option "extra" of the launcher slurm: "--arr=0-9": guild itself sets --array of sbatch`},
		{"extra", []any{"--wai"}, `option "extra" of the launcher slurm: "--wai": guild itself sets --wait of sbatch`},
		{"extra", []any{"--mem=5"}, `option "extra" of the launcher slurm: "--mem=5": guild itself sets --mem of sbatch`},
	} {
		if _, err := slurm.ParseOptions(map[string]any{c.key: c.value}); err == nil || err.Error() != c.want {
			t.Errorf("%s = %v\ngot  %v\nwant %s", c.key, c.value, err, c.want)
		}
	}
}

func TestExtraAlike(t *testing.T) {
	for _, word := range []string{"--mem-per-cpu=2G", "--wait-all-nodes=1", "--exclude=n1", "--nice=5", "--time-min=5", "--mail-type=END", "--ntasks=2"} {
		if o, err := slurm.ParseOptions(map[string]any{"extra": []any{word}}); err != nil || o.Extra[0] != word {
			t.Errorf("%s: %v", word, err)
		}
	}
}

func TestArrayErrors(t *testing.T) {
	good := slurm.Array{Name: "n", Token: "t1", IDs: []string{"a"}, Start: []string{"true"}, Restart: []string{"true"}, Dir: "/", Folder: "/nowhere"}
	for want, change := range map[string]func(*slurm.Array){
		"slurm: a job array without runs":                                  func(a *slurm.Array) { a.IDs = nil },
		`slurm: "a b" cannot name a submission`:                            func(a *slurm.Array) { a.Token = "a b" },
		"slurm: a job array needs commands to start and to restart a run":  func(a *slurm.Array) { a.Restart = nil },
		`slurm: directory "x": want an absolute path without backslashes`:  func(a *slurm.Array) { a.Dir = "x" },
		`slurm: folder "/a\\b": want an absolute path without backslashes`: func(a *slurm.Array) { a.Folder = `/a\b` },
		`slurm: run id "a\nb" has characters that cannot be printed`:       func(a *slurm.Array) { a.IDs = []string{"a\nb"} },
		`slurm: run id "-n" begins with "-"`:                               func(a *slurm.Array) { a.IDs = []string{"-n"} },
		`slurm: cannot export the variable "A B"`:                          func(a *slurm.Array) { a.Env = map[string]string{"A B": ""} },
		`slurm: cannot export the variable "1A"`:                           func(a *slurm.Array) { a.Env = map[string]string{"1A": ""} },
		`slurm: a word of the command has a NUL byte: "x\x00"`:             func(a *slurm.Array) { a.Start = []string{"x\x00"} },
	} {
		a := good
		change(&a)
		if _, err := new(slurm.Client).Submit(t.Context(), a); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestNotAvailable(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	want := "slurm: sbatch is not on PATH: this is not a machine that submits to a cluster"
	if err := new(slurm.Client).Available(t.Context()); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
