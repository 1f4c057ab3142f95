package engine_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// notCode are the files of a cache that are no compiled code.
var notCode = map[string]bool{"key": true, "auth": true, "metered": true}

// cached returns what of a cache is compiled code, by path.
func cached(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || notCode[filepath.Base(path)] {
			return err
		}
		out[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func useCache(t *testing.T, dir, name string) error {
	t.Helper()
	e := newEngine(t, engine.Config{CacheDir: dir})
	h := loadIn(t, e, "guests/"+name)
	h.Call(t.Context(), call(abi.OnRunBegin))
	return e.CacheProblem()
}

func TestCacheIsPrivateAndUsed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "cache")
	if err := useCache(t, dir, "counter"); err != nil {
		t.Fatal(err)
	}
	first := cached(t, dir)
	if len(first) != 1 {
		t.Fatalf("got %d files", len(first))
	}
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o022 != 0 || path == dir && info.Mode().Perm() != 0o700 || filepath.Base(path) == "key" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %s", path, info.Mode())
		}
		return nil
	})
	before := stamps(t, dir)
	if err := useCache(t, dir, "counter"); err != nil {
		t.Fatal(err)
	}
	if after := stamps(t, dir); after != before {
		t.Errorf("a hit changed the cache from\n%s to\n%s", before, after)
	}
}

// stamps lists the files of a cache with size and time.
func stamps(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, _ error) error {
		if info, err := e.Info(); err == nil && !e.IsDir() {
			b.WriteString(path + " " + info.ModTime().String() + "\n")
		}
		return nil
	})
	return b.String()
}

