//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

func isExit(err error, exit **exec.ExitError) bool { return errors.As(err, exit) }

// nextCommand does with a killed run what a person may do next. Each must do its work, or say why not, and none may wait.
func (v *victim) nextCommand(i int, id string, status run.Status) {
	v.t.Helper()
	if listed := slices.Contains(v.list(), id+" "+string(status)); listed != (status != "") {
		v.t.Errorf("run %s (%s) is listed: %v", id, status, listed)
	}
	x := fmt.Sprintf("x=%d", i)
	if status == "" {
		v.must(0, "run", "train", "-y", "--run-id", id, x)
		return
	}
	v.must(0, "runs", "info", id)
	if _, code := v.guild("runs", "verify", id); code != exitOK && code != exitNotLocked {
		v.t.Errorf("verify of run %s (%s) ends with %d", id, status, code)
	}
	switch i % 4 {
	case 0:
		v.must(0, "run", "--restart", id, "-y")
		newest := strings.Fields(v.list()[0])
		if newest[1] != string(run.Completed) {
			v.t.Errorf("run %s was %s, restarted it is %s", id, status, newest[1])
		}
	case 1:
		out := v.must(0, "run", "train", "-y", "--needed", x)
		if skipped := strings.Contains(out, "Skipping"); skipped != (status == run.Completed) {
			v.t.Errorf("run %s is %s, and --needed says %q", id, status, out)
		}
		if out := v.must(0, "run", "train", "-y", "--needed", x); !strings.Contains(out, "Skipping") {
			v.t.Errorf("--needed does not find the run it made: %q", out)
		}
	case 2:
		if !status.Final() {
			v.must(exitFailure, "runs", "lock", id)
			break
		}
		v.guild("runs", "lock", id) // it may be locked
		v.must(exitOK, "runs", "verify", id)
		v.must(0, "runs", "unlock", id)
		v.must(exitNotLocked, "runs", "verify", id)
	case 3:
		v.guild("runs", "unlock", id) // it may be locked
		v.must(0, "runs", "rm", "-y", id)
		v.must(0, "runs", "restore", "-y", id)
		if got := v.status(id); got != status {
			v.t.Errorf("run %s was %s, restored it is %s", id, status, got)
		}
		v.must(0, "runs", "rm", "-y", id)
		v.must(0, "runs", "purge", "-y", id)
		if exists(filepath.Join(v.home, "trash", "runs", id)) {
			v.t.Errorf("run %s is in the trash", id)
		}
	}
}

// list is `guild runs`, newest first: id and status.
func (v *victim) list() []string {
	v.t.Helper()
	var doc struct {
		Runs []struct{ ID, Status string }
	}
	out := v.must(0, "runs", "--all", "--json")
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		v.t.Fatalf("%v in %q", err, out)
	}
	var list []string
	for _, r := range doc.Runs {
		list = append(list, r.ID+" "+r.Status)
	}
	return list
}

// indexIsRight compares what the index says with what it says when it is made anew.
func (v *victim) indexIsRight() {
	v.t.Helper()
	grown := v.list()
	if err := os.RemoveAll(filepath.Join(v.home, "index")); err != nil {
		v.t.Fatal(err)
	}
	if fresh := v.list(); !slices.Equal(grown, fresh) {
		v.t.Errorf("the index has\n%s\nand there is\n%s", strings.Join(grown, "\n"), strings.Join(fresh, "\n"))
	}
	for _, line := range grown {
		if strings.HasSuffix(line, " running") {
			v.t.Errorf("%s, and nothing runs", line)
		}
	}
}
