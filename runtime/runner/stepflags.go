package runner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// stepName is the name of a step: its operation's, numbered from the second of that name.
func stepName(steps []project.Step, i int) string {
	n := 1
	for _, before := range steps[:i] {
		if before.Run == steps[i].Run {
			n++
		}
	}
	name := strings.ReplaceAll(steps[i].Run, "/", "-")
	if n > 1 {
		return fmt.Sprintf("%s_%d", name, n)
	}
	return name
}

// stepFlags are the flags of a step, with the pipeline's own in the place of their names. A text that is nothing but one name is that
// flag's value, with its type.
func (s *session) stepFlags(step project.Step) (run.Flags, error) {
	flags := run.Flags{}
	for name, v := range step.Flags {
		text, isText := v.(string)
		if !isText {
			flags[name] = v
			continue
		}
		if inner, ok := strings.CutPrefix(text, "${"); ok {
			if own, ok := strings.CutSuffix(inner, "}"); ok {
				if value, known := s.plan.Flags[own]; known {
					flags[name] = value
					continue
				}
			}
		}
		expanded, err := project.Expand(text, func(own string) (any, bool) {
			value, ok := s.plan.Flags[own]
			return value, ok
		})
		if err != nil {
			return nil, fmt.Errorf("flag %q: %w", name, err)
		}
		flags[name] = expanded
	}
	return flags, nil
}

// sameFlags reports whether a run has these flags, whatever others it has.
func sameFlags(r *store.Run, flags run.Flags) bool {
	if IsBatch(r) {
		return true // its trials know what is left to do
	}
	has, err := r.Flags()
	if err != nil {
		return false
	}
	for name, v := range flags {
		if text, isText := v.(string); !run.Equal(has[name], v) && !(isText && run.FormatValue(has[name]) == text) { // a text is read as if it were typed
			return false
		}
	}
	return true
}

func stepsRecipe(steps []project.Step) []any {
	list := make([]any, len(steps))
	for i, step := range steps {
		m := map[string]any{"run": step.Run}
		if len(step.Flags) > 0 {
			m["flags"] = map[string]any(step.Flags)
		}
		setText(m, "needed", step.Needed)
		list[i] = m
	}
	return list
}

func parseSteps(list []any) []project.Step {
	var steps []project.Step
	for _, e := range list {
		m, _ := e.(map[string]any)
		flags, _ := m["flags"].(map[string]any)
		steps = append(steps, project.Step{Run: text(m["run"]), Flags: flags, Needed: text(m["needed"])})
	}
	return slices.Clip(steps)
}
