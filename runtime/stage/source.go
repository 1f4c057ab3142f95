package stage

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"encoding/hex"
	"hash"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/guild-run/guild/runtime/internal/canon"
	"github.com/guild-run/guild/runtime/run"
	"github.com/zeebo/blake3"
)

// Source is a set of source files with its digests.
type Source struct {
	// Files are in byte order of their paths.
	Files []SourceFile
	// Digest covers paths and contents: canon.Sum under canon.ContextSource over, for each file in order, its path and the
	// 32 bytes of its Digest.
	Digest run.Digest
	// MD5 is Guild AI's sourcecode_digest, 32 hex digits; "" for no files, where Guild AI has null.
	MD5 string
}

// SourceFile is one file, as it was copied.
type SourceFile struct {
	Path   string
	SHA1   string      // 40 hex digits
	Mode   fs.FileMode // permission bits
	Size   int64       // bytes
	Digest run.Digest  // plain BLAKE3, as b3sum prints it
}

// Manifest returns the lines of Guild AI's .guild/manifest for source files: "s RUNPATH SHA1 PROJECTPATH", quoted as in a
// shell. A name that is not UTF-8 or has a line feed has no line: Guild AI could not read the rest of the file.
func (s *Source) Manifest() []byte {
	var b []byte
	for _, f := range s.Files {
		if !utf8.ValidString(f.Path) || strings.Contains(f.Path, "\n") {
			continue
		}
		name := run.Quote(f.Path)
		b = append(b, "s "...)
		b = append(b, name...)
		b = append(b, ' ')
		b = append(b, f.SHA1...)
		b = append(b, ' ')
		b = append(b, name...)
		b = append(b, '\n')
	}
	return b
}

// Digest returns what Copy would, and copies nothing.
func Digest(ctx context.Context, projectDir string, files []string) (*Source, error) {
	return collect(ctx, projectDir, files, nil)
}

// digester computes the digests of a Source, file by file in order of paths.
type digester struct {
	all   hash.Hash // Guild AI's
	one   hash.Hash
	b3    *blake3.Hasher
	parts [][]byte
}

func newDigester() *digester { return &digester{all: md5.New(), one: sha1.New(), b3: blake3.New()} }

// file digests the next file, whose content write hands to the writer it is given.
func (d *digester) file(path string, write func(io.Writer) (int64, error)) (SourceFile, error) {
	d.one.Reset()
	d.b3.Reset()
	io.WriteString(d.all, path)
	d.all.Write([]byte{0})
	n, err := write(d)
	if err != nil {
		return SourceFile{}, err
	}
	d.all.Write([]byte{0})
	f := SourceFile{Path: path, Size: n, SHA1: hex.EncodeToString(d.one.Sum(nil))}
	d.b3.Sum(f.Digest[:0])
	d.parts = append(d.parts, []byte(path), f.Digest[:])
	return f, nil
}

// Write adds a piece of the current file.
func (d *digester) Write(b []byte) (int, error) {
	d.all.Write(b)
	d.one.Write(b)
	return d.b3.Write(b)
}

func (d *digester) source(files []SourceFile) *Source {
	s := &Source{Files: files, Digest: canon.Sum(canon.ContextSource, d.parts...)}
	if len(files) > 0 {
		s.MD5 = hex.EncodeToString(d.all.Sum(nil))
	}
	return s
}

// hashBuffer is how much of a file is read at a time to be digested.
const hashBuffer = 256 << 10

// digestFile is the plain BLAKE3 digest of a regular file.
func digestFile(t *tree, path string) (run.Digest, error) {
	f, _, err := t.open(path)
	if err != nil {
		return run.Digest{}, err
	}
	defer f.Close()
	return digestOpen(f)
}

// digestOpen digests a file from its beginning.
func digestOpen(f *os.File) (run.Digest, error) {
	h := blake3.New()
	var d run.Digest
	if _, err := readThrough(h, f); err != nil {
		return d, err
	}
	h.Sum(d[:0])
	return d, nil
}

// readThrough hands a file to w in large pieces. (io.Copy takes 32 KiB at a time, which costs a third of the speed.)
func readThrough(w io.Writer, f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	buf := make([]byte, max(1, min(info.Size()+1, hashBuffer)))
	for off := int64(0); ; {
		n, err := f.ReadAt(buf, off)
		off += int64(n)
		if _, werr := w.Write(buf[:n]); werr != nil {
			return off, werr
		}
		if err == io.EOF {
			return off, nil
		}
		if err != nil {
			return off, err
		}
	}
}
