package engine_test

import (
	"io"
	"slices"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// memStage is a stage in memory.
type memStage struct {
	files map[string][]byte
	err   error // of every call, if set
	lists int
}

func (s *memStage) List(glob string) ([]string, error) {
	s.lists++
	var out []string
	for name := range s.files {
		if engine.MatchGlob(glob, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, s.err
}

func (s *memStage) Stat(path string) (engine.Stat, error) {
	text, ok := s.files[path]
	if s.err == nil && !ok {
		return engine.Stat{}, abi.NotFound
	}
	return engine.Stat{Size: int64(len(text)), Kind: abi.KindFile, Mode: 0o644}, s.err
}

func (s *memStage) ReadAt(path string, off int64, buf []byte) (int, error) {
	text, ok := s.files[path]
	switch {
	case s.err != nil:
		return 0, s.err
	case !ok:
		return 0, abi.NotFound
	case off >= int64(len(text)):
		return 0, io.EOF
	}
	return copy(buf, text[off:]), nil
}

func (s *memStage) Write(path string, mode int32, data []byte) error {
	if s.err != nil {
		return s.err
	}
	if s.files == nil {
		s.files = map[string][]byte{}
	}
	if mode == abi.WriteAppend {
		s.files[path] = append(s.files[path], data...)
	} else {
		s.files[path] = data
	}
	return nil
}

func (s *memStage) Remove(path string) error {
	if _, ok := s.files[path]; s.err == nil && !ok {
		return abi.NotFound
	}
	delete(s.files, path)
	return s.err
}
