package engine

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"time"

	"github.com/guild-run/guild/runtime/wasm"
	"github.com/tetratelabs/wazero"
	"github.com/zeebo/blake3"
)

const (
	cacheAuthFile    = "auth"
	cacheMeteredFile = "metered"
	// cacheTouch is how often the time of an entry's last use is written.
	cacheTouch = 24 * time.Hour
	maxFiles   = 8 // of one entry; wazero writes one
	maxFile    = 256 << 20
)

// cacheEntry is the entry of one module, while it is being compiled or read.
type cacheEntry struct {
	dir  *cacheDir
	id   []byte
	path string
	temp string // where a new entry is made, "" if the present one is good
	// metered is the content of the file of that name, once it is known to be authentic.
	metered []byte
	code    os.FileInfo // of the native code of an authentic entry
}

func (c *cacheDir) entry(module []byte) *cacheEntry {
	h := blake3.New()
	io.WriteString(h, c.maker)
	h.Write([]byte{0})
	h.Write(module)
	id := h.Sum(nil)
	return &cacheEntry{dir: c, id: id, path: filepath.Join(c.root, cachePrefix+hex.EncodeToString(id[:16]))}
}

// open returns a wazero cache over the entry, and the metered module without its code, if it is authentic; else a cache over an
// empty directory; or nil when there is neither, which only makes compiling slow.
func (e *cacheEntry) open() (wazero.CompilationCache, *wasm.Metered) {
	path := e.path
	var metered *wasm.Metered
	if e.authentic() {
		metered = decodeMetered(e.metered)
	}
	if metered == nil {
		discardDir(e.path)
		temp, err := os.MkdirTemp(e.dir.root, cacheTemp+"*")
		if err != nil {
			return nil, nil
		}
		e.temp, path = temp, temp
	}
	cache, err := newCache(path)
	if err != nil {
		return nil, nil // without its native code, a module from the cache is of no use
	}
	return cache, metered
}

// authentic reports whether the entry is there, complete, and as this user's guild wrote it.
func (e *cacheEntry) authentic() bool {
	_, e.code = nativeCode(e.path)
	auth := filepath.Join(e.path, cacheAuthFile)
	want, err := readPlain(auth, blake3Size)
	if err != nil {
		return false
	}
	got, err := e.sum(e.path)
	if err != nil || !bytes.Equal(got, want) {
		return false
	}
	if info, err := os.Lstat(e.path); err == nil && time.Since(info.ModTime()) > cacheTouch {
		now := time.Now()
		os.Chtimes(e.path, now, now)
	}
	return true
}

const blake3Size = 32

// keep makes a new entry the present one.
func (e *cacheEntry) keep(m *wasm.Metered) {
	if e.temp == "" || m == nil {
		return
	}
	if err := os.WriteFile(filepath.Join(e.temp, cacheMeteredFile), encodeMetered(m), 0o600); err != nil {
		return
	}
	sum, err := e.sum(e.temp)
	if err != nil {
		return
	}
	if err := os.WriteFile(filepath.Join(e.temp, cacheAuthFile), sum, 0o600); err != nil {
		return
	}
	// Another process may have been faster: then its entry stays.
	if os.Rename(e.temp, e.path) == nil {
		e.temp = ""
		e.dir.evict()
	}
}

// drop removes an entry with which wazero could do nothing, though it is authentic.
func (e *cacheEntry) drop() {
	if e.temp == "" {
		discardDir(e.path)
	}
}

// done removes what was not kept.
func (e *cacheEntry) done() {
	if e.temp != "" {
		os.RemoveAll(e.temp)
	}
}

// sum is the authentication code over the entry's identity and all its files: names, sizes and contents.
func (e *cacheEntry) sum(dir string) ([]byte, error) {
	h, err := blake3.NewKeyed(e.dir.auth[:])
	if err != nil {
		return nil, err
	}
	h.Write(e.id)
	below, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files := 0
	for _, d := range below {
		if d.Name() == cacheAuthFile {
			continue
		}
		if d.Name() == cacheMeteredFile {
			data, err := readPlain(filepath.Join(dir, d.Name()), maxFile)
			if err != nil {
				return nil, err
			}
			frame(h, []byte(d.Name()))
			frame(h, data)
			e.metered = data
			continue
		}
		if !d.IsDir() {
			return nil, fmt.Errorf("%s does not belong here", d.Name())
		}
		inner, err := os.ReadDir(filepath.Join(dir, d.Name()))
		if err != nil {
			return nil, err
		}
		sort.Slice(inner, func(i, j int) bool { return inner[i].Name() < inner[j].Name() })
		for _, f := range inner {
			if files++; files > maxFiles {
				return nil, fmt.Errorf("more than %d files", maxFiles)
			}
			frame(h, []byte(d.Name()))
			frame(h, []byte(f.Name()))
			if err := frameFile(h, filepath.Join(dir, d.Name(), f.Name())); err != nil {
				return nil, err
			}
		}
	}
	return h.Sum(nil), nil
}

func frame(h *blake3.Hasher, part []byte) {
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(len(part)))
	h.Write(n[:])
	h.Write(part)
}

// frameFile is frame of the content of a file, which may be of many megabytes.
func frameFile(h *blake3.Hasher, path string) error {
	f, err := openPlain(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() > maxFile {
		return fmt.Errorf("%s has %d bytes", path, info.Size())
	}
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(info.Size()))
	h.Write(n[:])
	if _, err := io.CopyBuffer(onlyWriter{h}, io.LimitReader(f, info.Size()), make([]byte, 64<<10)); err != nil {
		return err
	}
	return nil
}

// onlyWriter hides what else a hasher can do, so that the buffer is used.
type onlyWriter struct{ io.Writer }

// readPlain reads a regular file of at most most bytes.
func readPlain(path string, most int64) ([]byte, error) {
	f, err := openPlain(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > most {
		return nil, fmt.Errorf("%s has %d bytes", path, info.Size())
	}
	data := make([]byte, info.Size())
	_, err = io.ReadFull(f, data)
	return data, err
}
