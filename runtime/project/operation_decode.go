package project

import (
	"errors"
	"path"
	"path/filepath"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"

	"github.com/guild-run/guild/runtime/run"
)

// operationDecoder reads [operations] and remembers which names must mean something, until all are known.
type operationDecoder struct {
	*decoder
	project    *Project
	references []reference
}

// reference is the name of an operation somewhere in another.
type reference struct {
	from, to string
	node     *node
	// runs: the operation starts the other; otherwise it only needs a run of it.
	runs bool
}

const maxReplicates = 10_000

func (o *operationDecoder) operation(n *node) {
	if !operationName(n.key) {
		o.fail(n.pos, "", "%q cannot be the name of an operation", n.key)
	}
	op := &Operation{Name: n.key, Lock: o.project.Run.Lock, Immutable: o.project.Run.Immutable}
	o.project.Operations[n.key] = op
	o.project.Order = append(o.project.Order, n.key)
	fields := map[string]field{
		"description":    func(n *node) { op.Description = o.str(n) },
		"main":           func(n *node) { op.Main = o.mainFile(n) },
		"exec":           func(n *node) { op.Exec = o.exec(n) },
		"flags-dest":     func(n *node) { op.FlagsDest = o.flagsDest(n) },
		"flags-import":   func(n *node) { op.FlagsImport = o.flagsImport(n) },
		"requires":       func(n *node) { op.Requires = o.requirements(n, op) },
		"env":            func(n *node) { op.Env = o.env(n) },
		"output-scalars": func(n *node) { op.OutputScalars = o.outputScalars(n) },
		"label":          func(n *node) { op.Label = o.template(n) },
		"sourcecode":     func(n *node) { op.Source = o.sourceRules(n) },
		"needed":         func(n *node) { op.Needed = o.needed(n) },
		"stop-after":     func(n *node) { op.StopAfter = o.duration(n, 0) },
		"hooks":          func(n *node) { op.Hooks, op.HooksSet = o.hookNames(n), true },
		"lock":           func(n *node) { op.Lock = o.lock(n) },
		"immutable":      func(n *node) { op.Immutable = o.boolean(n) },
		"flags":          func(n *node) { op.Flags = o.flags(n) },
		"steps":          func(n *node) { op.Steps = o.steps(n, op) },
		"run":            func(n *node) { op.Run = o.runs(n, op) },
		"trials":         func(n *node) { op.Trials = o.trials(n) },
		"replicates":     func(n *node) { op.Replicates = int(o.integer(n, 1, maxReplicates)) },
		"conditions":     func(n *node) { op.Conditions = o.conditions(n) },
		"strategy":       func(n *node) { op.Strategy = o.strategy(n) },
		"launcher":       func(n *node) { op.Launcher = o.launcher(n) },
	}
	before := o.fails
	if o.table(n, fields); o.fails == before {
		o.checkKind(n)
		o.checkBatch(n)
	}
}

// kinds are the keys that say what an operation does.
var kinds = []string{"main", "exec", "steps", "run"}

func (o *operationDecoder) checkKind(n *node) {
	first := ""
	for _, c := range n.table {
		for _, kind := range kinds {
			if c.key != kind {
				continue
			}
			if first != "" {
				o.fail(c.pos, "", "operation %q has both %s and %s", n.key, first, kind)
			}
			first = kind
		}
	}
	if first == "" {
		o.fail(n.pos, "", "operation %q has nothing to run: want main, exec, steps or run", n.key)
	}
	for _, c := range n.table {
		switch {
		case first == "run" && slices.Contains(ofTheOther, c.key):
			o.fail(c.pos, "", "operation %q runs another, and %s would have no effect: it belongs there", n.key, c.key)
		case first == "steps" && slices.Contains(ofAProcess, c.key):
			o.fail(c.pos, "", "operation %q has steps and no process of its own: %s would have no effect", n.key, c.key)
		}
	}
}

// Keys that are about the process of an operation, and those that an operation has from the one that it runs. In another they would be
// taken for what they are not: a lock, say, that nobody makes.
var (
	ofAProcess = []string{"flags-dest", "flags-import", "env", "output-scalars", "sourcecode"}
	ofTheOther = append([]string{"requires", "label", "stop-after", "hooks", "lock", "immutable"}, ofAProcess...)
)

// operationName keeps names that the command line could not tell from a flag, an option or a path.
func operationName(name string) bool {
	for i, r := range name {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_'
		if !letter && (i == 0 || !strings.ContainsRune("-.:+", r)) {
			return false
		}
	}
	return name != "" && len(name) <= maxName
}

// maxName bounds the names of operations and hooks, in bytes.
const maxName = 128

func (o *operationDecoder) mainFile(n *node) string {
	main := o.str(n)
	if main != "" && !filepath.IsLocal(main) {
		o.invalid(n, "want a path inside the project")
	}
	return path.Clean(filepath.ToSlash(main))
}

