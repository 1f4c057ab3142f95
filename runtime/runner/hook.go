package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/hooks"
	"github.com/guild-run/guild/runtime/engine"
	"github.com/guild-run/guild/runtime/internal/canon"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
)

// hook is one configured hook in one session.
type hook struct {
	project.HookConfig
	module    []byte
	digest    run.Digest
	info      *engine.Info
	condition *project.Condition
	loading   sync.Mutex   // guards problem and engine until one of them is there
	problem   error        // of loading
	engine    *engine.Hook // once it is loaded
	begun     bool         // its turn in on_run_begin has passed
	disabled  bool         // could not be loaded, and may be left out
	dropped   bool         // failed in on_run_progress: it is called there no more
}

// readModule returns the bytes of a hook's module.
func readModule(projectDir string, c project.HookConfig) ([]byte, error) {
	if name, ok := strings.CutPrefix(c.Module, hooks.Prefix); ok {
		module, ok := hooks.Module(name)
		if !ok {
			return nil, fmt.Errorf("hook %s: there is no %s%s (there are %s)", c.Name, hooks.Prefix, name, strings.Join(hooks.Names(), ", "))
		}
		return module, nil
	}
	path := c.Module
	if !filepath.IsAbs(path) {
		path = filepath.Join(projectDir, path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("hook %s: no module at %s", c.Name, c.Module)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("hook %s: %s is not a regular file", c.Name, c.Module)
	}
	if info.Size() > abi.MaxModule {
		return nil, fmt.Errorf("hook %s: %s has %d bytes, the limit is %d", c.Name, c.Module, info.Size(), abi.MaxModule)
	}
	module, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("hook %s: %w", c.Name, err)
	}
	return module, nil
}

// newHook checks everything about a hook that can be known without compiling it.
func newHook(c project.HookConfig, module []byte) (*hook, error) {
	h := &hook{HookConfig: c, module: module, digest: canon.Bytes(module)}
	if c.Digest != "" && c.Digest != h.digest.String() {
		return nil, fmt.Errorf("hook %s: the digest of %s is %s, not the pinned %s", c.Name, c.Module, h.digest, c.Digest)
	}
	info, err := engine.Outline(module)
	if err != nil {
		return nil, cannotLoad(c.Name, err)
	}
	h.info = info
	if missing := h.missingGrants(); len(missing) > 0 {
		return nil, cannotLoad(c.Name, &engine.GrantError{Hook: c.Name, Missing: missing, Has: h.grants(), Asked: h.asked()})
	}
	if c.When != "" {
		if h.condition, err = project.ParseCondition(c.When); err != nil {
			return nil, fmt.Errorf("hook %s: when: %w", c.Name, err)
		}
	}
	return h, nil
}

// LoadError says which hook cannot be loaded, and why.
type LoadError struct{ Hook, Problem, hint string }

func (e *LoadError) Error() string { return fmt.Sprintf("hook %s: %s", e.Hook, e.Problem) }

// Hint is what to do about it, or "": advice for whoever builds the hook, or the lines for guild.toml that grant what it asks for.
func (e *LoadError) Hint() string { return e.hint }

// cannotLoad names the hook in an engine's complaint about its module.
func cannotLoad(name string, err error) error {
	if load := (*engine.LoadError)(nil); errors.As(err, &load) {
		return &LoadError{Hook: name, Problem: load.Problem, hint: load.Hint}
	}
	if grant := (*engine.GrantError)(nil); errors.As(err, &grant) {
		missing := make([]string, len(grant.Missing))
		for i, g := range grant.Missing {
			missing[i] = string(g)
		}
		return &LoadError{Hook: name, Problem: "it asks for more than it is granted: " + strings.Join(missing, ", "), hint: grant.Hint()}
	}
	return fmt.Errorf("hook %s: %w", name, err)
}

// grants are what guild.toml allows, as written: stage.write with its glob.
func (h *hook) grants() []abi.Grant {
	grants := make([]abi.Grant, len(h.Allow))
	for i, allow := range h.Allow {
		grants[i] = abi.Grant(allow)
	}
	return grants
}

// asked are the scopes that the module's own description asks for.
func (h *hook) asked() []abi.Grant {
	if h.info.Section == nil {
		return nil
	}
	return h.info.Section.Allow
}

const writeGrant = string(abi.GrantStageWrite) + ":"

// writes are the globs of stage.write.
func (h *hook) writes() []string {
	var globs []string
	for _, allow := range h.Allow {
		if glob, ok := strings.CutPrefix(allow, writeGrant); ok {
			globs = append(globs, glob)
		}
	}
	return globs
}

func (h *hook) missingGrants() []abi.Grant {
	var missing []abi.Grant
	for _, g := range h.info.Grants {
		if g == abi.GrantStageWrite && len(h.writes()) == 0 || g != abi.GrantStageWrite && !slices.Contains(h.Allow, string(g)) {
			missing = append(missing, g)
		}
	}
	return missing
}

func (h *hook) handles(e abi.Event) bool { return slices.Contains(h.info.Events, e) }

// from is where the module is from, as the project has it: a file below the project by its path in there.
func (h *hook) from(projectDir string) string {
	if rel, err := filepath.Rel(projectDir, h.Module); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return h.Module
}

// off reports whether the hook is not to be called in an event that it handles.
func (h *hook) off(e abi.Event) bool { return h.disabled || h.dropped && e == abi.OnRunProgress }

// rank is the hook's priority for an event.
func (h *hook) rank(e abi.Event) int { return h.PriorityFor(string(e)) }

