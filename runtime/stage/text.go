package stage

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of the selection outside of git: there is no list of what is not source code.
const (
	maxTextFiles = 100
	maxTextSize  = 1 << 20
	maxLooked    = 100_000 // directory entries
	sniffLen     = 1 << 10
)

// textNames and binaryNames spare a look into files whose extension says enough.
var (
	textNames = []string{
		".py", ".r", ".sh", ".toml", ".yaml", ".yml", ".json", ".txt", ".md", ".rst", ".csv", ".tsv", ".cfg", ".ini", ".go", ".rs",
		".c", ".h", ".cc", ".cpp", ".hpp", ".java", ".js", ".ts", ".jl", ".lua", ".ipynb", ".rmd", ".qmd", ".html", ".css", ".xml", ".sql",
	}
	binaryNames = []string{
		".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".ico", ".pdf", ".zip", ".gz", ".bz2", ".xz", ".zst", ".tar",
		".7z", ".pyc", ".pyo", ".so", ".o", ".a", ".dylib", ".dll", ".exe", ".class", ".jar", ".whl", ".wasm", ".npy", ".npz", ".pt", ".pth",
		".ckpt", ".h5", ".hdf5", ".pkl", ".pickle", ".joblib", ".onnx", ".safetensors", ".parquet", ".feather", ".arrow", ".rds", ".rdata",
		".db", ".sqlite", ".sqlite3", ".mp3", ".mp4", ".wav", ".flac", ".avi", ".mov", ".ttf", ".woff", ".woff2",
	}
)

// takeText takes text files.
func (s *selection) takeText() error {
	if s.nocopy("") {
		return nil
	}
	count := 0
	err := walk(s.ctx, s.stage.root, maxLooked, s.warnings.left, func(path string, mode fs.FileMode) (bool, error) {
		if mode.IsDir() {
			return !s.prunedDir(path), nil
		}
		if baseName(path) == ignoreFile || s.ignore.match(path) || s.exclude.match(path) {
			return false, nil
		}
		ok, err := s.isText(path, mode)
		if err != nil {
			s.warnings.left(path, err)
		}
		if !ok {
			return false, nil
		}
		if count++; count > maxTextFiles {
			s.warnings.add("the project has more than %d text files: only the first %d are copied; "+
				"put it under git, or exclude what is not source code", maxTextFiles, maxTextFiles)
			return false, fs.SkipAll
		}
		s.chosen[path] = true
		return false, nil
	})
	switch {
	case errors.Is(err, errManyEntries):
		s.warnings.add("the project has more than %d files: the rest is not looked at; put it under git, or exclude what is not source code", maxLooked)
		return nil
	case errors.Is(err, fs.SkipAll):
		return nil
	}
	return err
}

// prunedDir says which directories hold no source code.
func (s *selection) prunedDir(dir string) bool {
	switch name := baseName(dir); {
	case strings.HasPrefix(name, "."), strings.HasSuffix(name, ".egg-info"):
		return true
	case name == "__pycache__", name == "build", name == "dist", name == "node_modules":
		return true
	}
	return s.ignore.prunes(dir) || s.exclude.prunes(dir) || s.nocopy(dir) || s.isVenv(dir)
}

func (s *selection) isVenv(dir string) bool {
	for _, mark := range []string{"/bin/activate", "/Scripts/activate", "/pyvenv.cfg"} {
		if _, err := s.tree.lstat(dir + mark); err == nil {
			return true
		}
	}
	return false
}

// isText reports whether a file is text and small enough. What is not a regular file, and large text, is an error.
func (s *selection) isText(name string, mode fs.FileMode) (bool, error) {
	ext := strings.ToLower(path.Ext(name))
	if slices.Contains(binaryNames, ext) {
		return false, nil
	}
	if mode&fs.ModeSymlink != 0 {
		if err := s.copyable(name); err != nil {
			return false, err
		}
	}
	f, info, _, err := openFollowing(s.tree, name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) && !slices.Contains(textNames, ext) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	if !slices.Contains(textNames, ext) {
		head := make([]byte, sniffLen)
		n, _ := f.ReadAt(head, 0)
		if !looksText(head[:n], int64(n) < info.Size()) {
			return false, nil
		}
	}
	if info.Size() > maxTextSize {
		return false, errTooBig
	}
	return true, nil
}

var errTooBig = errors.New("it has more than 1 MiB; put the project under git, or include the file by name")

// looksText judges the beginning of a file: text is UTF-8, or UTF-16 with its mark, or bytes of an older encoding without
// control characters.
func looksText(head []byte, cut bool) bool {
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) {
		return true
	}
	control := 0
	for _, b := range head {
		switch {
		case b == 0:
			return false
		case b < ' ' && (b < '\b' || b > '\r') && b != 0x1b, b == 0x7f:
			control++
		}
	}
	if validUTF8(head, cut) {
		return control*10 <= len(head)
	}
	return control == 0
}

// validUTF8 allows a character that the cut went through.
func validUTF8(head []byte, cut bool) bool {
	if utf8.Valid(head) {
		return true
	}
	for n := 1; cut && n < utf8.UTFMax && n < len(head); n++ {
		tail := head[len(head)-n:]
		if utf8.RuneStart(tail[0]) {
			return !utf8.FullRune(tail) && utf8.Valid(head[:len(head)-n])
		}
	}
	return false
}
