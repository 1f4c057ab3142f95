package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/internal/atomicfile"
	"github.com/guild-run/guild/runtime/internal/canon"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/stage"
)

// maxMain bounds the main file that is read to key the cache of detected flags.
const maxMain = 16 << 20

// detected is the answer to on_flags_detect (abi/SPEC.md section 4).
type detected struct {
	Dest  string `json:"dest"`
	Flags map[string]struct {
		Default  json.RawMessage   `json:"default"`
		Type     string            `json:"type"`
		Choices  []json.RawMessage `json:"choices"`
		Help     string            `json:"help"`
		Required bool              `json:"required"`
		Arg      string            `json:"arg"`
	} `json:"flags"`
}

// detect finds the flags of a main file: in a configuration file by reading it, otherwise by asking the hooks that answer
// on_flags_detect. An answer is kept by the digests of hook and file, so that an unchanged script costs no engine.
func (r *Runner) detect(ctx context.Context, plan *Plan) ([]project.Flag, string, error) {
	if path, ok := strings.CutPrefix(plan.Dest, DestConfig); ok {
		return configFlags(plan.ProjectDir, path)
	}
	if plan.Main == "" {
		return nil, "", nil
	}
	content, err := readMain(filepath.Join(plan.ProjectDir, plan.Main))
	if err != nil {
		return nil, "", err
	}
	s, err := r.newSession(plan, Options{})
	if err != nil {
		return nil, "", err
	}
	defer func() {
		plan.early, plan.earlyTraces = s.pending, s.traces
		s.close()
	}()
	for _, h := range inOrder(s.hooks, abi.OnFlagsDetect, false) {
		if !h.handles(abi.OnFlagsDetect) {
			continue
		}
		answer, err := s.detectWith(ctx, h, content)
		if err != nil || answer == nil {
			if err != nil {
				return nil, "", err
			}
			continue
		}
		return parseDetected(h, answer)
	}
	return nil, "", nil
}

func readMain(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxMain {
		return nil, fmt.Errorf("%s: not a regular file of at most %d bytes", path, maxMain)
	}
	return os.ReadFile(path)
}

func (s *session) detectWith(ctx context.Context, h *hook, content []byte) (json.RawMessage, error) {
	key := canon.Sum(canon.ContextDetect, h.digest[:], []byte(s.plan.Main), content)
	path := filepath.Join(s.r.Store.Home(), "cache", "flags", key.Hex()+".json")
	if answer, err := os.ReadFile(path); err == nil && json.Valid(answer) {
		return answer, nil
	}
	if s.source == nil {
		var err error
		if s.source, err = stage.Open(s.plan.ProjectDir); err != nil {
			return nil, err
		}
	}
	s.answers = nil
	info, _ := abi.Lookup(abi.OnFlagsDetect)
	if err := s.call(ctx, h, info); err != nil {
		return nil, err
	}
	if len(s.answers) == 0 {
		return nil, nil
	}
	answer := s.answers[len(s.answers)-1]
	// The cache is only a saving: a home that cannot be written is reported where it matters.
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
		_ = atomicfile.Write(path, answer, 0o644, atomicfile.Fast)
	}
	return answer, nil
}

func parseDetected(h *hook, answer json.RawMessage) ([]project.Flag, string, error) {
	var d detected
	if err := json.Unmarshal(answer, &d); err != nil {
		return nil, "", fmt.Errorf("hook %s: answer to on_flags_detect: %w", h.Name, err)
	}
	if d.Dest != DestGlobals && d.Dest != DestArgs {
		return nil, "", fmt.Errorf("hook %s: answer to on_flags_detect: unknown dest %q", h.Name, d.Dest)
	}
	var flags []project.Flag
	for _, name := range slices.Sorted(maps.Keys(d.Flags)) {
		f := d.Flags[name]
		if _, err := run.ParseAssignment(name + "="); err != nil {
			return nil, "", fmt.Errorf("hook %s: answer to on_flags_detect: %w", h.Name, err)
		}
		flag := project.Flag{Name: name, Type: f.Type, Help: f.Help, Required: f.Required, Arg: f.Arg}
		if len(f.Default) > 0 {
			v, err := run.FromJSON(f.Default)
			if err != nil {
				return nil, "", fmt.Errorf("hook %s: default of flag %q: %w", h.Name, name, err)
			}
			flag.Default, flag.HasDefault = v, true
		}
		for _, c := range f.Choices {
			v, err := run.FromJSON(c)
			if err != nil {
				return nil, "", fmt.Errorf("hook %s: choices of flag %q: %w", h.Name, name, err)
			}
			flag.Choices = append(flag.Choices, v)
		}
		flags = append(flags, flag)
	}
	return flags, d.Dest, nil
}

func configFlags(dir, path string) ([]project.Flag, string, error) {
	values, err := stage.ReadConfig(dir, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	var flags []project.Flag
	for _, name := range values.Names() {
		flags = append(flags, project.Flag{Name: name, Default: values[name], HasDefault: true})
	}
	return flags, DestConfig + path, nil
}
