package project

import (
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// Definition returns what the operation does, as canonical JSON: the same for the same meaning, whatever the file looks
// like and whatever else is in it. It has all that shapes a run and its results. It leaves out the words for
// people (description, label, help), what is checked before a run (type, range and choices beyond the resolved value), the
// defaults of flags, because a run's identity has the resolved values beside the definition, and what is decided about
// a run (needed, lock, immutable, strategy, launcher).
func (op *Operation) Definition() []byte {
	d := run.Flags{"name": op.Name}
	put := func(key string, v any, set bool) {
		if set {
			d[key] = v
		}
	}
	put("main", op.Main, op.Main != "")
	put("exec", anyList(op.Exec), len(op.Exec) > 0)
	put("flags-dest", op.FlagsDest, op.FlagsDest != "")
	put("flags-import", op.FlagsImport.definition(), op.FlagsImport.Wanted() || op.FlagsImport.Off)
	put("requires", op.requiresDefinition(), len(op.Requires) > 0)
	put("env", anyMap(op.Env), len(op.Env) > 0)
	put("output-scalars", anyMap(op.OutputScalars), op.OutputScalars != nil)
	put("sourcecode", op.Source.definition(), op.Source.Off || len(op.Source.Include)+len(op.Source.Exclude) > 0)
	put("stop-after", op.StopAfter.String(), op.StopAfter > 0)
	put("hooks", anyList(slices.Sorted(slices.Values(op.Hooks))), op.HooksSet)
	put("flags", op.flagsDefinition(), len(op.Flags) > 0)
	put("steps", op.stepsDefinition(), len(op.Steps) > 0)
	put("run", op.Run, op.Run != "")
	put("trials", op.trialsDefinition(), len(op.Trials) > 0)
	put("replicates", int64(op.Replicates), op.Replicates > 0)
	put("conditions", op.conditionsDefinition(), len(op.Conditions) > 0)
	return d.Canonical()
}

func (imp Import) definition() any {
	if len(imp.Names) > 0 {
		return anyList(imp.Names)
	}
	return imp.All
}

func (r SourceRules) definition() any {
	if r.Off {
		return false
	}
	return map[string]any{"include": anyList(r.Include), "exclude": anyList(r.Exclude)}
}

func (op *Operation) requiresDefinition() any {
	list := make([]any, len(op.Requires))
	for i, r := range op.Requires {
		m := map[string]any{"kind": r.Kind, "target": r.Target}
		if !r.Digest.IsZero() {
			m["digest"] = r.Digest.String()
		}
		list[i] = m
	}
	return list
}

// flagsDefinition is by name: the order in which flags are declared means nothing.
func (op *Operation) flagsDefinition() any {
	m := map[string]any{}
	for _, f := range op.Flags {
		m[f.Name] = strings.TrimSuffix(f.Type+" "+f.Arg, " ")
	}
	return m
}

func (op *Operation) stepsDefinition() any {
	list := make([]any, len(op.Steps))
	for i, s := range op.Steps {
		m := map[string]any{"run": s.Run, "needed": s.Needed}
		if len(s.Flags) > 0 {
			m["flags"] = s.Flags
		}
		list[i] = m
	}
	return list
}

// trialsDefinition is by name: the order decides which trial is first, and not what any of them does.
func (op *Operation) trialsDefinition() any {
	m := map[string]any{}
	for _, axis := range op.Trials {
		m[axis.Name] = axis.Values
	}
	return m
}

func (op *Operation) conditionsDefinition() any {
	m := map[string]any{}
	for _, c := range op.Conditions {
		m[c.Name] = c.Flags
	}
	return m
}

func anyList(words []string) []any {
	list := make([]any, len(words))
	for i, w := range words {
		list[i] = w
	}
	return list
}

func anyMap(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for name, v := range m {
		out[name] = v
	}
	return out
}
