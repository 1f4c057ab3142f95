package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// Around calls the hooks of an existing run around what is done to it from outside: lock, verify, unlock, delete. They are those that
// are pinned in the run and the system's of today; the project of the working directory has no say. What they leave goes to
// .guild/state, which no lock covers.
type Around struct {
	s     *session
	ready bool // what events show of the run was read
}

// Around opens the hooks of a run. With onlySystem those that are pinned are left alone: they were tampered with.
func (r *Runner) Around(target *store.Run, onlySystem bool) (*Around, error) {
	ref, _ := target.OpRef() // a damaged run can still be unlocked and deleted
	plan := &Plan{Recipe: Recipe{Op: ref.Name(), ProjectDir: ref.Package}, Ref: ref, ID: target.ID, SetBy: map[string]string{}}
	if op, ok, err := target.Attr(AttrOp); err == nil && ok {
		if rc, err := parseRecipe(op); err == nil { // one that another tool made has its say without
			plan.Recipe = rc
		}
	}
	if filepath.Dir(target.Dir) != filepath.Join(r.Store.Home(), "runs") {
		plan.RunDir = target.Dir
	}
	hooks, err := r.hooksAround(target, plan, onlySystem)
	if err != nil {
		return nil, about(target.ID, err)
	}
	s := &session{Streams: r.Streams, r: r, plan: plan, hooks: hooks, hookEnv: map[string]string{}, run: target, locked: true}
	return &Around{s: s}, nil
}

