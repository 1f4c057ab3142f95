package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/stage"
	"github.com/guild-run/guild/runtime/store"
)

// A run that must stay what it is (locked, or runs are immutable) is never restarted in place: a new run is made from its content.

// Names of attributes that say where a run's content comes from.
const (
	AttrRestartedFrom = "restarted_from"
	AttrProto         = "proto"
)

// ownFiles are the files under .guild that belong to one run's life and are not taken into a new one.
var ownFiles = []string{"LOCK", "process", "PENDING", "STAGED", "DENIED", "output", "output.index", "events.jsonl", "hooks/records.jsonl", "hooks/trace.jsonl", "opref"}

// ownAttrs likewise.
var ownAttrs = []string{
	AttrID, AttrInitialized, AttrStarted, AttrStopped, AttrExitStatus, AttrStopReason, AttrScalars, AttrEnv, AttrNoHooks, AttrRestartedFrom, AttrProto,
	AttrUpstreamChanged, AttrStageError,
}

// inherited says which files of a run a new run made from it starts with.
func inherited(name string, dir bool) bool {
	inside, ok := strings.CutPrefix(name, ".guild/")
	switch {
	case !ok:
		return true
	case dir:
		return inside != "state"
	case slices.Contains(ownFiles, inside), strings.HasPrefix(inside, "locked"), strings.HasPrefix(inside, "events.out."):
		return false
	}
	attr, isAttr := strings.CutPrefix(inside, "attrs/")
	return !isAttr || !slices.Contains(ownAttrs, attr)
}

// fork makes the session's run a new one that starts with the content of the old.
func (s *session) fork(ctx context.Context, old *store.Run, id run.ID, keep func(string, bool) bool, originAttr string) error {
	if id == "" {
		id = run.NewID()
	}
	if s.claim != nil {
		s.exclusive = append(s.exclusive, s.claim) // the old run must not change while it is copied
	}
	s.closeStage()
	s.plan.ID, s.plan.RunDir = id, ""
	if originAttr == AttrRestartedFrom {
		if err := s.replaces(old, id); err != nil {
			return err
		}
	}
	if err := s.create(nil); err != nil {
		return err
	}
	if err := stage.Clone(ctx, old.Dir, s.run.Dir, keep); err != nil {
		return errors.Join(fmt.Errorf("run %s from run %s: %w", id, old.ID, err), s.unmake())
	}
	if err := s.run.SetAttr(originAttr, string(old.ID)); err != nil {
		return err
	}
	return s.openStage()
}

// sourceOnly says which files of a run a run with the same source starts with: source code as it was copied, what is pinned, and
// what the run is. Not what it made.
func sourceOnly(source map[string]bool) func(string, bool) bool {
	return func(name string, dir bool) bool {
		if name == ".guild" || strings.HasPrefix(name, ".guild/") {
			return inherited(name, dir)
		}
		if !dir {
			return source[name]
		}
		for path := range source {
			if strings.HasPrefix(path, name+"/") {
				return true
			}
		}
		return false
	}
}

// Proto makes a new run with the operation, the flags and the source code of another, and what is changed.
func (r *Runner) Proto(ctx context.Context, target *store.Run, id run.ID, c Changes, o Options) (*Outcome, error) {
	s, err := r.reopen(target, c, o, nil)
	if err != nil {
		return nil, err
	}
	defer s.close()
	before, err := target.Flags()
	if err != nil {
		return nil, err
	}
	if err := s.composeFlags(ctx); err != nil {
		return nil, err
	}
	if o.Confirm != nil {
		if ok, err := o.Confirm(s.plan); err != nil || !ok {
			return &Outcome{Aborted: true}, err
		}
	}
	if o.Needed != "" {
		matches, err := s.matches(ctx, o)
		if err != nil || len(matches) > 0 {
			return &Outcome{Skipped: true, Matches: matches}, err
		}
	}
	if err := s.loadHooks(ctx)(); err != nil {
		return nil, err
	}
	source, err := sourcePaths(target)
	if err != nil {
		return nil, err
	}
	if err := s.r.upstreamRuns(s.plan); err != nil {
		return nil, err
	}
	required := s.plan.upstream
	if err := s.fork(ctx, target, id, sourceOnly(source), AttrProto); err != nil {
		return nil, err
	}
	if err := s.reset(c, before); err != nil {
		return nil, err
	}
	s.flushRecords()
	s.plan.upstream = required
	if err := s.restage(ctx, true); err != nil {
		return s.notStaged(ctx, err)
	}
	if o.StageOnly {
		return s.leaveStaged()
	}
	return s.execute(ctx)
}

// sourcePaths are the files of a run's source code, by its manifest.
func sourcePaths(r *store.Run) (map[string]bool, error) {
	text, err := readRegular(r.Path("manifest"), maxManifest)
	if err != nil {
		return nil, fmt.Errorf("run %s has no manifest of its source code: %w", r.ID, err)
	}
	paths := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		words, err := run.SplitQuoted(strings.TrimSuffix(line, "\n"))
		if err == nil && len(words) >= 2 && words[0] == "s" {
			paths[words[1]] = true
		}
	}
	return paths, nil
}

// maxManifest bounds a manifest, in bytes.
const maxManifest = 64 << 20
