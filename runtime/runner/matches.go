package runner

import (
	"context"
	"fmt"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/internal/canon"
	"github.com/guild-run/guild/runtime/needed"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/stage"
	"github.com/guild-run/guild/runtime/store"
)

// matches finds the runs that make this one unnecessary. It claims the key first and keeps the claim until this run is in a
// final state, so that of two such commands the second sees what the first did.
func (s *session) matches(ctx context.Context, o Options) ([]*store.Run, error) {
	key := canon.RunKey(s.plan.Ref, s.plan.Flags)
	claim, err := s.r.Store.Claim(ctx, s.neededClaim(key), func() {
		s.Report.Note("waiting for another run of " + s.plan.Op + " with these flags (--needed specified)")
	})
	if err != nil {
		return nil, s.r.homeError(err)
	}
	s.exclusive = append(s.exclusive, claim)
	want := needed.Spec{Ref: s.plan.Ref, Flags: s.plan.Flags}
	if o.Needed == "source" {
		if want.Source, err = s.projectDigest(ctx); err != nil {
			return nil, err
		}
		for _, u := range s.plan.upstream {
			want.Upstream = append(want.Upstream, u.lock)
		}
	}
	var matches []*store.Run
	err = s.r.Store.EachMatching(key, func(candidate *store.Run) (bool, error) {
		if len(matches) == maxMatches {
			s.Report.Note(fmt.Sprintf("showing the newest %d matches", maxMatches))
			return false, nil
		}
		past, err := pastRun(candidate)
		if err != nil {
			return false, fmt.Errorf("run %s: %w", candidate.ID, err)
		}
		reason := needed.Reject(want, past)
		if reason == "" {
			reason = s.otherReplicate(candidate)
		}
		if reason == "" {
			matches = append(matches, candidate)
		} else if o.Miss != nil {
			o.Miss(candidate.ID, reason)
		}
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	if len(matches) == 0 && o.Miss != nil {
		return nil, s.explain(want, o)
	}
	for _, m := range matches {
		s.live.matches = append(s.live.matches, string(m.ID))
	}
	if len(matches) > 0 && s.handled(abi.OnRunSkipped) {
		s.skipped(ctx, "needed")
	}
	return matches, nil
}

// neededClaim keeps two commands from running the same at the same time. Replicates have the same flags, and are not the same.
func (s *session) neededClaim(key run.Digest) string {
	name := "key-" + key.Hex()
	if s.member != nil && s.member.replicate > 0 {
		name = fmt.Sprintf("%s-%d", name, s.member.replicate)
	}
	return name
}

// otherReplicate says why a run with the same flags does not stand for a trial: who asks for three replicates and has one wants two more.
// A run that is no trial stands for the first.
func (s *session) otherReplicate(candidate *store.Run) string {
	if s.member == nil {
		return ""
	}
	replicate := 0
	if was, err := s.r.memberOf(candidate); err == nil && was != nil {
		replicate = was.replicate
	}
	if replicate == s.member.replicate {
		return ""
	}
	return fmt.Sprintf("it is replicate %d, not %d", replicate+1, s.member.replicate+1) // people count from 1
}

// maxMatches is how many matching runs are named. One is enough to decide, and there may be thousands.
const maxMatches = 20

// explainDepth is how many of the newest runs are looked at to explain why none matched.
const explainDepth = 50

// explain tells why runs of the same operation with other flags did not match.
func (s *session) explain(want needed.Spec, o Options) error {
	newest, _, err := s.r.Store.Newest(explainDepth)
	if err != nil {
		return err
	}
	for _, candidate := range newest {
		past, err := pastRun(candidate)
		if err != nil || !needed.SameOperation(want.Ref, past.Ref) || past.Flags.Equal(want.Flags) && past.Ref == want.Ref {
			continue // unreadable, unrelated, or told already
		}
		o.Miss(candidate.ID, needed.Reject(want, past))
	}
	return nil
}

func pastRun(r *store.Run) (needed.Past, error) {
	ref, err := r.OpRef()
	if err != nil {
		return needed.Past{}, err
	}
	flags, err := r.Flags()
	if err != nil {
		return needed.Past{}, err
	}
	source, _, err := r.Attr(AttrSource)
	if err != nil {
		return needed.Past{}, err
	}
	upstream, _, err := r.Attr(AttrUpstream)
	if err != nil {
		return needed.Past{}, err
	}
	past := needed.Past{Ref: ref, Flags: flags, Status: r.Status()}
	for _, e := range anySlice(upstream) {
		m, _ := e.(map[string]any)
		past.Upstream = append(past.Upstream, text(m["lock"]))
	}
	if digest, err := run.ParseDigest(text(source)); err == nil {
		past.Source = digest
	}
	return past, nil
}

// projectDigest is the digest that this run's source would have.
func (s *session) projectDigest(ctx context.Context) (run.Digest, error) {
	files, _, err := stage.Select(ctx, s.plan.ProjectDir, s.plan.Main, s.rules())
	if err != nil {
		return run.Digest{}, err
	}
	source, err := stage.Digest(ctx, s.plan.ProjectDir, files)
	if err != nil {
		return run.Digest{}, err
	}
	return source.Digest, nil
}
