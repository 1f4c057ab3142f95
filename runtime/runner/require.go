package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/internal/atomicfile"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/stage"
	"github.com/guild-run/guild/runtime/store"
)

// Attributes that say what a run was given.
const (
	AttrDeps     = "deps"     // what was required -> what it became
	AttrUpstream = "upstream" // list of {run, op, lock}
)

// kindOperation is a requirement that another run fulfils. The others are "file" and "url".
const (
	kindOperation = "operation"
	kindFile      = "file"
	kindURL       = "url"
)

// Unmet is the error of a requirement that nothing fulfils.
type Unmet struct{ Op, Target string }

func (e *Unmet) Error() string {
	return fmt.Sprintf("operation %q requires a run of %q, and there is none that ended well", e.Op, e.Target)
}

// Hint says what to do.
func (e *Unmet) Hint() string { return fmt.Sprintf("make one with 'guild run %s'", e.Target) }

// upstreamFlags makes a flag of every operation that is required: its value is the id of the run that is used, by default that of
// latest. So another upstream run is another value, which --needed compares.
func (r *Runner) upstreamFlags(plan *Plan) ([]project.Flag, error) {
	var flags []project.Flag
	for _, req := range plan.Requires {
		if req.Kind != kindOperation {
			continue
		}
		flag := project.Flag{Name: req.Target, Type: project.TypeString, Help: "the run of " + req.Target + " that is used"}
		if id, ok := plan.Earlier[req.Target]; ok {
			flag.Default, flag.HasDefault = string(id), true
			flags = append(flags, flag)
			continue
		}
		latest, err := r.latest(req.Target)
		if err != nil {
			return nil, err
		}
		if latest != nil {
			flag.Default, flag.HasDefault = string(latest.ID), true
		}
		flags = append(flags, flag)
	}
	return flags, nil
}

// latest is the run of an operation of this project that others use unless they are told which: of those that ended well the newest that
// is marked or, where none is, the newest; nil if there is none. That is what a mark means in Guild AI.
func (r *Runner) latest(op string) (*store.Run, error) {
	runs, _, err := r.Store.Newest(0)
	if err != nil {
		return nil, err
	}
	var newest *store.Run
	for _, candidate := range runs {
		marked := isMarked(candidate)
		if newest != nil && !marked || !r.suits(candidate, op) {
			continue
		}
		if marked {
			return candidate, nil
		}
		newest = candidate
	}
	return newest, nil
}

// isMarked looks whether there is such a file first: most runs of a large store are not marked.
func isMarked(candidate *store.Run) bool {
	if _, err := os.Lstat(candidate.Path("attrs", AttrMarked)); err != nil {
		return false
	}
	v, _, err := candidate.Attr(AttrMarked)
	return err == nil && v == true
}

// suits reports whether a run of an operation of this project ended well.
func (r *Runner) suits(candidate *store.Run, op string) bool {
	ref, err := candidate.OpRef()
	return err == nil && ref.Op == op && r.ours(ref) && candidate.Status().Available()
}

// ours reports whether an operation is of this project.
func (r *Runner) ours(ref run.OpRef) bool {
	return ref.Package == r.Project.Dir || ref.Package == r.Project.File
}

// upstreamRuns finds the runs that the flags name, and puts their whole ids into the flags.
func (r *Runner) upstreamRuns(plan *Plan) error {
	plan.upstream = nil
	for _, req := range plan.Requires {
		if req.Kind != kindOperation {
			continue
		}
		spec, _ := plan.Flags[req.Target].(string)
		if spec == "" {
			return &Unmet{Op: plan.Op, Target: req.Target}
		}
		found, err := r.Store.Select([]string{spec})
		if err != nil {
			return fmt.Errorf("required run of %q: %w", req.Target, err)
		}
		ref, err := found[0].OpRef()
		if err != nil {
			return err
		}
		if status := found[0].Status(); ref.Op != req.Target || !status.Available() {
			return fmt.Errorf("run %s cannot be used for %q: it is a run of %s, %s", found[0].ID, req.Target, ref.Name(), status)
		}
		plan.Flags[req.Target] = string(found[0].ID)
		plan.upstream = append(plan.upstream, upstream{run: found[0], op: ref.Name(), lock: lockDigest(found[0].Dir)})
	}
	return nil
}

