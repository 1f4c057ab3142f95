package engine

import (
	"context"
	"sync"

	"github.com/tetratelabs/wazero"
)

// starting is held while wazero looks up its own version, which it keeps in a variable that nothing guards.
var starting sync.Mutex

func newRuntime(ctx context.Context, config wazero.RuntimeConfig) wazero.Runtime {
	starting.Lock()
	defer starting.Unlock()
	return wazero.NewRuntimeWithConfig(ctx, config)
}

func newCache(dir string) (wazero.CompilationCache, error) {
	starting.Lock()
	defer starting.Unlock()
	return wazero.NewCompilationCacheWithDir(dir)
}
