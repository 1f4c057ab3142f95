package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/internal/canon"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// maxRecords bounds the hook records of a run that are read back, in bytes.
const maxRecords = 1 << 30

// Passed reports, by the records that the lock covers, whether the run passed a policy: the hook was called with that module in an
// event in which it may refuse, and in the last call for each such event it neither refused nor failed. The error says why not. Of a run
// that was restarted in place only the last start counts.
//
// The lock proves that the records are as they were when the run was locked. What wrote them was guild, or a program that the run
// itself ran.
func Passed(target *store.Run, l *lock.Lock, name string, module run.Digest) error {
	if off, _, err := target.Attr(AttrNoHooks); err != nil || off == true {
		return errors.Join(err, errors.New("it was run with --no-hooks"))
	}
	pinned := ".guild/hooks/" + module.Hex()[:16] + ".wasm"
	entry := covered(l, pinned)
	if entry == nil || entry.Digest != module {
		return errors.New("no hook of that module was pinned in it")
	}
	data, err := readRegular(target.Path(recordsFile), maxRecords)
	if err != nil {
		return fmt.Errorf("it has no hook records: %w", err)
	}
	if entry := covered(l, ".guild/"+recordsFile); entry == nil || entry.Digest != canon.Bytes(data) {
		return errors.New("its hook records are not those of its lock")
	}
	last := lastCalls(data, name)
	asked := false
	for _, info := range abi.Events {
		rec, ok := last[info.Event]
		if !ok || !info.Has(abi.MayDeny) {
			continue
		}
		asked = true
		switch {
		case rec.Digest != module.String():
			return fmt.Errorf("in %s the hook's module was %s", info.Event, rec.Digest)
		case rec.Verdict == verdictDenied:
			return fmt.Errorf("it was denied in %s: %s", info.Event, rec.Reason)
		case rec.Verdict != verdictDone:
			return fmt.Errorf("the hook %s in %s: %s", rec.Verdict, info.Event, rec.Reason)
		}
	}
	if !asked {
		return errors.New("the hook was not called in any event in which it may refuse")
	}
	return nil
}

// lastCalls are the last records of a hook by event, of the last start of the run. With each start the numbers begin again. A line that a
// crash cut short is no record.
func lastCalls(data []byte, name string) map[abi.Event]record {
	last := map[abi.Event]record{}
	seq := 0
	for line := range bytes.Lines(data) {
		var rec record
		if json.Unmarshal(line, &rec) != nil {
			continue
		}
		if rec.Seq > 0 {
			if rec.Seq <= seq {
				clear(last)
			}
			seq = rec.Seq
		}
		if rec.Hook == name {
			last[rec.Event] = rec
		}
	}
	return last
}

// covered is the regular file of a path as the lock has it, or nil.
func covered(l *lock.Lock, path string) *lock.Entry {
	for i := range l.Entries {
		if l.Entries[i].Path == path && l.Entries[i].Type == lock.File {
			return &l.Entries[i]
		}
	}
	return nil
}
