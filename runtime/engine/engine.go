package engine

import (
	"context"
	"errors"
	"time"

	"github.com/guild-run/guild/abi"
)

// Config is how an engine is made. The zero value works: it compiles, and forgets what it compiled.
type Config struct {
	// CacheDir keeps compiled modules between processes, "" does not. It is made with mode 0700. It holds
	// native code, so it must never be inside a project.
	CacheDir string
	// Interpreter runs modules without compiling them: slower, and less to trust.
	Interpreter bool
}

// Engine loads hooks. It can be used by several goroutines at once.
type Engine struct {
	cfg Config
}

// New returns an engine. It is cheap: wazero starts with the first Load.
func New(cfg Config) *Engine { return &Engine{cfg: cfg} }

// Close ends all hooks of the engine.
func (e *Engine) Close(ctx context.Context) error { return nil }

// Spec is one hook to be loaded. Zero limits are abi's defaults.
type Spec struct {
	Name    string
	Module  []byte
	Params  map[string]any
	Grants  []abi.Grant
	Fuel    uint64
	Timeout time.Duration
	Memory  uint64 // bytes
}

// Hook is a loaded module. Its calls are serialised; different hooks run in parallel.
type Hook struct {
	name string
}

// Load checks and compiles a module. Errors are *LoadError and *GrantError.
func (e *Engine) Load(ctx context.Context, s Spec) (*Hook, error) {
	return nil, errors.ErrUnsupported
}

// Name returns the name of the hook instance.
func (h *Hook) Name() string { return h.name }

// Has reports whether the module exports a handler of the event.
func (h *Hook) Has(ev abi.Event) bool { return false }

// Call delivers one event. The error is a *Failure.
func (h *Hook) Call(ctx context.Context, c Call) (*Result, error) {
	return nil, errors.ErrUnsupported
}

// Info is what a module says about itself, without being compiled.
type Info struct {
	Size      int
	Events    []abi.Event
	Functions []string // of guild_v1
	WASI      []string // of the WASI stub
	Grants    []abi.Grant
	Section   *Section // nil if there is none
	Toolchain string
}

// Section is the content of the custom section guild.hook (SPEC.md section 1).
type Section struct {
	Name        string           `json:"name"`
	Version     string           `json:"version"`
	Description string           `json:"description"`
	Events      []abi.Event      `json:"events"`
	Params      map[string]Param `json:"params"`
	Allow       []abi.Grant      `json:"allow"`
}

// Param describes one parameter of a hook.
type Param struct {
	Type    string `json:"type"`
	Default any    `json:"default"`
	Help    string `json:"help"`
}

// Inspect reads a module. Errors are *LoadError with an empty hook name.
func Inspect(module []byte) (*Info, error) { return nil, errors.ErrUnsupported }
