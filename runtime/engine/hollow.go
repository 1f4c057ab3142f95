package engine

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/guild-run/guild/runtime/wasm"
	"github.com/tetratelabs/wazero"
)

// wazero checks the code of a module before it looks for its native code, which costs ten times what the rest of a start
// costs. So the cache keeps the native code under the name of the hollow module, the one whose functions all trap: that one is
// checked at once. Nothing else that wazero takes from a module depends on its code.

// hollowed has the native code in the new entry go by the name of the hollow module, and returns that module; or nil, if wazero
// did not do as expected, such as where it cannot compile.
func (e *cacheEntry) hollowed(ctx context.Context, config wazero.RuntimeConfig, m *wasm.Metered) *wasm.Metered {
	hollow, err := wasm.Hollow(m.Bytes)
	if err != nil {
		return nil
	}
	// Only wazero knows the name, so it is asked to compile: that is quick, too.
	scratch, err := os.MkdirTemp(e.dir.root, cacheTemp+"*")
	if err != nil {
		return nil
	}
	defer os.RemoveAll(scratch)
	cache, err := newCache(scratch)
	if err != nil {
		return nil
	}
	defer cache.Close(ctx)
	runtime := newRuntime(ctx, config.WithCompilationCache(cache))
	defer runtime.Close(ctx)
	if _, err := runtime.CompileModule(ctx, hollow); err != nil {
		return nil
	}
	code, _ := nativeCode(e.temp)
	name, _ := nativeCode(scratch)
	if code == "" || name == "" || filepath.Dir(code) != filepath.Dir(name) {
		return nil
	}
	if os.Rename(filepath.Join(e.temp, code), filepath.Join(e.temp, name)) != nil {
		return nil
	}
	out := *m
	out.Bytes = hollow
	return &out
}

// nativeCode returns the only file of native code in a directory for wazero, by its path there; or "".
func nativeCode(dir string) (string, fs.FileInfo) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(files) != 1 {
		return "", nil
	}
	info, err := os.Lstat(files[0])
	if err != nil || !info.Mode().IsRegular() {
		return "", nil
	}
	name, err := filepath.Rel(dir, files[0])
	if err != nil {
		return "", nil
	}
	return name, info
}

// taken reports whether wazero had the entry's native code to take, so that it did not compile the hollow module: it was there
// before, and still is. A file that came in its place can have its inode, not its time and size too.
func (e *cacheEntry) taken() bool {
	_, now := nativeCode(e.path)
	return e.code != nil && now != nil && os.SameFile(e.code, now) && e.code.Size() == now.Size() && e.code.ModTime().Equal(now.ModTime())
}