// tamper changes the compiled code of "status" so that, were it run, it would return 4 and not 3; and mends the checksum,
// which is all that wazero itself looks at.
func tamper(t *testing.T, dir string) {
	t.Helper()
	for path, data := range cached(t, dir) {
		// "WAZEVO", the version with its length, the number of functions, an offset for each, the size of the code, the code, a CRC.
		at := 6 + 1 + int(data[6])
		at += 4 + 8*int(binary.LittleEndian.Uint32(data[at:]))
		size := int(binary.LittleEndian.Uint64(data[at:]))
		code := data[at+8:][:size]
		changed := bytes.ReplaceAll(code, []byte{3, 0, 0, 0}, []byte{4, 0, 0, 0})
		if bytes.Equal(code, changed) {
			t.Fatal("the constant is not in the compiled code")
		}
		copy(code, changed)
		binary.LittleEndian.PutUint32(data[at+8+size:], crc32.Checksum(code, crc32.MakeTable(crc32.Castagnoli)))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCacheTamperingIsNoticed(t *testing.T) {
	dir := t.TempDir()
	if err := useCache(t, dir, "status"); err != nil {
		t.Fatal(err)
	}
	good := cached(t, dir)
	changes := map[string]func(){
		"code": func() { tamper(t, dir) },
		"truncated": func() {
			for path, data := range cached(t, dir) {
				os.WriteFile(path, data[:len(data)/2], 0o600)
			}
		},
		"no code": func() {
			for path := range cached(t, dir) {
				os.Remove(path)
			}
		},
		"second file": func() {
			for path, data := range cached(t, dir) {
				os.WriteFile(path+"0", data, 0o600)
			}
		},
		"symbolic link": func() {
			for path := range cached(t, dir) {
				os.Rename(path, filepath.Join(dir, "elsewhere"))
				os.Symlink(filepath.Join(dir, "elsewhere"), path)
			}
		},
		"another key": func() {
			os.Remove(filepath.Join(dir, "key"))
			os.WriteFile(filepath.Join(dir, "key"), make([]byte, 32), 0o600)
		},
		"metered": func() {
			paths, _ := filepath.Glob(filepath.Join(dir, "*", "metered"))
			for _, path := range paths {
				data, _ := os.ReadFile(path)
				os.WriteFile(path, bytes.Replace(data, []byte("true"), []byte("false"), 1), 0o600)
			}
		},
		"no metered": func() {
			paths, _ := filepath.Glob(filepath.Join(dir, "*", "metered"))
			for _, path := range paths {
				os.Remove(path)
			}
		},
		"no auth": func() { removeAuth(dir) },
		"empty auth": func() {
			for _, path := range removeAuth(dir) {
				os.WriteFile(path, nil, 0o600)
			}
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			change()
			h := loadIn(t, newEngine(t, engine.Config{CacheDir: dir}), "guests/status")
			fails(t, h, call(abi.OnRunBegin), engine.KindStatus, `hook "status": on_run_begin: returned 3, want 0`)
			for path, data := range cached(t, dir) {
				if filepath.Base(path) != "elsewhere" && !bytes.Equal(data, good[path]) {
					t.Errorf("%s was not made again", path)
				}
			}
			os.Remove(filepath.Join(dir, "elsewhere"))
		})
	}
}

func removeAuth(dir string) []string {
	paths, _ := filepath.Glob(filepath.Join(dir, "*", "auth"))
	for _, path := range paths {
		os.Remove(path)
	}
	return paths
}

// A whole cache that was copied, key and all, is not believed.
func TestCopiedCacheIsNotBelieved(t *testing.T) {
	dir, other := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	useCache(t, dir, "status")
	if err := os.CopyFS(other, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	os.Chmod(filepath.Join(other, "key"), 0o600)
	tamper(t, other)
	h := loadIn(t, newEngine(t, engine.Config{CacheDir: other}), "guests/status")
	fails(t, h, call(abi.OnRunBegin), engine.KindStatus, `hook "status": on_run_begin: returned 3, want 0`)
}

func TestCacheProblems(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name    string
		prepare func(path string) error
		want    string
	}{
		{"link", func(path string) error { return os.Symlink(dir, path) }, " is a symbolic link"},
		{"file", func(path string) error { return os.WriteFile(path, nil, 0o600) }, "not a directory"},
		{"writable", func(path string) error {
			if err := os.Mkdir(path, 0o700); err != nil {
				return err
			}
			return os.Chmod(path, 0o777)
		}, " can be written by others (mode 0777)"},
		{"owner", func(path string) error {
			if err := os.Mkdir(path, 0o700); err != nil {
				return err
			}
			return os.Chown(path, 12345, 12345)
		}, " belongs to somebody else"},
		{"key", func(path string) error {
			if err := os.Mkdir(path, 0o700); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(path, "key"), []byte("short"), 0o600)
		}, "key is not a private key file"},
		{"readable key", func(path string) error {
			if err := os.Mkdir(path, 0o700); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(path, "key"), make([]byte, 32), 0o644)
		}, "key is not a private key file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(dir, test.name)
			if err := test.prepare(path); err != nil {
				t.Skip(err) // only root can give a directory away
			}
			err := useCache(t, path, "noop")
			if err == nil || !strings.HasPrefix(err.Error(), "compile cache: ") || !strings.HasSuffix(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if found, _ := filepath.Glob(filepath.Join(path, "v1-*")); len(found) != 0 {
				t.Errorf("it was used: %v", found)
			}
		})
	}
	loose := filepath.Join(dir, "loose")
	os.Mkdir(loose, 0o755)
	if err := useCache(t, loose, "noop"); err != nil {
		t.Errorf("a directory that others could read: %v", err)
	}
	if info, _ := os.Stat(loose); info.Mode().Perm() != 0o700 {
		t.Errorf("got mode %s", info.Mode())
	}
}

func TestCacheIsBounded(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-48 * time.Hour)
	left := filepath.Join(dir, ".tmp-left")
	useCache(t, dir, "noop")
	os.Mkdir(left, 0o700)
	os.Chtimes(left, old, old)
	entry := func() string {
		paths, _ := filepath.Glob(filepath.Join(dir, "v1-*"))
		return paths[0]
	}
	first := entry()
	os.Chtimes(first, old, old)
	useCache(t, dir, "noop")
	if info, _ := os.Stat(first); time.Since(info.ModTime()) > time.Hour {
		t.Error("a use did not renew the entry")
	}
	os.Chtimes(first, old, old)
	e := newEngine(t, engine.Config{CacheDir: dir})
	e.LimitCache(1)
	loadIn(t, e, "guests/counter")
	if _, err := os.Stat(first); err == nil {
		t.Error("the oldest entry is still there")
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("what a dead process left is still there")
	}
	if len(cached(t, dir)) != 1 {
		t.Errorf("got %d files", len(cached(t, dir)))
	}
}
