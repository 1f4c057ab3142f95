package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/internal/atomicfile"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// pinnedFile is where the hooks of a run are listed, so that it can be started on another day or machine with the very same ones.
const pinnedFile = "pinned.json"

type pinned struct {
	Hooks []pinnedHook `json:"hooks"`
}

type pinnedHook struct {
	project.HookConfig
	File   string `json:"file"`
	Digest string `json:"digest"`
}

// pinHooks keeps the modules and the settings of the run's hooks in the run.
func (s *session) pinHooks() error {
	if len(s.hooks) == 0 {
		return nil
	}
	dir := s.run.Path("hooks")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var p pinned
	for _, h := range s.hooks {
		file := h.digest.Hex()[:16] + ".wasm"
		if _, err := os.Lstat(filepath.Join(dir, file)); err != nil {
			if err := atomicfile.Write(filepath.Join(dir, file), h.module, 0o644, atomicfile.Fast); err != nil {
				return err
			}
		}
		config := h.HookConfig
		config.Params = run.Flags(h.Params).JSON() // 1.0 stays 1.0
		p.Hooks = append(p.Hooks, pinnedHook{HookConfig: config, File: file, Digest: h.digest.String()})
	}
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, pinnedFile), append(data, '\n'), 0o644, atomicfile.Fast)
}

// maxPinned bounds the list of pinned hooks, in bytes.
const maxPinned = 4 << 20

// pinnedHooks opens the hooks of an existing run: those pinned in it, and the system's of today. A run that was killed before its hooks
// were pinned gets the hooks of its project.
func (r *Runner) pinnedHooks(target *store.Run, plan *Plan) ([]*hook, error) {
	if _, err := os.Lstat(target.Path("hooks", pinnedFile)); errors.Is(err, fs.ErrNotExist) {
		return r.selectHooks(plan)
	}
	list, err := r.pinnedOnly(target) // a module that is missing is an error: a policy must not fall away with its file
	if err != nil {
		return nil, err
	}
	if r.NoHooks {
		list = slices.DeleteFunc(list, func(h *hook) bool { return h.Tier != project.TierSystem && h.Tier != tierBuiltin })
	}
	return r.withSystem(list, plan)
}

// pinnedOnly opens exactly the hooks that are pinned in a run.
func (r *Runner) pinnedOnly(target *store.Run) ([]*hook, error) {
	data, err := readRegular(target.Path("hooks", pinnedFile), maxPinned)
	if err != nil {
		return nil, err
	}
	var p pinned
	if !json.Valid(data) {
		return nil, fmt.Errorf("hooks/%s: %w", pinnedFile, json.Unmarshal(data, &p))
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&p); err != nil {
		return nil, fmt.Errorf("hooks/%s: %w", pinnedFile, err)
	}
	var list []*hook
	for _, ph := range p.Hooks {
		if !filepath.IsLocal(ph.File) || filepath.Base(ph.File) != ph.File {
			return nil, fmt.Errorf("hooks/%s: %q is not a file name", pinnedFile, ph.File)
		}
		module, err := readRegular(target.Path("hooks", ph.File), abi.MaxModule)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("pinned hook %s: its module hooks/%s is missing", ph.Name, ph.File)
		}
		if err != nil {
			return nil, fmt.Errorf("pinned hook %s: %w", ph.Name, err)
		}
		config := ph.HookConfig
		config.Digest = ph.Digest
		if config.Params, err = asGiven(ph.Params); err != nil {
			return nil, fmt.Errorf("pinned hook %s: %w", ph.Name, err)
		}
		h, err := newHook(config, module)
		if err != nil {
			return nil, err
		}
		list = append(list, h)
	}
	return list, nil
}

// asGiven makes of decoded parameters what they were: 2 is an integer, and no float.
func asGiven(params map[string]any) (map[string]any, error) {
	text, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	v, err := run.FromJSON(text)
	given, _ := v.(map[string]any)
	return given, err
}

// withSystem puts the system's hooks of today in the place of those of their names that are pinned: a policy of the machine holds
// for every start on it, whatever a run brings along.
func (r *Runner) withSystem(list []*hook, plan *Plan) ([]*hook, error) {
	configs, err := r.Project.HookConfigs(r.SystemHooks, r.UserHooks)
	if err != nil {
		return nil, err
	}
	today, err := r.open(slices.DeleteFunc(configs, func(c project.HookConfig) bool { return c.Tier != project.TierSystem }), plan)
	if err != nil {
		return nil, err
	}
	for _, h := range today {
		list = append(slices.DeleteFunc(list, func(p *hook) bool { return p.Name == h.Name }), h)
	}
	slices.SortStableFunc(list, func(a, b *hook) int { return a.Priority - b.Priority })
	return list, nil
}

func readRegular(path string, limit int64) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%s: not a regular file of at most %d bytes", filepath.Base(path), limit)
	}
	return os.ReadFile(path)
}
