package lock_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/lock"
)

// The root as FORMAT.md says it is computed, from the text of the files and with the program b3sum.
func TestRootByHand(t *testing.T) {
	program := b3sum(t)
	dir := newRun(t)
	put(t, dir, "tab\tname\xff", "x", 0o644)
	l := create(t, dir)
	sums := map[string]string{}
	for line := range strings.Lines(string(read(t, dir, lock.SumsFile))) {
		digest, path, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		sums[path] = digest
	}
	var framed []byte
	for line := range strings.Lines(string(read(t, dir, lock.MetaFile))) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if fields[0] == "root" {
			break
		}
		for i, f := range fields {
			if strings.Contains(f, `\`) {
				plain, err := strconv.Unquote(`"` + f + `"`)
				must(t, err)
				fields[i] = plain
			}
		}
		if fields[0] == "f" && fields[3] == "-" {
			fields[3] = sums[fields[4]]
		}
		framed = binary.LittleEndian.AppendUint64(framed, uint64(len(fields)))
		for _, f := range fields {
			framed = append(binary.LittleEndian.AppendUint64(framed, uint64(len(f))), f...)
		}
	}
	cmd := exec.Command(program, "--derive-key", "guild 2026-11 run lock v1")
	cmd.Stdin = bytes.NewReader(framed)
	out, err := cmd.Output()
	must(t, err)
	if got, want := strings.Fields(string(out))[0], l.Root.Hex(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A stand-in for a file system whose directories cannot be locked.
func TestClaimFile(t *testing.T) {
	dir := newRun(t)
	end, err := lock.ClaimFile(t.Context(), dir, false) // nobody ever changed it
	must(t, err)
	end()
	end, err = lock.ClaimFile(t.Context(), dir, true)
	must(t, err)
	short, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := lock.ClaimFile(short, dir, false); err == nil {
		t.Error("claimed twice")
	}
	end()
	create(t, dir)
	intact(t, dir)
	for range 2 { // also in a locked run
		end, err := lock.ClaimFile(t.Context(), dir, false)
		must(t, err)
		defer end()
	}
}