// upstream is a run whose files this one uses.
type upstream struct {
	run  *store.Run
	op   string
	lock string // digest of its lock, or ""
}

func lockDigest(dir string) string {
	if !lock.Locked(dir) {
		return ""
	}
	l, err := lock.Read(dir)
	if err != nil {
		return ""
	}
	return l.Root.String()
}

func (u upstream) document() abi.UpstreamDoc {
	return abi.UpstreamDoc{Run: string(u.run.ID), Op: u.op, Lock: u.lock}
}

// findRequired reports whether what the operation requires is to be brought into an existing run: because it never was, or because the
// flags name other runs now.
func (s *session) findRequired(target *store.Run, before run.Flags) (bool, error) {
	if len(s.plan.Requires) == 0 {
		return false, nil
	}
	_, resolved, err := target.Attr(AttrDeps)
	if err != nil {
		return false, err
	}
	other := slices.ContainsFunc(s.plan.Requires, func(req project.Requirement) bool {
		return req.Kind == kindOperation && s.plan.Flags[req.Target] != before[req.Target]
	})
	if resolved && !other {
		return false, s.stillThere(target.ID)
	}
	return true, s.r.upstreamRuns(s.plan)
}

// Gone is the error of a run whose files another one uses, and that is no more.
type Gone struct {
	By, ID run.ID
	Op     string // of which it was a run
}

func (e *Gone) Error() string {
	return fmt.Sprintf("run %s uses files of run %s of %q, which is gone", e.By, e.ID, e.Op)
}

// Hint says what to do.
func (e *Gone) Hint() string {
	return fmt.Sprintf("'guild runs restore %s' if it is in the trash; %s=RUN takes another", e.ID.Short(), e.Op)
}

// stillThere refuses to run again what could only fail, in the place of a result that there is.
func (s *session) stillThere(by run.ID) error {
	for _, req := range s.plan.Requires {
		if req.Kind != kindOperation {
			continue
		}
		id := run.ID(text(s.plan.Flags[req.Target]))
		if _, err := s.r.Store.Run(id); errors.Is(err, store.ErrNotFound) {
			return &Gone{By: by, ID: id, Op: req.Target}
		}
	}
	return nil
}

// resolve brings what the operation requires into the stage: files are copied, other runs' files are linked.
func (s *session) resolve(ctx context.Context) error {
	if len(s.plan.Requires) == 0 {
		return nil
	}
	if err := s.unresolve(); err != nil {
		return err
	}
	deps := map[string]any{}
	var manifest strings.Builder
	for _, req := range s.plan.Requires {
		paths, err := s.resolveOne(ctx, req)
		if err != nil {
			return fmt.Errorf("required %s %q: %w", req.Kind, req.Target, err)
		}
		uri := req.Kind + ":" + req.Target
		deps[uri] = map[string]any{"paths": anyList(paths)}
		for _, p := range paths {
			fmt.Fprintf(&manifest, "d %s - %s\n", run.Quote(p), run.Quote(uri))
		}
	}
	list := []any{}
	for _, u := range s.plan.upstream {
		list = append(list, map[string]any{"run": string(u.run.ID), "op": u.op, "lock": u.lock})
	}
	if err := s.run.SetAttr(AttrDeps, deps); err != nil {
		return err
	}
	if err := s.run.SetAttr(AttrUpstream, list); err != nil {
		return err
	}
	source, err := s.sourceManifest()
	if err != nil {
		return err
	}
	return atomicfile.Write(s.run.Path("manifest"), append(source, manifest.String()...), 0o644, atomicfile.Fast)
}

// sourceManifest is the manifest without what was required.
func (s *session) sourceManifest() ([]byte, error) {
	text, err := readRegular(s.run.Path("manifest"), maxManifest)
	if err != nil {
		return nil, err
	}
	var kept []byte
	for line := range bytes.Lines(text) {
		if !bytes.HasPrefix(line, []byte("d ")) {
			kept = append(kept, line...)
		}
	}
	return kept, nil
}

