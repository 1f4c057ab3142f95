package runner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
	"github.com/guild-run/guild/runtime/internal/canon"
	"github.com/guild-run/guild/runtime/project"
)

// HookStatus is one hook of a project, as `guild hooks list` shows it.
type HookStatus struct {
	Name     string   `json:"name"`
	Tier     string   `json:"tier"`
	Priority int      `json:"priority"`
	Module   string   `json:"module"`
	Digest   string   `json:"digest,omitempty"`
	Events   []string `json:"events"`
	Allow    []string `json:"allow"`
	Enabled  bool     `json:"enabled"`
	Error    string   `json:"error,omitempty"`
}

// ShortDigest is the first digits of the module's digest, for people.
func (s HookStatus) ShortDigest() string {
	digits := strings.TrimPrefix(s.Digest, "blake3:")
	return digits[:min(12, len(digits))]
}

// HookStatuses lists the configured hooks in rank order. A hook that would not load has an Error.
func (r *Runner) HookStatuses() ([]HookStatus, error) {
	configs, err := r.Project.HookConfigs(r.SystemHooks, r.UserHooks)
	if err != nil {
		return nil, err
	}
	statuses := []HookStatus{}
	for _, c := range configs {
		s := HookStatus{
			Name: c.Name, Tier: c.Tier, Priority: c.Priority, Module: c.Module, Enabled: c.Enabled, Events: []string{},
			Allow: append([]string{}, c.Allow...), // never null as JSON
		}
		if h, err := openHook(r.Project.Dir, c); err != nil {
			s.Error = err.Error()
		} else {
			s.Digest, s.Events = h.digest.String(), eventNames(h.info.Events)
		}
		statuses = append(statuses, s)
	}
	return statuses, nil
}

func openHook(projectDir string, c project.HookConfig) (*hook, error) {
	module, err := readModule(projectDir, c)
	if err != nil {
		return nil, err
	}
	if _, err := engine.Inspect(module); err != nil {
		return nil, cannotLoad(c.Name, err)
	}
	return newHook(c, module)
}

func eventNames(events []abi.Event) []string {
	names := make([]string, len(events))
	for i, e := range events {
		names[i] = string(e)
	}
	return names
}

// CheckHook loads a module as a run would and calls its on_init: with the settings of guild.toml if the project has a
// hook of that module, otherwise with every grant it asks for, so that only the module itself is judged.
func (r *Runner) CheckHook(ctx context.Context, file string) (*HookStatus, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	config := project.HookConfig{Name: name, Module: path, Tier: "project", Priority: 100, OnError: "deny", Enabled: true}
	configs, err := r.Project.HookConfigs(r.SystemHooks, r.UserHooks)
	if err != nil {
		return nil, err
	}
	configured := false
	for _, c := range configs {
		if c.Declared && c.Module == path && (!configured || !config.Enabled) { // the first one that would be called
			config, configured = c, true
			config.Module = path
		}
	}
	module, err := readModule(r.Project.Dir, config)
	if err != nil {
		return nil, err
	}
	if !configured {
		if config.Allow, err = askedFor(module); err != nil {
			return nil, cannotLoad(name, err)
		}
	}
	h, err := newHook(config, module)
	if err != nil {
		return nil, err
	}
	if err := h.load(ctx, r.hookEngine()); err != nil {
		return nil, err
	}
	plan := &Plan{Recipe: Recipe{ProjectDir: r.Project.Dir, ProjectName: r.Project.Name}, hooks: []*hook{h}}
	s, err := r.newSession(plan, Options{})
	if err != nil {
		return nil, err
	}
	defer s.close()
	// A hook without on_init has an initialisation all the same.
	err = h.engine.Initialise(ctx, func(l engine.LogRecord) { s.Report.Hook(h.Name, l.Level, l.Message) })
	if failure := (*engine.Failure)(nil); errors.As(err, &failure) {
		return nil, fmt.Errorf("hook %s (%s) failed %s", h.Name, h.from(r.Project.Dir), failure.Message)
	}
	if err != nil {
		return nil, err
	}
	if err := s.fire(ctx, abi.OnInit); err != nil {
		return nil, err
	}
	return &HookStatus{
		Name: h.Name, Tier: h.Tier, Priority: h.Priority, Module: file, Digest: h.digest.String(), Events: eventNames(h.info.Events),
		Allow: append([]string{}, h.Allow...), Enabled: true,
	}, nil
}

func askedFor(module []byte) ([]string, error) {
	info, err := engine.Inspect(module)
	if err != nil {
		return nil, err
	}
	var allow []string
	for _, g := range info.Grants {
		text := string(g)
		if g == abi.GrantStageWrite {
			text += ":**"
		}
		allow = append(allow, text)
	}
	return allow, nil
}

// Description is what can be said of a module without running it.
type Description struct {
	Name        string   `json:"name,omitempty"`
	Version     string   `json:"version,omitempty"`
	Description string   `json:"description,omitempty"`
	Size        int      `json:"size"`
	Digest      string   `json:"digest"`
	Toolchain   string   `json:"toolchain,omitempty"`
	Events      []string `json:"events"`
	Functions   []string `json:"functions"`
	Grants      []string `json:"grants"`
	Can         []string `json:"can"`
	Params      []string `json:"params,omitempty"`
}

// Describe says in plain words what a module asks for.
func Describe(module []byte, info *engine.Info) Description {
	d := Description{
		Size: info.Size, Digest: canon.Bytes(module).String(), Toolchain: info.Toolchain, Events: eventNames(info.Events),
		Functions: append([]string{}, info.Functions...), Grants: []string{}, Can: []string{},
	}
	for _, g := range info.Grants {
		d.Grants = append(d.Grants, string(g))
	}
	for _, f := range abi.Functions {
		if f.Can != "" && slices.Contains(info.Functions, f.Name) && !slices.Contains(d.Can, f.Can) {
			d.Can = append(d.Can, f.Can)
		}
	}
	if s := info.Section; s != nil {
		d.Name, d.Version, d.Description = s.Name, s.Version, s.Description
		for _, name := range slices.Sorted(maps.Keys(s.Params)) {
			d.Params = append(d.Params, name+": "+s.Params[name].Help)
		}
	}
	return d
}
