//go:build linux

package main

import (
	"crypto/md5"
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestGuildAICompleted compares a finished run value by value.
func TestGuildAICompleted(t *testing.T) {
	f := newForeignTest(t)
	before := time.Now()
	f.guild(0, "run", "train.py", "lr=0.5", "name=it's: yes", "verbose=yes", "-y", "--run-id", "done", "--label", "1:30", "--tag", "no", "--tag", "b", "--comment", "so: it is")
	after := time.Now()
	r := f.read()["done"]
	f.equal("status", r.status, "completed")
	f.equal("opref", r.opref, foreignOpRef{"script", f.dir, "", "", "train.py"})
	host, _ := os.Hostname()
	for name, want := range map[string]any{
		"id": "done", "cmd": []any{"python3", "train.py"}, "exit_status": 0, "host": host, "label": "1:30", "tags": []any{"no", "b"},
		"flags":      map[string]any{"lr": 0.5, "steps": 3, "name": "it's: yes", "verbose": true},
		"user_flags": map[string]any{"lr": 0.5, "name": "it's: yes", "verbose": true},
	} {
		f.equal(name, r.attrs[name], want)
	}
	f.between("initialized", r.attrs["initialized"], before, after)
	f.between("started", r.attrs["started"], before, after)
	f.between("stopped", r.attrs["stopped"], before, after)
	comments, _ := r.attrs["comments"].([]any)
	comment, _ := comments[0].(map[string]any)
	f.equal("comment", []any{comment["body"], comment["host"], len(comments)}, []any{"so: it is", host, 1})
	f.between("comment time", comment["time"], before, after)
	seed, _ := r.attrs["random_seed"].(int)
	if seed < 0 || seed > 1<<32-1 {
		t.Errorf("random_seed is %v", r.attrs["random_seed"])
	}
	env, _ := r.attrs["env"].(map[string]any)
	f.equal("env", []any{env["PLAIN"], env["SECRET_TOKEN"], env["FLAG_LR"], env["RUN_DIR"], env["PWD"]}, []any{"shown", nil, "0.5", r.dir, r.dir})
	for _, name := range []string{"LOCK", "PENDING", "STAGED"} {
		f.equal(name, r.has(name), false)
	}

	lines, err := r.output()
	if err != nil {
		t.Fatal(err)
	}
	streams := map[string]int{}
	for _, line := range lines {
		streams[line.text] = line.stream
		f.between("line "+line.text, int(line.millis*1000+999), time.UnixMicro(int64(r.attrs["started"].(int))), after.Add(time.Millisecond))
	}
	f.equal("output", streams, map[string]int{"loss: 0.5": 0, "to stderr": 1, "é end": 0})
	f.sources(r, "train.py")
	events, _ := filepath.Glob(r.path("events.out.tfevents.*"))
	f.equal("event files", len(events), 1)
}

// sources compares manifest and digest with the project's own files, which were not changed since.
func (f *foreignTest) sources(r *foreignRun, main string) {
	f.Helper()
	manifest, err := r.manifest()
	if err != nil {
		f.Fatal(err)
	}
	digest := md5.New()
	var listed []string
	slices.SortFunc(manifest, func(a, b manifestLine) int { return strings.Compare(a.runPath, b.runPath) })
	for _, line := range manifest {
		content, err := os.ReadFile(filepath.Join(f.dir, line.from))
		if err != nil {
			f.Fatal(err)
		}
		f.equal("manifest line", line, manifestLine{"s", line.from, fmt.Sprintf("%x", sha1.Sum(content)), line.from})
		fmt.Fprintf(digest, "%s\x00%s\x00", line.runPath, content)
		listed = append(listed, line.runPath)
		if staged, err := os.ReadFile(filepath.Join(r.dir, line.runPath)); err != nil || line.runPath != main && string(staged) != string(content) {
			f.Errorf("%s is not in the run as it was: %v", line.runPath, err)
		}
	}
	f.equal("source files", listed, slices.Sorted(maps.Keys(foreignProject)))
	f.equal("sourcecode_digest", r.attrs["sourcecode_digest"], fmt.Sprintf("%x", digest.Sum(nil)))
}

// TestGuildAIStatuses compares each status, and the files that it is derived from, with what guild says itself.
func TestGuildAIStatuses(t *testing.T) {
	f := newForeignTest(t)
	f.guild(0, "run", "texts", "-y", "--run-id", "completed")
	f.guild(7, "run", "fail.sh", "-y", "--run-id", "error")
	f.guild(143, "run", "self.sh", "-y", "--run-id", "terminated")
	before := time.Now()
	f.guild(0, "run", "train.py", "lr=2", "-y", "--run-id", "staged", "--stage")
	after := time.Now()
	stuck := f.background("run", "texts", "-y", "--run-id", "pending", "--hook", "loop.on=true")
	f.until("pending", func(r *foreignRun) bool { return r.has("hooks/pinned.json") })
	stuck.kill()
	slow := f.background("run", "slow.sh", "-y", "--run-id", "running")
	f.until("running", func(r *foreignRun) bool { _, err := os.Stat(filepath.Join(r.dir, "pid")); return err == nil })

	runs := f.read()
	statuses := map[string]string{}
	for id, r := range runs {
		statuses[id] = r.status
	}
	want := map[string]string{}
	for _, status := range []string{"completed", "error", "terminated", "staged", "pending", "running"} {
		want[status] = status
	}
	f.equal("statuses", statuses, want)
	f.equal("guild's own", f.listed(), want)

	f.equal("exit status of error", runs["error"].attrs["exit_status"], 7)
	f.equal("exit status of terminated", runs["terminated"].attrs["exit_status"], -15)
	f.between("started of staged", runs["staged"].attrs["started"], before, after)
	for id, want := range map[string][]bool{ // PENDING, STAGED, LOCK, attrs/exit_status, attrs/started, attrs/stopped
		"completed": {false, false, false, true, true, true}, "error": {false, false, false, true, true, true}, "terminated": {false, false, false, true, true, true},
		"staged": {false, true, false, false, true, false}, "pending": {true, false, false, false, false, false}, "running": {false, false, true, false, true, false},
	} {
		var got []bool
		for _, name := range []string{"PENDING", "STAGED", "LOCK", "attrs/exit_status", "attrs/started", "attrs/stopped"} {
			got = append(got, runs[id].has(name))
		}
		f.equal("files of "+id, got, want)
	}
	// LOCK has the operation's own pid, not that of guild.
	pid, err := os.ReadFile(filepath.Join(runs["running"].dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	locked, _ := runs["running"].lockPID()
	f.equal("LOCK", strconv.Itoa(locked), strings.TrimSpace(string(pid)))

	// Without guild and without its process, a run is not running.
	slow.kill()
	f.until("running", func(r *foreignRun) bool { return r.status == "error" })
	f.equal("guild's own", f.listed()["running"], "error")
	// A staged run that is started, and a run that is started again, have no old exit status while they run.
	again := f.background("run", "--restart", "running", "-y")
	f.until("running", func(r *foreignRun) bool { return r.status == "running" })
	f.guild(0, "stop", "running")
	again.wait()
	f.until("running", func(r *foreignRun) bool { return r.status == "terminated" })
	f.guild(0, "run", "--start", "staged", "-y")
	f.equal("started run", f.read()["staged"].status, "completed")
}

// TestGuildAITexts writes what is hard to write in YAML, and reads it with two readers that are not ours.
func TestGuildAITexts(t *testing.T) {
	f := newForeignTest(t)
	args := []string{"run", "texts", "-y", "--run-id", "texts", "--label", "n"}
	want := map[string]any{}
	for i, text := range hardTexts {
		name := fmt.Sprintf("t%02d", i)
		args = append(args, name+"="+text)
		want[name] = text
	}
	f.guild(0, args...)
	r := f.read()["texts"]
	f.equal("flags", r.attrs["flags"], want)
	f.equal("label", r.attrs["label"], "n")
	f.equal("opref", []string{r.opref.pkgType, r.opref.pkgName, r.opref.model, r.opref.op}, []string{"guildfile", filepath.Join(f.dir, "guild.toml"), "", "texts"})

	if exec.Command("python3", "-c", "import yaml").Run() != nil {
		t.Log("python3 has no yaml; read with one reader only")
		return
	}
	const script = `import json, os, sys, yaml
attrs = os.path.join(sys.argv[1], ".guild", "attrs")
print(json.dumps({name: yaml.safe_load(open(os.path.join(attrs, name), encoding="utf-8")) for name in os.listdir(attrs)}))`
	out, err := exec.Command("python3", "-c", script, r.dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	var python, ours map[string]any
	if err := json.Unmarshal(out, &python); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r.attrs)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &ours); err != nil {
		t.Fatal(err)
	}
	f.equal("flags in python", python["flags"], want)
	for name := range ours {
		f.equal(name+" in python", python[name], ours[name])
	}
}
