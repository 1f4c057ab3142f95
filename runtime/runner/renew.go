package runner

import (
	"slices"

	"github.com/guild-run/guild/runtime/run"
)

// newAttrs is what flags, label, tags and comments become. A label that somebody edited stays.
func (s *session) newAttrs(c Changes, before run.Flags) (map[string]any, error) {
	cmd, err := s.plan.command(s.plan.Flags)
	if err != nil {
		return nil, err
	}
	typed := map[string]any{}
	for _, name := range s.plan.Typed {
		if v, ok := s.plan.Flags[name]; ok {
			typed[name] = v
		}
	}
	l := &s.live
	l.cmd = cmd
	if err := s.recall(); err != nil {
		return nil, err
	}
	if err := s.relabel(c, before); err != nil {
		return nil, err
	}
	for _, tag := range c.Tags {
		if !slices.Contains(l.tags, tag) {
			l.tags = append(l.tags, tag)
		}
	}
	attrs := map[string]any{AttrCmd: anyList(cmd), AttrFlags: map[string]any(s.plan.Flags), AttrUserFlags: typed, AttrLabel: l.label}
	if len(l.tags) > 0 {
		attrs[AttrTags] = anyList(l.tags)
	}
	if c.StopAfter > 0 {
		attrs[AttrOp] = s.plan.attr()
	}
	if s.r.NoHooks {
		attrs[AttrNoHooks] = true
	}
	if c.Comment != "" {
		comments, _, err := s.run.Attr(AttrComments)
		if err != nil {
			return nil, err
		}
		list, _ := comments.([]any)
		attrs[AttrComments] = append(list, Comment(c.Comment, s.now()))
	}
	return attrs, nil
}

// recall reads the attributes of the run that events show.
func (s *session) recall() error {
	label, _, err := s.run.Attr(AttrLabel)
	if err != nil {
		return err
	}
	tags, _, err := s.run.Attr(AttrTags)
	if err != nil {
		return err
	}
	seed, ok, err := s.run.Attr(AttrRandomSeed)
	if err != nil {
		return err
	}
	digest, _, err := s.run.Attr(AttrSource)
	if err != nil {
		return err
	}
	if s.live.seed, _ = seed.(int64); !ok {
		s.live.seed = NewSeed()
	}
	if err := s.recallUpstream(); err != nil {
		return err
	}
	s.live.label, s.live.tags, s.live.digest = text(label), textList(tags), text(digest)
	return nil
}

// relabel renders the label again, unless it is neither what the old flags gave nor what a hook made of it: then a person wrote it.
func (s *session) relabel(c Changes, before run.Flags) error {
	now := s.plan.Flags
	s.plan.Tags = s.live.tags
	s.plan.Flags = before
	old, err := s.plan.renderLabel("")
	s.plan.Flags = now
	if err != nil {
		return err
	}
	by, _, err := s.run.Attr(AttrLabelBy)
	if err != nil {
		return err
	}
	hooked, _ := by.(map[string]any)
	if c.Label == "" && s.live.label != old && (hooked == nil || hooked["label"] != s.live.label) {
		return nil
	}
	s.live.label, err = s.plan.renderLabel(c.Label)
	return err
}
