package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/wasm"
	"github.com/zeebo/blake3"
)

// Spec is one hook to be loaded. Zero limits are abi's defaults.
type Spec struct {
	Name    string
	Module  []byte
	Params  map[string]any
	Grants  []abi.Grant
	Fuel    uint64
	Timeout time.Duration
	Memory  uint64 // bytes, rounded down to pages of 64 KiB
}

// Load checks and compiles a module. The error is a *GrantError if all is well with the module but its grants, else
// a *LoadError. Nothing of the module runs before the first Call.
func (e *Engine) Load(ctx context.Context, s Spec) (*Hook, error) {
	// The functions are looked into where they have to be metered: a module that is in the cache was found good before.
	m, err := outline(s.Module)
	if err != nil {
		return nil, inHook(s.Name, err)
	}
	h, err := newHook(s, m)
	if err != nil {
		return nil, inHook(s.Name, err)
	}
	if err := e.compile(ctx, h, m, s.Module); err != nil {
		return nil, inHook(s.Name, err)
	}
	if !e.adopt(h) {
		h.close(ctx)
		return nil, inHook(s.Name, errClosed)
	}
	return h, nil
}

// inHook makes any error one of the two that Load returns, with the hook's name.
func inHook(name string, err error) error {
	var load *LoadError
	var grant *GrantError
	switch {
	case errors.As(err, &load):
		load.Hook = name
		return load
	case errors.As(err, &grant):
		grant.Hook = name
		return grant
	}
	return &LoadError{Hook: name, Problem: err.Error(), Err: err}
}

// parse reads all of a module, outline what it imports and exports.
func parse(module []byte) (*wasm.Module, error)   { return read(module, wasm.Parse) }
func outline(module []byte) (*wasm.Module, error) { return read(module, wasm.Outline) }

// read says in plain words what else than a module it may be.
func read(module []byte, parse func([]byte, wasm.Limits) (*wasm.Module, error)) (*wasm.Module, error) {
	if len(module) == 0 {
		return nil, errors.New("the file is empty")
	}
	if len(module) > abi.MaxModule {
		return nil, fmt.Errorf("the module has %d bytes, the limit is %d", len(module), abi.MaxModule)
	}
	m, err := parse(module, wasm.DefaultLimits())
	if err == nil {
		return m, nil
	}
	problem := &LoadError{Problem: err.Error(), Err: err}
	if !bytes.HasPrefix(module, []byte("\x00asm")) {
		problem.Problem = "this is not a WebAssembly module"
		if text := bytes.TrimLeft(module, " \t\r\n"); bytes.HasPrefix(text, []byte("(")) || bytes.HasPrefix(text, []byte(";;")) {
			problem.Hint = "it looks like the text format: translate it with wat2wasm"
		}
	} else if bytes.HasPrefix(module, []byte("\x00asm\x0d\x00\x01\x00")) {
		problem.Problem = "this is a component, guild needs a core module"
		problem.Hint = "build for wasm32-unknown-unknown, or for wasip1 as a reactor"
	} else if !bytes.HasPrefix(module, []byte("\x00asm\x01\x00\x00\x00")) && len(module) >= 8 {
		problem.Problem = fmt.Sprintf("the module has version %d of the binary format, want 1", uint32(module[4])|uint32(module[5])<<8|uint32(module[6])<<16|uint32(module[7])<<24)
	}
	return nil, problem
}

// newHook checks all that can be checked without compiling.
func newHook(s Spec, m *wasm.Module) (*Hook, error) {
	h := &Hook{name: s.Name, fuel: s.Fuel, timeout: s.Timeout, most: s.Memory}
	if h.fuel == 0 {
		h.fuel = abi.DefaultFuel
	}
	if h.timeout <= 0 {
		h.timeout = abi.DefaultTimeout
	}
	if h.most == 0 {
		h.most = abi.DefaultMemory
	}
	h.most = min(h.most/pageSize, 1<<16) * pageSize
	h.event.hook = h

	var err error
	if h.events, err = checkExports(m); err != nil {
		return nil, err
	}
	if err := checkImports(m); err != nil {
		return nil, err
	}
	if err := checkGrants(m, s.Grants); err != nil {
		return nil, err
	}
	for _, g := range s.Grants {
		if glob, ok := strings.CutPrefix(string(g), string(abi.GrantStageWrite)+":"); ok {
			h.writes = append(h.writes, glob)
		}
	}
	if least := uint64(m.Memory.Min) * pageSize; least > h.most {
		return nil, fmt.Errorf("the module needs %s of memory to begin with, the limit is %s", humanSize(least), humanSize(h.most))
	}
	params := s.Params
	if params == nil {
		params = map[string]any{}
	}
	text, err := json.Marshal(params)
	if err != nil {
		return nil, fmt.Errorf("its parameters cannot be written as JSON: %w", err)
	}
	h.params.reset(text)
	blake3.DeriveKey("guild 2026-11 hook initialisation v1", s.Module, h.initSeed[:])
	return h, nil
}

// checkGrants compares what the module imports with what it is given.
func checkGrants(m *wasm.Module, given []abi.Grant) error {
	has := map[abi.Grant]bool{}
	for _, g := range given {
		kind, glob, scoped := strings.Cut(string(g), ":")
		switch {
		case kind == string(abi.GrantStageWrite) && (!scoped || glob == ""):
			return &LoadError{Problem: fmt.Sprintf("grant %q needs a glob", string(g)), Hint: `for example "stage.write:reports/**"`}
		case kind == string(abi.GrantStageWrite) && !validGlob(glob):
			return fmt.Errorf("grant %q has a malformed glob", string(g))
		case !isGrant(abi.Grant(kind)) || scoped && kind != string(abi.GrantStageWrite):
			return &LoadError{Problem: fmt.Sprintf("unknown grant %q", string(g)), Hint: nearestHint(string(g), grantNames())}
		}
		has[abi.Grant(kind)] = true
	}
	var missing []abi.Grant
	for _, g := range neededGrants(m) {
		if !has[g] {
			missing = append(missing, g)
		}
	}
	if missing == nil {
		return nil
	}
	err := &GrantError{Missing: missing, Has: given}
	if section, _ := readSection(m); section != nil {
		err.Asked = section.Allow
	}
	return err
}

// neededGrants lists the grants that a module's imports ask for, in abi's order.
func neededGrants(m *wasm.Module) []abi.Grant {
	asks := map[abi.Grant]bool{}
	for _, im := range m.Imports {
		if f, ok := findFunction(abi.Functions, im.Name); ok && im.Module == abi.Module {
			asks[f.Grant] = true
		}
	}
	var out []abi.Grant
	for _, g := range abi.Grants {
		if asks[g] {
			out = append(out, g)
		}
	}
	return out
}

func isGrant(g abi.Grant) bool {
	for _, known := range abi.Grants {
		if known == g {
			return true
		}
	}
	return false
}

func grantNames() []string {
	var out []string
	for _, g := range abi.Grants {
		out = append(out, string(g))
	}
	return out
}

func nearestHint(name string, names []string) string {
	if near := run.Nearest(name, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}
