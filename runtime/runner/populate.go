package runner

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/internal/atomicfile"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/stage"
)

// fill puts into a new run directory its source code and its hooks.
func (s *session) fill(ctx context.Context) error {
	if !s.inBatch() {
		s.syncSoon()
	}
	err := s.copySource(ctx)
	if s.batch == nil {
		s.vcs = vcsCommit(ctx, s.plan.ProjectDir) // after git has answered for the source, which is waited for
	} else {
		s.vcs = s.batch.vcsCommit()
	}
	return errors.Join(err, s.pinHooks())
}

// populate adds what the run requires; then hooks may check and edit it all.
func (s *session) populate(ctx context.Context) error {
	if err := s.resolve(ctx); err != nil {
		return err
	}
	s.flushRecords()
	if err := s.openStage(); err != nil {
		return err
	}
	return s.fireStaged(ctx)
}

func (s *session) openStage() (err error) {
	if s.stage == nil {
		s.stage, err = stage.Open(s.run.Dir)
	}
	return err
}

// fireStaged delivers the flags to the staged files and lets hooks edit them. Who leaves the run at that, or begins it, promises
// the result.
func (s *session) fireStaged(ctx context.Context) error {
	if path, ok := strings.CutPrefix(s.plan.Dest, DestConfig); ok {
		if err := stage.WriteConfig(s.run.Dir, path, s.plan.own(s.plan.Flags)); err != nil {
			return err
		}
	}
	return s.fire(ctx, abi.OnRunStaged)
}

// attrs are the attributes that a run is made with: whatever kills us, it says what it is.
func (s *session) attrs() (map[string]any, error) {
	cmd, err := s.plan.command(s.plan.Flags)
	if err != nil {
		return nil, err
	}
	label, err := s.plan.renderLabel(s.plan.Label)
	if err != nil {
		return nil, err
	}
	typed := map[string]any{}
	for _, name := range s.plan.Typed {
		typed[name] = s.plan.Flags[name]
	}
	seed := NewSeed()
	if s.plan.Seed != nil {
		seed = *s.plan.Seed
	}
	s.live.cmd, s.live.label, s.live.tags, s.live.seed = cmd, label, s.plan.Tags, seed
	attrs := map[string]any{
		AttrCmd: anyList(cmd), AttrFlags: map[string]any(s.plan.Flags), AttrUserFlags: typed, AttrOp: s.plan.attr(), AttrLabel: label,
		AttrHost: hostName(), AttrUser: userName(), AttrPlatform: platform(), AttrRandomSeed: seed,
		AttrRunParams: s.plan.params(),
	}
	if len(s.plan.SetBy) > 0 {
		attrs[AttrFlagsBy] = anyMap(s.plan.SetBy)
	}
	if len(s.plan.Tags) > 0 {
		attrs[AttrTags] = anyList(s.plan.Tags)
	}
	if s.plan.Comment != "" {
		s.live.comments = []string{s.plan.Comment}
		attrs[AttrComments] = []any{Comment(s.plan.Comment, s.now())}
	}
	if s.r.NoHooks {
		attrs[AttrNoHooks] = true
	}
	if s.plan.Step.Pipeline != "" {
		attrs[AttrStep] = map[string]any{"pipeline": string(s.plan.Step.Pipeline), "name": s.plan.Step.Name}
	}
	if s.member != nil {
		attrs[AttrTrial] = s.member.attr()
	}
	return attrs, nil
}

// Comment is one entry of the attribute "comments".
func Comment(body string, at time.Time) map[string]any {
	return map[string]any{"body": body, "host": hostName(), "user": userName(), "time": micros(at)}
}

// params is the part of the command line that Guild AI also records.
func (plan *Plan) params() map[string]any {
	return map[string]any{
		"opspec": plan.Op, "label": nilIfEmpty(plan.Label), "tags": anyList(plan.Tags), "comment": nilIfEmpty(plan.Comment),
		"needed": plan.Source != "",
	}
}

func nilIfEmpty(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// renderLabel renders a template, or the operation's, or the default: tags, then all flags.
func (plan *Plan) renderLabel(template string) (string, error) {
	if template == "" {
		template = plan.Template
	}
	if template == "" {
		return plan.defaultLabel(), nil
	}
	byDefault := plan.Flags.Label()
	label, err := project.Expand(template, func(name string) (any, bool) {
		if name == "default_label" {
			return byDefault, true
		}
		v, ok := plan.Flags[name]
		return v, ok
	})
	if err != nil {
		return "", fmt.Errorf("label: %w", err)
	}
	return label, nil
}

// rules are the operation's, and one more: runs that are kept inside the project are not its source code.
func (s *session) rules() stage.Rules {
	rules := s.plan.Rules
	home, err := filepath.Rel(s.plan.ProjectDir, physical(s.r.Store.Home()))
	if err == nil && filepath.IsLocal(home) && home != "." {
		rules.Exclude = append(slices.Clone(rules.Exclude), literalGlob(home)+"/**")
	}
	return rules
}

// physical is a path without the links that lead to it, as project directories are; as it is, if it leads nowhere.
func physical(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

func (s *session) copySource(ctx context.Context) error {
	if s.batch != nil { // all trials have the same
		return s.takeSource(ctx, s.batch.proto.Dir, s.batch.source)
	}
	files, err := s.selectSource(ctx)
	if err != nil {
		return err
	}
	return s.takeSource(ctx, s.plan.ProjectDir, files)
}

func (s *session) takeSource(ctx context.Context, from string, files []string) error {
	source, err := stage.Copy(ctx, from, s.run.Dir, files)
	if err != nil {
		return err
	}
	s.live.digest = source.Digest.String()
	if err := atomicfile.Write(s.run.Path("manifest"), source.Manifest(), 0o644, atomicfile.Fast); err != nil {
		return err
	}
	return errors.Join(s.run.SetAttr(AttrSource, s.live.digest), s.run.SetAttr(AttrSourceMD5, source.MD5))
}

// NewSeed is a random seed of a run: 0 to 2^32-1, as Guild AI's.
func NewSeed() int64 {
	var b [4]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return int64(binary.LittleEndian.Uint32(b[:]))
}

func userName() string {
	if name := os.Getenv("USER"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

func platform() map[string]any {
	return map[string]any{"architecture": runtime.GOARCH, "system": runtime.GOOS, "cpus": int64(runtime.NumCPU())}
}

func micros(t time.Time) int64 { return t.UnixMicro() }