func (r *Runner) hooksAround(target *store.Run, plan *Plan, onlySystem bool) ([]*hook, error) {
	var list []*hook
	if !onlySystem && !r.NoHooks {
		var err error
		// Not there: no hook was called when it was made. A module that is missing is an error that is not about this file.
		if _, err = os.Lstat(target.Path("hooks", pinnedFile)); err == nil {
			list, err = r.pinnedOnly(target)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for i, h := range list {
			if list[i], err = r.shared(h); err != nil {
				return nil, err
			}
		}
	}
	nowhere := &project.Project{Dir: r.Store.Home()} // whose hooks are none
	configs, err := nowhere.HookConfigs(r.SystemHooks, "")
	if err != nil {
		return nil, err
	}
	today, err := r.open(slices.DeleteFunc(configs, func(c project.HookConfig) bool { return c.Tier != project.TierSystem }), plan)
	if err != nil {
		return nil, err
	}
	for _, h := range today {
		list = append(slices.DeleteFunc(list, func(p *hook) bool { return p.Name == h.Name }), h)
	}
	return list, nil
}

// shared is the hook that was opened before with the same module and settings, or else this one: a command that goes through thousands of
// runs loads each hook once.
func (r *Runner) shared(h *hook) (*hook, error) {
	settings, err := json.Marshal(h.HookConfig)
	if err != nil {
		return nil, err
	}
	opened, _ := r.opened.LoadOrStore(h.digest.String()+string(settings), h)
	return opened.(*hook), nil
}

// Fire calls the hooks that handle an event. The error is a *Refused where the event may refuse. doc is the lock as the command knows
// it; nil is none.
func (a *Around) Fire(ctx context.Context, event abi.Event, doc *abi.LockDoc) error {
	s := a.s
	if !s.handled(event) {
		return nil
	}
	if !a.ready {
		if err := a.prepare(); err != nil {
			return about(s.run.ID, err)
		}
		a.ready = true
	}
	s.live.mu.Lock()
	s.live.lock = doc
	s.live.mu.Unlock()
	if info, _ := abi.Lookup(event); info.Has(abi.MayReadStage) {
		if err := s.openStage(); err != nil {
			return about(s.run.ID, err)
		}
	}
	return s.fire(ctx, event)
}

// Handles reports whether any hook wants one of the events.
func (a *Around) Handles(events ...abi.Event) bool { return slices.ContainsFunc(events, a.s.handled) }

// Moved says where the run is now.
func (a *Around) Moved(to *store.Run) {
	a.s.closeStage()
	a.s.run = to
}

// Close gives up what is held.
func (a *Around) Close() { a.s.close() }

// prepare reads what events show of the run.
func (a *Around) prepare() error {
	s := a.s
	flags, err := s.run.Flags()
	if err != nil {
		return err
	}
	s.plan.Flags = flags
	if typed, _, err := s.run.Attr(AttrUserFlags); err == nil {
		if m, ok := typed.(map[string]any); ok {
			s.plan.Typed = run.Flags(m).Names()
		}
	}
	if err := s.recall(); err != nil {
		return err
	}
	cmd, _, err := s.run.Attr(AttrCmd)
	if err != nil {
		return err
	}
	l := &s.live
	l.cmd, l.status = textList(cmd), string(s.run.Status())
	if v, _, err := s.run.Attr(AttrExitStatus); err == nil {
		if status, ok := v.(int64); ok {
			exit := int(status)
			l.exitStatus = &exit
		}
	}
	if v, _, err := s.run.Attr(AttrStopReason); err == nil {
		l.stopReason = text(v)
	}
	l.started, l.stopped = a.time(AttrStarted), a.time(AttrStopped)
	s.seq = recorded(s.run)
	return nil
}

func (a *Around) time(name string) time.Time {
	if v, _, err := a.s.run.Attr(name); err == nil {
		if micros, ok := v.(int64); ok {
			return time.UnixMicro(micros)
		}
	}
	return time.Time{}
}

// recorded is how many invocations the run has on record.
func recorded(r *store.Run) int {
	const most = 256 << 20
	n := 0
	for _, name := range []string{recordsFile, afterLockFile} {
		if data, err := readRegular(r.Path(name), most); err == nil {
			n += bytes.Count(data, []byte("\n"))
		}
	}
	return n
}

// Claim keeps others from starting the run again, or doing anything else to it, until release is called. A run that somebody is at is a
// *Running.
func (r *Runner) Claim(target *store.Run) (release func(), err error) {
	claim, free, err := r.Store.TryClaim(claimOf(r.Store, target))
	if err != nil {
		return nil, r.homeError(err)
	}
	if !free {
		return nil, &Running{ID: target.ID, Busy: target.Status() != run.Running}
	}
	return func() { claim.Release() }, nil
}

// Busy reports whether somebody is at a run. Who may not know is told no.
func Busy(st *store.Store, target *store.Run) bool {
	claim, free, err := st.TryClaim(claimOf(st, target))
	if free {
		_ = claim.Release() // nothing was done with it
	}
	return err == nil && !free
}

// claimOf is the name of the claim of a run that exists.
func claimOf(st *store.Store, target *store.Run) string {
	return claimName(&Plan{ID: target.ID, RunDir: outside(st, target)})
}

// outside is the directory of a run that is not in the store, or "".
func outside(st *store.Store, target *store.Run) string {
	if filepath.Dir(target.Dir) == filepath.Join(st.Home(), "runs") {
		return ""
	}
	return target.Dir
}

// TrialIDs are the runs of the trials of a batch, in their order. Those that were not run, or are deleted, are not there; runs that were
// taken for trials are not among them.
func TrialIDs(batch *store.Run) ([]run.ID, error) {
	ids, err := trialRuns(batch, beside(batch), false)
	if err != nil {
		return nil, about(batch.ID, err)
	}
	return ids, nil
}

// LockOptions is what a lock says of a run besides its files.
func LockOptions(target *store.Run) (lock.Options, error) {
	ref, err := target.OpRef()
	if err != nil {
		return lock.Options{}, err
	}
	o := lock.Options{Run: target.ID, Op: ref.Name()}
	v, _, err := target.Attr(AttrUpstream)
	if err != nil {
		return o, err
	}
	list, _ := v.([]any)
	for _, e := range list {
		m, _ := e.(map[string]any)
		up := lock.Upstream{Run: run.ID(text(m["run"]))}
		if root, err := run.ParseDigest(text(m["lock"])); err == nil {
			up.Root = root
		}
		if up.Run != "" {
			o.Upstream = append(o.Upstream, up)
		}
	}
	parts, err := partsOf(target, beside(target))
	o.Upstream = append(o.Upstream, parts...)
	return o, err
}
