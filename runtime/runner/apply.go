package runner

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
)

// apply does what a handler asked for, after it returned well.
func (s *session) apply(h *hook, event abi.Event, result *engine.Result, rec *record) error {
	for _, set := range result.Flags {
		v, err := run.FromJSON(set.JSON)
		if err == nil {
			v, err = project.CheckFlag(s.plan.Declared, set.Name, v)
		}
		if err != nil {
			return err
		}
		s.plan.Flags[set.Name] = v
		s.plan.SetBy[set.Name] = h.Name
		rec.Flags = put(rec.Flags, set.Name, run.Flags{set.Name: v}.JSON()[set.Name])
	}
	for _, set := range result.Env {
		if rec.Env == nil {
			rec.Env = map[string]string{}
		}
		s.hookEnv[set.Name], rec.Env[set.Name] = set.Value, set.Value
	}
	for _, set := range result.Attrs {
		v, err := run.FromJSON(set.JSON)
		if err != nil {
			return err
		}
		if err := s.setAttr(h, set.Name, v); err != nil {
			return err
		}
		rec.Attrs = put(rec.Attrs, set.Name, v)
	}
	if result.Plan != nil {
		trials, err := s.batch.replan(result.Plan)
		if err != nil {
			return err
		}
		s.batch.spec.Trials = trials
	}
	if result.Answer != nil && event == abi.BatchStrategy {
		if _, err := parseStrategy(result.Answer); err != nil {
			return err
		}
	}
	s.wantsLock = s.wantsLock || result.LockRequested
	if result.Answer != nil {
		s.answers = append(s.answers, result.Answer)
	}
	for _, e := range result.Emitted {
		line, err := json.Marshal(map[string]any{
			"time": rec.Time, "hook": h.Name, "event": event, "topic": e.Topic, "data": e.Data,
		})
		if err != nil {
			return err
		}
		if err := s.run.AppendOnly(eventsFile, line); err != nil {
			return err
		}
	}
	return nil
}

func put(m map[string]any, name string, v any) map[string]any {
	if m == nil {
		m = map[string]any{}
	}
	m[name] = v
	return m
}

func (s *session) setAttr(h *hook, name string, v any) error {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	switch name {
	case AttrLabel:
		s.live.label, _ = v.(string)
		if err := s.run.SetAttr(AttrLabelBy, map[string]any{"hook": h.Name, "label": v}); err != nil {
			return err
		}
	case AttrTags:
		s.live.tags = textList(v)
	}
	return s.run.SetAttr(name, v)
}

func textList(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, e := range list {
		if text, ok := e.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

var attrName = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// checkAttr says whether a hook may set an attribute to a value.
func checkAttr(name string, value json.RawMessage) error {
	v, err := run.FromJSON(value)
	if err != nil {
		return fmt.Errorf("%w: attribute %q: %v", abi.Invalid, name, err)
	}
	switch name {
	case AttrLabel:
		if text, ok := v.(string); !ok || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return fmt.Errorf("%w: the label must be one line of text", abi.Invalid)
		}
		return nil
	case AttrTags:
		list, ok := v.([]any)
		if !ok || slices.ContainsFunc(list, func(e any) bool { _, isText := e.(string); return !isText }) {
			return fmt.Errorf("%w: tags must be an array of texts", abi.Invalid)
		}
		return nil
	}
	if slices.Contains(reservedAttrs, name) {
		return fmt.Errorf("%w: attribute %q is guild's own", abi.Denied, name)
	}
	if !attrName.MatchString(name) {
		return fmt.Errorf("%w: %q is not a name for an attribute", abi.Invalid, name)
	}
	return nil
}
