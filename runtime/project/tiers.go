package project

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/guild-run/guild/runtime/run"
)

const (
	hooksDir      = "hooks"
	moduleSuffix  = ".wasm"
	builtinPrefix = "builtin:"
	maxDropIns    = 1000
)

// languageHooks are built in and apply by themselves to a main file of their language; a table of that name needs no module.
var languageHooks = []string{"python", "r"}

// HookConfigs returns the hooks in force, in rank: by priority, then declaration (system, user, project, and modules
// that only lie in hooks/ last), then name. A hook that is switched off is among them, not Enabled. The language hooks
// are only if a file has a table for them. systemFile and userFile may be "" or absent. No module is read.
//
// A hook of the system can be changed by nobody else. A project's table for a hook of the user, without a module of its
// own, changes the keys that it has.
func (p *Project) HookConfigs(systemFile, userFile string) ([]HookConfig, error) {
	system, err := readTier(systemFile, TierSystem)
	if err != nil {
		return nil, err
	}
	user, err := readTier(userFile, TierUser)
	if err != nil {
		return nil, err
	}
	dropIns, err := p.dropIns()
	if err != nil {
		return nil, err
	}
	m := merger{project: p, dropIns: dropIns, byName: map[string]*HookConfig{}}
	for _, tier := range [][]hookTable{system, user, p.hookTables} {
		for _, t := range tier {
			if err := m.declare(t); err != nil {
				return nil, err
			}
		}
	}
	if err := m.dropIn(); err != nil {
		return nil, err
	}
	if err := m.checkReferences(); err != nil {
		return nil, err
	}
	hooks := make([]HookConfig, 0, len(m.byName))
	for _, h := range m.byName {
		hooks = append(hooks, *h)
	}
	slices.SortFunc(hooks, func(a, b HookConfig) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Order, b.Order), cmp.Compare(a.Name, b.Name))
	})
	return hooks, nil
}

// readTier reads a file of [hooks.NAME] tables.
func readTier(file, tier string) ([]hookTable, error) {
	if file == "" {
		return nil, nil
	}
	t, err := readText(file, file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s hooks: %w", tier, err)
	}
	root, err := t.parse()
	if err != nil {
		return nil, err
	}
	d := &decoder{text: t}
	var tables []hookTable
	d.table(root, map[string]field{"hooks": func(n *node) { tables = d.hooks(n, tier) }})
	if err := d.failure(); err != nil {
		return nil, err
	}
	return tables, nil
}

// dropIns returns the names of the modules in hooks/, without the suffix. Hidden files are none: editors and archives
// leave them.
func (p *Project) dropIns() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(p.Dir, hooksDir))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("hooks of the project: %w", err)
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), moduleSuffix); ok && e.Name()[0] != '.' {
			names = append(names, name)
		}
	}
	if len(names) > maxDropIns {
		return nil, fmt.Errorf("%s has %d modules, the limit is %d", filepath.Join(p.Dir, hooksDir), len(names), maxDropIns)
	}
	return names, nil
}

// merger puts the tiers together.
type merger struct {
	project *Project
	dropIns []string
	byName  map[string]*HookConfig
	order   int
}

func (m *merger) modulePath(name string) string {
	return filepath.Join(m.project.Dir, hooksDir, name+moduleSuffix)
}

// declare adds the hook of a table. Tiers come from the strongest down.
func (m *merger) declare(t hookTable) error {
	h := t.config
	before := m.byName[h.Name]
	if before != nil && before.Tier == TierSystem {
		return t.fail("", "%q is a hook of the system, which only the system's file can change", h.Name)
	}
	if before != nil && h.Module == "" && !slices.Contains(m.dropIns, h.Name) {
		t.overlay(before)
		return nil
	}
	module, err := m.module(t)
	if err != nil {
		return err
	}
	h.Module, h.Order = module, m.order
	m.order++
	m.byName[h.Name] = &h
	return nil
}

func (m *merger) module(t hookTable) (string, error) {
	h := t.config
	inProject := h.Tier == TierProject
	switch {
	case strings.HasPrefix(h.Module, builtinPrefix), filepath.IsAbs(h.Module):
		return h.Module, nil
	case h.Module != "" && inProject:
		return filepath.Join(m.project.Dir, h.Module), nil
	case h.Module != "":
		return filepath.Join(filepath.Dir(t.text.file), h.Module), nil
	case inProject && slices.Contains(m.dropIns, h.Name):
		return m.modulePath(h.Name), nil
	case slices.Contains(languageHooks, h.Name):
		return builtinPrefix + h.Name, nil
	case inProject:
		known := append(slices.Clone(m.dropIns), slices.Collect(maps.Keys(m.byName))...)
		return "", t.fail(run.Nearest(h.Name, slices.Sorted(slices.Values(known))),
			"hook %q has no module: there is no %s/%s%s", h.Name, hooksDir, h.Name, moduleSuffix)
	}
	return "", t.fail("", "hook %q has no module", h.Name)
}

// dropIn adds the modules in hooks/ that no table is about.
func (m *merger) dropIn() error {
	claimed := map[string]bool{}
	for _, h := range m.byName {
		claimed[filepath.Clean(h.Module)] = true
	}
	for _, name := range m.dropIns {
		path := m.modulePath(name)
		if claimed[path] {
			continue
		}
		file := hooksDir + "/" + name + moduleSuffix
		if !hookName(name) {
			return fmt.Errorf("%q: %q cannot be the name of a hook: rename the file, or give it a name with a table in %s", file, name, FileName)
		}
		if before := m.byName[name]; before != nil {
			return fmt.Errorf("%s: there is a hook %q of the %s already: rename the file", file, name, before.Tier)
		}
		m.byName[name] = &HookConfig{
			Name: name, Module: path, Tier: TierProject, Priority: DefaultPriority, OnError: OnErrorDeny, Enabled: true, Order: m.order,
		}
	}
	return nil
}

// checkReferences finds names in the lists of operations that no hook has.
func (m *merger) checkReferences() error {
	for _, ref := range m.project.hookRefs {
		if m.byName[ref.name] == nil && !slices.Contains(languageHooks, ref.name) {
			return ref.text.errorAt(ref.pos, fmt.Sprintf("unknown hook %q", ref.name), nearest(ref.name, m.byName))
		}
	}
	return nil
}

func (t hookTable) fail(nearest, format string, args ...any) error {
	return t.text.errorAt(t.pos, fmt.Sprintf(format, args...), nearest)
}

// overlay changes what the table has in a hook of another tier. The hook stays of that tier.
func (t hookTable) overlay(h *HookConfig) {
	for _, key := range t.keys {
		switch key {
		case "priority":
			h.Priority = t.config.Priority
		case "events":
			h.Events = t.config.Events
		case "on-error":
			h.OnError = t.config.OnError
		case "when":
			h.When = t.config.When
		case "allow":
			h.Allow = t.config.Allow
		case "digest":
			h.Digest = t.config.Digest
		case "fuel":
			h.Fuel = t.config.Fuel
		case "timeout":
			h.Timeout = t.config.Timeout
		case "memory":
			h.Memory = t.config.Memory
		case "params":
			h.Params = t.config.Params
		case "enabled":
			h.Enabled = t.config.Enabled
		}
	}
}