// unresolve removes the links to other runs that an earlier attempt made.
func (s *session) unresolve() error {
	v, _, err := s.run.Attr(AttrDeps)
	if err != nil {
		return err
	}
	deps, _ := v.(map[string]any)
	for uri, dep := range deps {
		m, _ := dep.(map[string]any)
		if !strings.HasPrefix(uri, kindOperation+":") {
			continue
		}
		for _, name := range textList(m["paths"]) {
			if err := stage.Unlink(s.run.Dir, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *session) resolveOne(ctx context.Context, req project.Requirement) ([]string, error) {
	switch req.Kind {
	case kindFile:
		return s.copyRequired(ctx, req)
	case kindURL:
		file, err := s.r.fetch(ctx, req.Target, req.Digest)
		if err != nil {
			return nil, err
		}
		to := urlFile(req.Target)
		if err := stage.CopyIn(ctx, file, s.run.Dir, to); err != nil {
			return nil, err
		}
		if err := s.checkCopied(ctx, to, req.Digest); err != nil { // somebody was at what had been kept
			return nil, errors.Join(err, os.Remove(file))
		}
		return []string{to}, nil
	case kindOperation:
		return s.linkUpstream(req.Target)
	}
	return nil, fmt.Errorf("unknown kind")
}

func (s *session) copyRequired(ctx context.Context, req project.Requirement) ([]string, error) {
	from, to := req.Target, filepath.ToSlash(filepath.Clean(req.Target))
	if !filepath.IsAbs(from) {
		from = filepath.Join(s.plan.ProjectDir, from)
	}
	if !filepath.IsLocal(to) {
		to = filepath.Base(to)
	}
	if _, err := os.Stat(from); err != nil {
		return nil, fmt.Errorf("no such file in %s", s.plan.ProjectDir)
	}
	if err := stage.CopyIn(ctx, from, s.run.Dir, to); err != nil {
		return nil, err
	}
	if req.Digest.IsZero() {
		return []string{to}, nil
	}
	return []string{to}, s.checkCopied(ctx, to, req.Digest)
}

// checkCopied refuses a staged file that is not what was meant.
func (s *session) checkCopied(ctx context.Context, name string, want run.Digest) error {
	copied, err := stage.Digest(ctx, s.run.Dir, []string{name})
	if err != nil {
		return err
	}
	if got := copied.Files[0].Digest; got != want {
		return fmt.Errorf("its digest is %s, not %s", got, want)
	}
	return nil
}

// linkUpstream links what another run made: every top-level file and directory that was not copied into it, but for what hooks of this
// run wrote there. They will write it here, about this run, and through a link they may not.
func (s *session) linkUpstream(target string) ([]string, error) {
	i := slices.IndexFunc(s.plan.upstream, func(u upstream) bool { return string(u.run.ID) == s.plan.Flags[target] })
	if i < 0 {
		return nil, fmt.Errorf("it was not found")
	}
	up := s.plan.upstream[i].run
	source, err := sourcePaths(up)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(up.Dir)
	if err != nil {
		return nil, err
	}
	back, err := filepath.Rel(s.run.Dir, up.Dir)
	if err != nil {
		return nil, err
	}
	written, err := s.writtenBy(up)
	if err != nil {
		return nil, err
	}
	var linked []string
	for _, e := range entries {
		if e.Name() == ".guild" || e.Name() == "__pycache__" || fromSource(e.Name(), source) || written[e.Name()] {
			continue
		}
		if err := stage.LinkIn(s.run.Dir, e.Name(), path.Join(filepath.ToSlash(back), e.Name())); err != nil {
			return nil, err
		}
		linked = append(linked, e.Name())
	}
	return linked, nil
}

// writtenBy are the files that hooks of this run wrote when another run ended.
func (s *session) writtenBy(up *store.Run) (map[string]bool, error) {
	data, err := readRegular(up.Path(recordsFile), maxRecords)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // no hook was called
	}
	if err != nil {
		return nil, err
	}
	written := map[string]bool{}
	for line := range bytes.Lines(data) {
		var rec record
		if json.Unmarshal(line, &rec) != nil || rec.Event != abi.OnRunEnd {
			continue
		}
		if slices.ContainsFunc(s.hooks, func(h *hook) bool { return h.Name == rec.Hook }) {
			for _, f := range rec.Files {
				written[f.Path] = f.After != nil
			}
		}
	}
	return written, nil
}

// fromSource reports whether a top-level name holds source code.
func fromSource(name string, source map[string]bool) bool {
	for p := range source {
		if p == name || strings.HasPrefix(p, name+"/") {
			return true
		}
	}
	return false
}