// load compiles and instantiates the hook, once. Whoever comes while it is being loaded waits.
func (h *hook) load(ctx context.Context, e *engine.Engine) error {
	h.loading.Lock()
	defer h.loading.Unlock()
	if h.engine != nil || h.problem != nil {
		return h.problem
	}
	loaded, err := e.Load(ctx, engine.Spec{
		Name: h.Name, Module: h.module, Params: run.Flags(h.Params).JSON(), Grants: h.grants(),
		Fuel: h.Fuel, Timeout: h.Timeout, Memory: h.Memory,
	})
	switch {
	case err == nil:
		h.engine = loaded
		return nil
	case ctx.Err() != nil: // whoever needs the hook after an interruption loads it then
		return cannotLoad(h.Name, err)
	}
	h.problem = cannotLoad(h.Name, err)
	return h.problem
}

// inOrder returns the hooks as an event calls them.
func inOrder(all []*hook, e abi.Event, reverse bool) []*hook {
	list := slices.Clone(all)
	slices.SortFunc(list, func(a, b *hook) int {
		return cmp.Or(cmp.Compare(a.rank(e), b.rank(e)), cmp.Compare(a.Order, b.Order), cmp.Compare(a.Name, b.Name))
	})
	if reverse {
		slices.Reverse(list)
	}
	return list
}

// selectHooks finds the hooks that apply to a plan: those of the system, the user and the project, and the language hook of its main
// file.
func (r *Runner) selectHooks(plan *Plan) ([]*hook, error) {
	configs, err := r.Project.HookConfigs(r.SystemHooks, r.UserHooks)
	if err != nil {
		return nil, err
	}
	configs = withLanguage(configs, plan)
	if err := r.setParams(configs); err != nil {
		return nil, err
	}
	return r.open(configs, plan)
}

// open opens those of the configured hooks that apply.
func (r *Runner) open(configs []project.HookConfig, plan *Plan) ([]*hook, error) {
	var list []project.HookConfig
	for _, c := range configs {
		if !c.Enabled || !applies(c, plan) {
			continue
		}
		if r.NoHooks && c.Tier == project.TierSystem && c.ForbidNoHooks {
			return nil, fmt.Errorf("--no-hooks is forbidden by the system's hook %s", c.Name)
		}
		if r.NoHooks && c.Tier != project.TierSystem && c.Tier != tierBuiltin {
			continue
		}
		list = append(list, c)
	}
	return openAll(r.Project.Dir, list)
}

// openAll reads and checks modules, which may be of megabytes, on all cores. Of several problems the first in order counts.
func openAll(projectDir string, configs []project.HookConfig) ([]*hook, error) {
	selected, problems := make([]*hook, len(configs)), make([]error, len(configs))
	var all sync.WaitGroup
	for i, c := range configs {
		all.Go(func() {
			var module []byte
			if module, problems[i] = readModule(projectDir, c); problems[i] == nil {
				selected[i], problems[i] = newHook(c, module)
			}
		})
	}
	all.Wait()
	for _, err := range problems {
		if err != nil {
			return nil, err
		}
	}
	return selected, nil
}

// tierBuiltin marks a language hook that nobody declared.
const tierBuiltin = "builtin"

// withLanguage adds the built-in hook for the language of the main file, unless the project declares one of its name.
func withLanguage(configs []project.HookConfig, plan *Plan) []project.HookConfig {
	lang, ok := hooks.Language(filepath.Ext(plan.Main))
	if !ok {
		return configs
	}
	allow := writeGrant + literalGlob(plan.Main)
	for i, c := range configs {
		if c.Name != lang {
			continue
		}
		if c.Module == hooks.Prefix+lang && c.Tier != project.TierSystem { // another module of that name is a hook like any other
			configs[i].Tier = tierBuiltin
			configs[i].Allow = append(slices.Clone(c.Allow), allow)
		}
		return configs
	}
	return append(configs, project.HookConfig{
		Name: lang, Module: hooks.Prefix + lang, Tier: tierBuiltin, Priority: project.DefaultPriority,
		OnError: project.OnErrorDeny, Allow: []string{allow}, Enabled: true,
		Order: -1, // before its equals: they should see the flags delivered
	})
}

// literalGlob is a glob that matches one path and no other. A class of one takes a character for what it is.
func literalGlob(path string) string {
	return strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]", "{", "[{]", "}", "[}]", `\`, `[\]`).Replace(filepath.ToSlash(path))
}

// applies reports whether an operation's own list of hooks lets a project hook in. A language hook is part of how a script gets its
// flags, and is switched off by name only.
func applies(c project.HookConfig, plan *Plan) bool {
	return !plan.HooksSet || c.Tier != "project" || slices.Contains(plan.Hooks, c.Name)
}

// setParams puts the parameters of --hook over those of the configuration. A hook of the system keeps its own: a policy that takes its
// limits from whoever it is to limit is none.
func (r *Runner) setParams(configs []project.HookConfig) error {
	for _, name := range slices.Sorted(maps.Keys(r.Params)) {
		i := slices.IndexFunc(configs, func(c project.HookConfig) bool { return c.Name == name })
		if i < 0 {
			return fmt.Errorf("--hook %s: there is no hook of that name", name)
		}
		if configs[i].Tier == project.TierSystem {
			return fmt.Errorf("--hook %s: this is a hook of the system, which only the system's file can change", name)
		}
		params := maps.Clone(configs[i].Params)
		if params == nil {
			params = map[string]any{}
		}
		maps.Copy(params, r.Params[name])
		configs[i].Params = params
	}
	return nil
}