func (o *operationDecoder) exec(n *node) []string {
	if !n.isList() || len(n.list) == 0 {
		o.invalid(n, `want a list of words, such as ["./train", "${flag_args}"]`)
		return nil
	}
	if n.list[0].value == "" { // an empty argument is an argument, but not a program
		o.invalid(n.list[0], "want a program")
	}
	return o.strings(n, o.template)
}

func (o *operationDecoder) flagsDest(n *node) string {
	dest, ok := n.value.(string)
	if file, isConfig := strings.CutPrefix(dest, "config:"); isConfig {
		if !filepath.IsLocal(file) {
			o.invalid(n, "want a path inside the project")
		}
		switch path.Ext(file) {
		case ".toml", ".json", ".yaml", ".yml":
		default:
			o.invalid(n, "want a file that ends with .toml, .json, .yaml or .yml")
		}
		return dest
	}
	switch dest {
	case "globals", "args", "env":
	default:
		ok = false
	}
	if !ok {
		o.invalid(n, "want globals, args, env or config:PATH")
	}
	return dest
}

func (o *operationDecoder) flagsImport(n *node) Import {
	switch v := n.value.(type) {
	case bool:
		return Import{All: v, Off: !v}
	case []any:
		return Import{Names: o.strings(n, o.str), Off: len(v) == 0}
	}
	o.invalid(n, "want true, false or a list of names")
	return Import{}
}

func (o *operationDecoder) outputScalars(n *node) map[string]string {
	if n.value == false {
		return map[string]string{}
	}
	if !o.isTable(n) {
		return nil
	}
	rules := make(map[string]string, len(n.table))
	for _, c := range n.table {
		rules[c.key] = o.pattern(c)
	}
	return rules
}

// pattern checks the syntax only; \key, \value and \step stand for what scalars usually look like.
func (o *operationDecoder) pattern(n *node) string {
	s := o.str(n)
	plain := strings.NewReplacer(`\key`, `k`, `\value`, `v`, `\step`, `s`).Replace(s)
	if _, err := syntax.Parse(plain, syntax.Perl); err != nil {
		o.invalid(n, "%s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return s
}

func (o *operationDecoder) sourceRules(n *node) SourceRules {
	if n.value == false {
		return SourceRules{Off: true}
	}
	var rules SourceRules
	if !n.isTable() {
		o.invalid(n, "want false or a table of include and exclude")
		return rules
	}
	o.table(n, map[string]field{
		"include": func(n *node) { rules.Include = o.strings(n, o.sourcePattern) },
		"exclude": func(n *node) { rules.Exclude = o.strings(n, o.sourcePattern) },
	})
	return rules
}

func (o *operationDecoder) needed(n *node) string {
	if v, ok := n.value.(bool); ok {
		if v {
			return NeededFlags
		}
		return ""
	}
	return o.oneOf(n, NeededFlags, NeededSource)
}

func (o *operationDecoder) hookNames(n *node) []string {
	names := o.strings(n, o.str)
	for i, name := range names {
		o.project.hookRefs = append(o.project.hookRefs, hookRef{name: name, text: o.text, pos: n.list[i].at})
	}
	return names
}

func (o *operationDecoder) requirements(n *node, op *Operation) []Requirement {
	if !n.isList() {
		o.invalid(n, "want a list")
		return nil
	}
	list := make([]Requirement, len(n.list))
	for i, e := range n.list {
		list[i] = o.requirement(e, op)
	}
	return list
}

func (o *operationDecoder) requirement(n *node, op *Operation) Requirement {
	if s, ok := n.value.(string); ok {
		kind, target, _ := strings.Cut(s, ":")
		if kind != "operation" && kind != "file" || target == "" {
			o.invalid(n, `want "operation:NAME", "file:PATH" or a table with url`)
		}
		if kind == "operation" {
			o.references = append(o.references, reference{from: op.Name, to: target, node: n})
		}
		return Requirement{Kind: kind, Target: target}
	}
	var r Requirement
	target := func(n *node) {
		if r.Kind != "" {
			o.fail(n.pos, "", "a requirement has either %s or %s", r.Kind, n.key)
		}
		r.Kind, r.Target = n.key, o.str(n)
	}
	o.table(n, map[string]field{
		"operation": func(n *node) {
			target(n)
			o.references = append(o.references, reference{from: op.Name, to: r.Target, node: n})
		},
		"file": target,
		"url": func(n *node) {
			target(n)
			if !strings.HasPrefix(r.Target, "https://") && !strings.HasPrefix(r.Target, "http://") {
				o.invalid(n, "want a URL that begins with https:// or http://")
			}
		},
		"digest": func(n *node) { r.Digest = o.digest(n) },
	})
	if r.Kind == "" && n.isTable() {
		o.fail(n.at, "", "a requirement wants operation, file or url")
	}
	return r
}

func (d *decoder) digest(n *node) run.Digest {
	digest, err := run.ParseDigest(d.str(n))
	switch {
	case errors.Is(err, run.ErrZeroDigest):
		d.invalid(n, "%s", run.ErrZeroDigest)
	case err != nil:
		d.invalid(n, "want blake3: and 64 hex digits")
	}
	return digest
}
