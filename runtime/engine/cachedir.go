package engine

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/zeebo/blake3"
)

// cacheDir is the directory of compiled modules. What lies in it is run as native code, so nothing is believed that was
// not written by this user, here: the directory is private, and each entry carries an authentication code under
// a key that is bound to the place. A cache that was copied here, key and all, is only a cache that misses.
//
//	key                  32 random bytes
//	v1-HEX/              one module: a directory for wazero's own file cache
//	v1-HEX/metered       the metered module
//	v1-HEX/auth          the code over all files below it
type cacheDir struct {
	root  string
	maker string
	auth  [32]byte
	most  int64 // bytes
}

const (
	cachePrefix  = "v1-"
	cacheTemp    = ".tmp-"
	cacheKeyFile = "key"
	cacheMost    = 512 << 20
	cacheKeySize = 32
)

// openCache makes the directory if need be, and checks that it is private.
func openCache(dir string) (*cacheDir, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("compile cache: %w", err)
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, fmt.Errorf("compile cache: %w", err)
	}
	if err := checkPrivate(root); err != nil {
		return nil, fmt.Errorf("compile cache: %w", err)
	}
	maker, err := maker()
	if err != nil {
		return nil, fmt.Errorf("compile cache: %w", err)
	}
	c := &cacheDir{root: root, maker: maker, most: cacheMost}
	if err := c.readKey(); err != nil {
		return nil, fmt.Errorf("compile cache: %w", err)
	}
	return c, nil
}

// checkPrivate: a directory, not a link to one, of this user, that nobody else can look into.
func checkPrivate(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return fmt.Errorf("%s is a symbolic link", dir)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory", dir)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to somebody else", dir)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s can be written by others (mode %04o)", dir, info.Mode().Perm())
	}
	if info.Mode().Perm() != 0o700 {
		return os.Chmod(dir, 0o700)
	}
	return nil
}

// readKey reads the key, or makes one, and binds it to this user, this place and the file it is in.
func (c *cacheDir) readKey() error {
	path := filepath.Join(c.root, cacheKeyFile)
	f, err := openPlain(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(c.root, path); err != nil {
			return err
		}
		f, err = openPlain(path)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(st.Uid) != os.Geteuid() || info.Mode().Perm()&0o077 != 0 || info.Size() != cacheKeySize {
		return fmt.Errorf("%s is not a private key file", path)
	}
	material := make([]byte, cacheKeySize, 256)
	if _, err := f.ReadAt(material, 0); err != nil {
		return err
	}
	material = binary.LittleEndian.AppendUint64(material, uint64(st.Ino))
	material = binary.LittleEndian.AppendUint64(material, uint64(st.Uid))
	material = append(material, c.root...)
	blake3.DeriveKey("guild 2026-11 compile cache v1", material, c.auth[:])
	return nil
}

// makeKey writes a new key, unless another process is faster.
func makeKey(root, path string) error {
	f, err := os.CreateTemp(root, cacheTemp+"key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var key [cacheKeySize]byte
	rand.Read(key[:])
	if _, err := f.Write(key[:]); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	err = os.Link(f.Name(), path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	return os.Rename(f.Name(), path) // no hard links here: who comes last wins, and the others' entries miss
}

// openPlain opens a file that is no symbolic link and no device.
func openPlain(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	return f, nil
}

// evict removes what is left of dead processes, and the entries that were unused for longest while all are too big.
func (c *cacheDir) evict() {
	entries, err := os.ReadDir(c.root)
	if err != nil {
		return
	}
	type used struct {
		dir  string
		at   time.Time
		size int64
	}
	var all []used
	total := int64(0)
	for _, e := range entries {
		path := filepath.Join(c.root, e.Name())
		info, err := e.Info()
		switch {
		case err != nil || e.Name() == cacheKeyFile:
		case !e.IsDir() || len(e.Name()) < len(cachePrefix) || e.Name()[:len(cachePrefix)] != cachePrefix:
			if time.Since(info.ModTime()) > time.Hour {
				os.RemoveAll(path)
			}
		default:
			u := used{dir: path, at: info.ModTime(), size: treeSize(path)}
			total += u.size
			all = append(all, u)
		}
	}
	for total > c.most && len(all) > 1 {
		oldest := 0
		for i := range all {
			if all[i].at.Before(all[oldest].at) {
				oldest = i
			}
		}
		discardDir(all[oldest].dir)
		total -= all[oldest].size
		all = append(all[:oldest], all[oldest+1:]...)
	}
}

func treeSize(dir string) int64 {
	total := int64(0)
	filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return nil
	})
	return total
}

// discardDir removes a directory in two steps, so that no other process finds half of it.
func discardDir(dir string) {
	gone := filepath.Join(filepath.Dir(dir), fmt.Sprintf("%sgone-%d-%d", cacheTemp, os.Getpid(), time.Now().UnixNano()))
	if os.Rename(dir, gone) == nil {
		os.RemoveAll(gone)
	}
}
