package runner

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// Replayed is one event that was executed again.
type Replayed struct {
	Run    run.ID    `json:"run"`
	Seq    int       `json:"seq"`
	Hook   string    `json:"hook"`
	Event  abi.Event `json:"event"`
	Was    string    `json:"was"` // the recorded verdict
	Now    string    `json:"now"`
	Reason string    `json:"reason,omitempty"` // of the verdict now
	Fuel   uint64    `json:"fuel"`
	// Same: every bit that the hook decided, asked for, logged and used is as recorded.
	Same bool `json:"same"`
	// Difference says what is not, in words.
	Difference string `json:"difference,omitempty"`
	// Unknown: the other module asked for something that was not recorded, so its verdict is a guess.
	Unknown bool `json:"unknown,omitempty"`
}

// ErrNotRecorded is the error of a run without recorded events.
var ErrNotRecorded = errors.New("it has no recorded events")

// errCut is the error of an event whose answers were too many to be kept.
var errCut = errors.New("too much was read to be recorded")

// Replay executes the recorded events of a run again, with the modules that are pinned in it: offline, without its files.
func (r *Runner) Replay(ctx context.Context, target *store.Run, report func(Replayed)) error {
	pinned, err := r.pinnedOnly(target)
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNotRecorded
	}
	if err != nil {
		return fmt.Errorf("run %s: %w", target.ID, err)
	}
	return eachTrace(target, func(t *trace) error {
		h := find(pinned, t.Hook, t.Digest)
		if h == nil {
			return fmt.Errorf("run %s: hook %s is not pinned with module %s", target.ID, t.Hook, t.Digest)
		}
		replayed, err := r.replayOne(ctx, target, h, t, false)
		if err != nil {
			return fmt.Errorf("run %s: %s of %s: %w", target.ID, t.Event, t.Hook, err)
		}
		report(replayed)
		return nil
	})
}

// ReplayAgainst shows what another module would have decided at the recorded events of one hook. The module gets the grants,
// parameters and limits that the hook had, and whatever it asks for beside.
func (r *Runner) ReplayAgainst(ctx context.Context, target *store.Run, hookName string, module []byte, report func(Replayed)) error {
	pinned, err := r.pinnedOnly(target)
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNotRecorded
	}
	if err != nil {
		return fmt.Errorf("run %s: %w", target.ID, err)
	}
	for _, h := range pinned {
		if h.Name != hookName {
			continue
		}
		asked, err := askedFor(module)
		if err != nil {
			return err
		}
		config := h.HookConfig
		config.Digest, config.Allow = "", append(asked, config.Allow...)
		other, err := newHook(config, module)
		if err != nil {
			return err
		}
		return eachTrace(target, func(t *trace) error {
			if t.Hook != hookName || !other.handles(t.Event) {
				return nil
			}
			replayed, err := r.replayOne(ctx, target, other, t, true)
			if err != nil {
				return fmt.Errorf("run %s: %s of %s: %w", target.ID, t.Event, t.Hook, err)
			}
			report(replayed)
			return nil
		})
	}
	return nil
}

func (r *Runner) replayOne(ctx context.Context, target *store.Run, h *hook, t *trace, loose bool) (Replayed, error) {
	out := Replayed{Run: target.ID, Seq: t.Seq, Hook: t.Hook, Event: t.Event, Was: t.Result.Verdict}
	if t.Cut && !loose {
		return out, errCut
	}
	if err := h.load(ctx, r.hookEngine()); err != nil {
		return out, err
	}
	host := &answers{list: t.Answers, loose: loose}
	call := host.call(t, func(engine.LogRecord) {})
	call.Time = time.Unix(0, t.Time)
	result, err := h.engine.Call(ctx, call)
	if failure := (*engine.Failure)(nil); err != nil && !errors.As(err, &failure) {
		return out, err
	}
	now := summarize(result, err)
	out.Now, out.Reason, out.Fuel, out.Unknown = now.Verdict, now.Reason, now.Fuel, host.unknown
	out.Difference = difference(t.Result, now)
	if host.diverged != "" {
		out.Difference = host.diverged
	} else if !loose && host.next < len(host.list) {
		out.Difference = fmt.Sprintf("%d recorded calls were not made", len(host.list)-host.next)
	}
	out.Same = out.Difference == ""
	return out, nil
}

// difference says in which part two results are not the same, or nothing.
func difference(was, now traceResult) string {
	type part struct {
		name     string
		was, now any
	}
	for _, p := range []part{
		{"verdict", was.Verdict, now.Verdict}, {"reason", was.Reason, now.Reason}, {"flags", was.Flags, now.Flags},
		{"attributes", was.Attrs, now.Attrs}, {"environment", was.Env, now.Env}, {"plan", was.Plan, now.Plan}, {"answer", was.Answer, now.Answer},
		{"lock request", was.Lock, now.Lock}, {"emitted records", was.Emitted, now.Emitted}, {"log", was.Log, now.Log},
		{"dropped log records", was.Dropped, now.Dropped}, {"fuel", was.Fuel, now.Fuel},
	} {
		a, errA := json.Marshal(p.was)
		b, errB := json.Marshal(p.now)
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			return fmt.Sprintf("%s was %s, is %s", p.name, a, b)
		}
	}
	return ""
}

func find(hooks []*hook, name, digest string) *hook {
	for _, h := range hooks {
		if h.Name == name && h.digest.String() == digest {
			return h
		}
	}
	return nil
}

// maxTraceLine bounds one line of a trace file that is read back, in bytes: answers in base64, and the document.
const maxTraceLine = 4 * maxTrace

// eachTrace reads the traces of a run in order.
func eachTrace(target *store.Run, visit func(*trace) error) error {
	any := false
	for _, name := range []string{traceFile, traceAfterLockFile} {
		f, err := os.Open(target.Path(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		any = true
		err = scanTraces(f, visit)
		f.Close()
		if err != nil {
			return err
		}
	}
	if !any {
		return fmt.Errorf("run %s: %w", target.ID, ErrNotRecorded)
	}
	return nil
}

func scanTraces(r io.Reader, visit func(*trace) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxTraceLine)
	for n := 1; lines.Scan(); n++ {
		var t trace
		if err := json.Unmarshal(lines.Bytes(), &t); err != nil {
			return fmt.Errorf("%s:%d: %w", traceFile, n, err)
		}
		if err := visit(&t); err != nil {
			return err
		}
	}
	return lines.Err()
}

// traceOf makes the trace of an invocation.
func (s *session) traceOf(h *hook, c engine.Call, t *tracer, result *engine.Result, err error) trace {
	return trace{
		Seq: s.seq, Hook: h.Name, Digest: h.digest.String(), Event: c.Event, Time: c.Time.UnixNano(), Seed: c.Seed[:], Document: c.Document,
		Stage: c.Stage != nil, Answers: t.answers, Cut: t.cut, Result: summarize(result, err),
	}
}

// keepTrace writes a trace, or keeps it until the run exists.
func (s *session) keepTrace(t trace) {
	if s.run == nil || s.hold {
		s.traces = append(s.traces, t)
		return
	}
	file := traceFile
	if s.locked {
		file = traceAfterLockFile
	}
	line, err := json.Marshal(t)
	if err == nil {
		err = s.run.AppendOnly(file, line)
	}
	if err != nil {
		s.Report.Warn("hook trace not written: " + err.Error())
	}
}
