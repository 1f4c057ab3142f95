package runner

import (
	"fmt"
	"time"

	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
)

// attr is the recipe as the run's attribute "op". Keys that Guild AI also has mean the same there.
func (rc *Recipe) attr() map[string]any {
	declared := []any{}
	for _, f := range rc.Declared {
		declared = append(declared, flagAttr(f))
	}
	m := map[string]any{
		"project": rc.ProjectDir, "project-name": rc.ProjectName, "name": rc.Op, "flags-dest": rc.Dest, "flags": declared,
	}
	setText(m, "main", rc.Main)
	setText(m, "label-template", rc.Template)
	setText(m, "lock", rc.Lock)
	if len(rc.Exec) > 0 {
		m["exec"] = anyList(rc.Exec)
	}
	if len(rc.Interpreter) > 0 {
		m["interpreter"] = anyList(rc.Interpreter)
	}
	if len(rc.Env) > 0 {
		m["env"] = anyMap(rc.Env)
	}
	if rc.Scalars != nil {
		m["output-scalars"] = anyMap(rc.Scalars)
	}
	if rc.StopAfter > 0 {
		m["stop-after"] = rc.StopAfter.String()
	}
	if len(rc.Steps) > 0 {
		m["steps"] = stepsRecipe(rc.Steps)
	}
	if len(rc.Requires) > 0 {
		m["requires"] = requiresAttr(rc.Requires)
	}
	return m
}

func flagAttr(f project.Flag) map[string]any {
	m := map[string]any{"name": f.Name}
	setText(m, "type", f.Type)
	setText(m, "arg", f.Arg)
	if f.HasDefault {
		m["default"] = f.Default
	}
	if f.Required {
		m["required"] = true
	}
	if f.Min != nil {
		m["min"] = *f.Min
	}
	if f.Max != nil {
		m["max"] = *f.Max
	}
	if len(f.Choices) > 0 {
		m["choices"] = f.Choices
	}
	return m
}

// parseRecipe reads the attribute "op" of a run.
func parseRecipe(v any) (Recipe, error) {
	m, ok := v.(map[string]any)
	if !ok || text(m["project"]) == "" {
		return Recipe{}, fmt.Errorf("attribute op does not say how the run was made")
	}
	rc := Recipe{
		ProjectDir: text(m["project"]), ProjectName: text(m["project-name"]), Op: text(m["name"]), Main: text(m["main"]), Dest: text(m["flags-dest"]),
		Template: text(m["label-template"]), Lock: text(m["lock"]), Exec: textList(m["exec"]),
		Interpreter: textList(m["interpreter"]), Env: textMap(m["env"]), Scalars: textMap(m["output-scalars"]),
	}
	if after := text(m["stop-after"]); after != "" {
		d, err := time.ParseDuration(after)
		if err != nil {
			return Recipe{}, fmt.Errorf("attribute op: stop-after: %w", err)
		}
		rc.StopAfter = d
	}
	rc.Steps = parseSteps(anySlice(m["steps"]))
	var err error
	if rc.Requires, err = parseRequires(anySlice(m["requires"])); err != nil {
		return Recipe{}, err
	}
	flags, _ := m["flags"].([]any)
	for _, e := range flags {
		fm, ok := e.(map[string]any)
		if !ok {
			return Recipe{}, fmt.Errorf("attribute op: flags are malformed")
		}
		rc.Declared = append(rc.Declared, parseFlagAttr(fm))
	}
	return rc, nil
}

func parseFlagAttr(m map[string]any) project.Flag {
	f := project.Flag{Name: text(m["name"]), Type: text(m["type"]), Arg: text(m["arg"]), Required: m["required"] == true}
	f.Default, f.HasDefault = m["default"]
	f.Min, f.Max = number(m["min"]), number(m["max"])
	f.Choices, _ = m["choices"].([]any)
	return f
}

func requiresAttr(list []project.Requirement) []any {
	out := make([]any, len(list))
	for i, req := range list {
		m := map[string]any{"kind": req.Kind, "target": req.Target}
		if !req.Digest.IsZero() {
			m["digest"] = req.Digest.String()
		}
		out[i] = m
	}
	return out
}

func parseRequires(list []any) ([]project.Requirement, error) {
	var out []project.Requirement
	for _, e := range list {
		m, _ := e.(map[string]any)
		req := project.Requirement{Kind: text(m["kind"]), Target: text(m["target"])}
		if digest := text(m["digest"]); digest != "" {
			var err error
			if req.Digest, err = run.ParseDigest(digest); err != nil {
				return nil, fmt.Errorf("attribute op: requires: %w", err)
			}
		}
		out = append(out, req)
	}
	return out, nil
}

func setText(m map[string]any, name, value string) {
	if value != "" {
		m[name] = value
	}
}

func text(v any) string { s, _ := v.(string); return s }

func number(v any) *float64 {
	switch v := v.(type) {
	case int64:
		f := float64(v)
		return &f
	case float64:
		return &v
	}
	return nil
}

func textMap(v any) map[string]string {
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	out := map[string]string{}
	for name, e := range m {
		out[name] = run.FormatValue(e)
		if s, ok := e.(string); ok {
			out[name] = s
		}
	}
	return out
}

func anyMap(m map[string]string) map[string]any {
	out := map[string]any{}
	for name, v := range m {
		out[name] = v
	}
	return out
}

func anyList(list []string) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

func anySlice(v any) []any { list, _ := v.([]any); return list }
