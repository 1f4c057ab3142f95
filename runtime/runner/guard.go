package runner

import (
	"fmt"
	"strings"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/stage"
)

// AttrUpstreamChanged names what a run changed in the runs it was given: a list of {run, changes}.
const AttrUpstreamChanged = "upstream_changed"

// guarded is an upstream run as it was when this run began.
type guarded struct {
	upstream
	before stage.Fingerprint
}

// editable says which files of a run may change at any time: what people write about it, and hook state.
func editable(path string) bool {
	rest, ok := strings.CutPrefix(path, ".guild/")
	if !ok {
		return false
	}
	switch rest {
	case "attrs/label", "attrs/tags", "attrs/comments", "attrs/marked", "state", "LOCK":
		return true
	}
	return false
}

// guard remembers the state of the upstream runs. Their files are linked into this run, so that it could write into them.
func (s *session) guard() error {
	for _, u := range s.plan.upstream {
		before, err := stage.TakeFingerprint(u.run.Dir, editable)
		if err != nil {
			return fmt.Errorf("upstream run %s: %w", u.run.ID, err)
		}
		s.guarded = append(s.guarded, guarded{u, before})
	}
	return nil
}

const shownChanges = 3

// checkUpstream says, names and marks what happened to the upstream runs while this one ran.
func (s *session) checkUpstream() error {
	var marks []any
	for _, g := range s.guarded {
		now, err := stage.TakeFingerprint(g.run.Dir, editable)
		if err != nil {
			s.Report.Warn(fmt.Sprintf("upstream run %s cannot be looked at: %s", g.run.ID, err))
			continue
		}
		changes := g.before.Changes(now)
		if len(changes) == 0 {
			continue
		}
		marks = append(marks, map[string]any{"run": string(g.run.ID), "changes": anyList(changes)})
		shown := strings.Join(changes[:min(shownChanges, len(changes))], ", ")
		if more := len(changes) - shownChanges; more > 0 {
			shown += fmt.Sprintf(" and %d more", more)
		}
		s.Report.Warn(fmt.Sprintf("upstream run %s was changed while run %s ran: %s", g.run.ID, s.run.ID, shown))
	}
	if marks == nil {
		return nil
	}
	return s.run.SetAttr(AttrUpstreamChanged, marks)
}

// recallUpstream finds the upstream runs of an existing run again.
func (s *session) recallUpstream() error {
	v, _, err := s.run.Attr(AttrUpstream)
	if err != nil {
		return err
	}
	list, _ := v.([]any)
	for _, e := range list {
		m, _ := e.(map[string]any)
		id, err := run.ParseID(text(m["run"]))
		if err != nil {
			return fmt.Errorf("attribute upstream: %w", err)
		}
		up, err := s.r.Store.Run(id)
		if err != nil {
			s.Report.Warn(fmt.Sprintf("upstream run %s is gone", id))
			continue
		}
		s.plan.upstream = append(s.plan.upstream, upstream{run: up, op: text(m["op"]), lock: text(m["lock"])})
	}
	return nil
}
