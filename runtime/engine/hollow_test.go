package engine_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// outcome is all that a call gave but the time it took.
func outcome(t *testing.T, e *engine.Engine, name string, ev abi.Event) any {
	t.Helper()
	h, err := e.Load(t.Context(), engine.Spec{Name: name, Module: guest(t, "guests/"+name), Grants: allGrants})
	if err != nil {
		return err.Error()
	}
	res, err := h.Call(t.Context(), call(ev))
	if err != nil {
		return err.Error()
	}
	res.Duration = 0
	return *res
}

// TestCachedIsTheSame: a hook from the cache does what it did when it was compiled, fuel included.
func TestCachedIsTheSame(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "guests", "*.wasm"))
	if err != nil || len(files) == 0 {
		t.Fatal("no guests", err)
	}
	dir := t.TempDir()
	for _, ev := range []abi.Event{abi.OnInit, abi.OnRunBegin} {
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".wasm")
			first := outcome(t, newEngine(t, engine.Config{CacheDir: dir}), name, ev)
			again := outcome(t, newEngine(t, engine.Config{CacheDir: dir}), name, ev)
			if !reflect.DeepEqual(first, again) {
				t.Errorf("%s %s: got %+v, want %+v", name, ev, again, first)
			}
		}
	}
}

// TestCacheVanishes: code that goes away between the look at it and its use is compiled again, not taken for the hollow module's.
func TestCacheVanishes(t *testing.T) {
	dir := t.TempDir()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			code, _ := filepath.Glob(filepath.Join(dir, "v1-*", "*", "*"))
			for _, path := range code {
				os.Remove(path)
			}
		}
	})
	for range 100 {
		h := loadIn(t, newEngine(t, engine.Config{CacheDir: dir}), "guests/status")
		fails(t, h, call(abi.OnRunBegin), engine.KindStatus, `hook "status": on_run_begin: returned 3, want 0`)
	}
	close(stop)
	wg.Wait()
}
