package archive

import (
	"archive/zip"
	"compress/flate"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/guild-run/guild/runtime/run"
)

// zipSink writes runs into a zip file.
type zipSink struct {
	w  *zip.Writer
	id run.ID // of the run whose files come
}

func newZipSink(f *os.File) *zipSink {
	w := zip.NewWriter(f)
	// Five times as fast as the default, and little larger.
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestSpeed) })
	return &zipSink{w: w}
}

func (s *zipSink) put(n node, open opener, m *meter) error {
	h := &zip.FileHeader{Name: string(s.id), Modified: n.time, Method: zip.Deflate}
	if n.path != "." {
		h.Name += "/" + n.path
	}
	h.NonUTF8 = !utf8.ValidString(h.Name)
	h.SetMode(n.mode)
	switch n.mode.Type() {
	case fs.ModeDir:
		h.Name += "/"
		_, err := s.w.CreateHeader(h)
		return err
	case fs.ModeSymlink:
		h.Method = zip.Store
		w, err := s.w.CreateHeader(h)
		if err == nil {
			_, err = io.Copy(w, strings.NewReader(n.target))
		}
		return err
	case fs.ModeNamedPipe:
		h.Method = zip.Store
		_, err := s.w.CreateHeader(h)
		return err
	}
	src, err := open()
	if err != nil {
		return err
	}
	defer src.Close()
	w, err := s.w.CreateHeader(h)
	if err == nil {
		_, err = io.Copy(io.MultiWriter(w, m), io.LimitReader(src, n.size))
	}
	return err
}

func (s *zipSink) close() error { return s.w.Close() }
