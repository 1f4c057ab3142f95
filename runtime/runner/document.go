package runner

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/run"
)

// document describes the run as it is now to one hook.
func (s *session) document(h *hook, event abi.Event, now time.Time) *abi.Document {
	params := h.Params
	if params == nil {
		params = map[string]any{}
	}
	doc := &abi.Document{
		Event:   abi.EventDoc{Name: event, Seq: s.seq, Time: stamp(now)},
		Hook:    abi.HookDoc{Name: h.Name, Digest: h.digest.String(), Priority: h.rank(event), Params: run.Flags(params).JSON()},
		Project: &abi.ProjectDoc{Dir: s.plan.ProjectDir, Name: s.plan.ProjectName},
	}
	if event == abi.OnInit {
		return doc
	}
	doc.Run, doc.Batch = s.runDocument(now), s.batchDocument(event)
	if s.member == nil && s.batch != nil && s.batch.showing != nil { // the batch's own event: trials have theirs at the same time
		doc.Run = s.batch.showing.runDocument(now)
	}
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	doc.Lock = s.live.lock
	if s.live.matches != nil {
		doc.Needed = &abi.NeededDoc{Matches: s.live.matches}
	}
	return doc
}

func (s *session) runDocument(now time.Time) *abi.RunDoc {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	l := &s.live
	typed := s.plan.Typed
	if typed == nil {
		typed = []string{}
	}
	doc := &abi.RunDoc{
		Op: s.plan.Op, Main: s.plan.Main, FlagsDest: s.plan.Dest,
		Flags: s.plan.Flags.JSON(), FlagsSet: typed,
		Cmd: l.cmd, EnvNames: l.envNames, Status: l.status, ExitStatus: l.exitStatus, Signal: l.signal,
		StopReason: l.stopReason, Error: l.err, PID: l.pid, Remote: l.remote, Label: l.label, Tags: l.tags, Comments: l.comments,
		SourcecodeDigest: l.digest, IsBatch: s.batch != nil && s.member == nil, IsTrial: s.member != nil, IsRestart: s.isRestart, IsStaged: s.isStaged, Scalars: l.scalars, OutputTail: l.tail,
	}
	s.describeStep(doc)
	for _, u := range s.plan.upstream {
		doc.Upstream = append(doc.Upstream, u.document())
	}
	if s.run == nil {
		return doc
	}
	doc.ID, doc.Dir, doc.Host = string(s.run.ID), s.run.Dir, hostName()
	seed := l.seed
	doc.RandomSeed = &seed
	if !l.started.IsZero() {
		doc.Started = stamp(l.started)
		end := now
		if !l.stopped.IsZero() {
			doc.Stopped = stamp(l.stopped)
			end = l.stopped
		}
		seconds := end.Sub(l.started).Seconds()
		doc.Duration = &seconds
	}
	return doc
}

// lookup finds a value for a `when` condition: a path in the event document; "flags" and "params" are short for run.flags
// and hook.params.
func lookup(doc *abi.Document, path string) (any, bool) {
	for short, long := range map[string]string{"flags.": "run.flags.", "params.": "hook.params."} {
		if rest, ok := strings.CutPrefix(path, short); ok {
			path = long + rest
		}
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, false
	}
	tree, err := run.FromJSON(text)
	if err != nil {
		return nil, false
	}
	return descend(tree, strings.Split(path, "."))
}

func descend(v any, path []string) (any, bool) {
	for _, key := range path {
		switch node := v.(type) {
		case map[string]any:
			next, ok := node[key]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(node) {
				return nil, false
			}
			v = node[i]
		default:
			return nil, false
		}
	}
	return v, true
}
