package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/wasm"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// compileTimeout ends a compilation that the static limits did not foresee. A big Go module takes about a second, on a
// machine that is busy with other things many times that.
const compileTimeout = 2 * time.Minute

// features are those that wasm.Parse admits.
const features = api.CoreFeatureMutableGlobal | api.CoreFeatureSignExtensionOps | api.CoreFeatureMultiValue |
	api.CoreFeatureNonTrappingFloatToIntConversion | api.CoreFeatureBulkMemoryOperations | api.CoreFeatureReferenceTypes

// compile meters and compiles the module under a watchdog, and links what it imports. Each hook has a runtime of its own:
// that costs a tenth of a millisecond, and nothing of one hook can reach another.
func (e *Engine) compile(ctx context.Context, h *Hook, m *wasm.Module, module []byte) error {
	h.hasStart = m.HasStart
	watched, cancel := context.WithTimeout(ctx, e.patience)
	defer cancel()
	built := make(chan error, 1)
	go func() {
		err := e.build(watched, h, m, module, e.openCache)
		if errors.Is(err, errEntry) {
			err = e.build(watched, h, m, module, noCache)
		}
		built <- err
	}()
	select {
	case err := <-built:
		if err == nil {
			return nil
		}
		h.close(context.WithoutCancel(ctx))
		if watched.Err() == nil {
			return err
		}
	case <-watched.Done():
		// wazero looks at the context between functions only: what it has begun, it finishes by itself.
		go func() {
			<-built
			h.close(context.WithoutCancel(ctx))
		}()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("the module takes longer than %s to compile", e.patience)
}

// errEntry is of an entry of the cache that is of no use to wazero.
var errEntry = errors.New("compile cache: useless entry")

func noCache() (*cacheDir, error) { return nil, nil }

func (e *Engine) build(ctx context.Context, h *Hook, m *wasm.Module, module []byte, openCache func() (*cacheDir, error)) error {
	config := wazero.NewRuntimeConfigInterpreter()
	var entry *cacheEntry
	if !e.cfg.Interpreter {
		config = wazero.NewRuntimeConfig() // compiles where the machine can
		ctx = experimental.WithCompilationWorkers(ctx, min(4, runtime.GOMAXPROCS(0)))
		if dir, _ := openCache(); dir != nil {
			entry = dir.entry(module)
			defer entry.done()
			h.cache, h.metered = entry.open()
		}
	}
	hit := h.metered != nil
	if !hit {
		whole, err := parse(module)
		if err != nil {
			return err
		}
		metered, err := whole.Meter(wasm.MeterConfig{})
		if err != nil {
			return err
		}
		h.metered = metered
	}
	config = config.WithCoreFeatures(features).WithDebugInfoEnabled(false)
	plain := config
	if h.cache != nil {
		config = config.WithCompilationCache(h.cache)
	}
	h.runtime = newRuntime(ctx, config)
	if err := link(ctx, h, m); err != nil {
		return err
	}
	code, err := h.runtime.CompileModule(ctx, h.metered.Bytes)
	if hit && (err != nil || !entry.taken()) {
		entry.drop()
		h.runtime.Close(ctx)
		h.cache.Close(ctx)
		h.runtime, h.cache, h.metered = nil, nil, nil
		return errEntry
	}
	if err != nil {
		return fmt.Errorf("the module is not valid: %s", firstLine(escape([]byte(err.Error()), abi.MaxReason)))
	}
	h.code = code
	if entry != nil && !hit {
		entry.keep(entry.hollowed(ctx, plain, h.metered))
	}
	h.metered.Bytes = nil // wazero has what it needs
	return nil
}

// link makes host modules of the functions that the module imports, and of no others.
func link(ctx context.Context, h *Hook, m *wasm.Module) error {
	builders := map[string]wazero.HostModuleBuilder{}
	export := func(module, name string, f api.GoModuleFunction, params, results []abi.ValueType) {
		b := builders[module]
		if b == nil {
			b = h.runtime.NewHostModuleBuilder(module)
			builders[module] = b
		}
		b.NewFunctionBuilder().WithGoModuleFunction(f, valueTypes(params), valueTypes(results)).Export(name)
	}
	seen := map[string]bool{}
	for _, im := range m.Imports {
		if key := im.Module + "." + im.Name; seen[key] {
			continue
		} else {
			seen[key] = true
		}
		if im.Module == abi.WASIModule {
			decl, _ := findFunction(abi.WASIFunctions, im.Name)
			export(im.Module, im.Name, wasiFunctions[im.Name].bind(h, decl), decl.Params, decl.Results)
			continue
		}
		decl, _ := findFunction(abi.Functions, im.Name)
		for _, f := range hostFunctions {
			if f.name == im.Name {
				export(im.Module, im.Name, f.bind(h, decl), decl.Params, decl.Results)
			}
		}
	}
	export(wasm.YieldModule, wasm.YieldFunc, api.GoModuleFunc(h.budget.yield), nil, nil)
	for _, b := range builders {
		if _, err := b.Instantiate(ctx); err != nil {
			return fmt.Errorf("link: %w", err)
		}
	}
	return nil
}

func valueTypes(types []abi.ValueType) []api.ValueType {
	out := make([]api.ValueType, len(types))
	for i, t := range types {
		out[i] = api.ValueType(t)
	}
	return out
}
