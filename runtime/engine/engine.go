package engine

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Config is how an engine is made. The zero value works: it compiles, and forgets what it compiled.
type Config struct {
	// CacheDir keeps compiled modules between processes, "" does not. It is made with mode 0700. It holds
	// native code, so it must never be inside a project. See Engine.CacheProblem.
	CacheDir string
	// Interpreter runs modules without compiling them: slower, but without code generation. It needs no cache.
	Interpreter bool
}

// Engine loads hooks. It can be used by several goroutines at once.
type Engine struct {
	cfg       Config
	patience  time.Duration // with a compilation
	openCache func() (*cacheDir, error)

	mu     sync.Mutex
	hooks  []*Hook
	closed bool
}

// New returns an engine. It is cheap: wazero starts with the first Load, and reads no file before it.
func New(cfg Config) *Engine {
	return &Engine{cfg: cfg, patience: compileTimeout, openCache: sync.OnceValues(func() (*cacheDir, error) {
		if cfg.CacheDir == "" || cfg.Interpreter {
			return nil, nil
		}
		return openCache(cfg.CacheDir)
	})}
}

// CacheProblem says why the cache directory is not used, although the configuration names one: somebody else can write
// to it, for example. Hooks load without it, only slower. It is nil if all is well.
func (e *Engine) CacheProblem() error {
	_, err := e.openCache()
	return err
}

// Close ends all hooks of the engine, after the calls that are under way. Their calls fail from then on.
func (e *Engine) Close(ctx context.Context) error {
	e.mu.Lock()
	hooks := e.hooks
	e.hooks, e.closed = nil, true
	e.mu.Unlock()
	var errs []error
	for _, h := range hooks {
		errs = append(errs, h.close(ctx))
	}
	return errors.Join(errs...)
}

// adopt makes a hook the engine's to close. It reports whether the engine is still open.
func (e *Engine) adopt(h *Hook) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.hooks = append(e.hooks, h)
	}
	return !e.closed
}
