package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// Attributes of a batch.
const (
	AttrBatch  = "batch"       // {replicates, conditions, planned, base, several}
	AttrTrials = "trials_plan" // list of its trials
)

// protoID is the id, and the place below .guild, of the run that all trials of a batch are copies of.
const protoID = "proto"

// Trial is one member of a batch, as it is planned.
type Trial struct {
	Index     int
	ID        run.ID
	Flags     run.Flags // all of them
	Replicate int
	Condition string
	Seed      int64 // the run's random seed
}

// BatchSpec is what a batch is made of, besides the operation.
type BatchSpec struct {
	ID         run.ID    // "" is a random one
	Asked      run.Flags // what the user sees as its flags: lists where there are several values
	Trials     []Trial
	Replicates int
	Conditions []string
	Seed       int64
	Label      string // "" is the flags
	// Base is what a trial that a hook adds has where the hook says nothing: what was typed, or else the operation's defaults. All flags are
	// in it, those that must be given as nil.
	Base    run.Flags
	Several []string // flags that have several values
}

// Batch is a run whose members, the trials, are runs of one operation. It has events, state and files of its own; which trial runs when
// is decided elsewhere. Its methods may be called by several goroutines, if not said otherwise.
type Batch struct {
	s       *session // the batch's own
	target  *Plan    // what every trial is a run of
	spec    BatchSpec
	planned bool // on_batch_plan has had its say
	begun   bool // on_batch_begin was passed, on_batch_end is owed
	proto   *store.Run
	source  []string      // files of the proto's source code
	commit  <-chan string // of the project, asked for once
	results []abi.TrialDoc
	stands  map[run.ID]standIn // for trials, as far as is known here
	moved   map[run.ID]run.ID  // trials that the plan on disk still has as the run of before -> that run
	showing *session           // the trial that on_trial_end is about

	promises *promises

	mu     sync.Mutex // guards what follows, and events of the batch
	idle   [][]*hook  // sets of loaded hooks that no trial uses
	vcs    string
	vcsGot bool
}

// Op is the operation that the trials are runs of.
func (b *Batch) Op() string { return b.target.Op }

// Run is the batch's own run.
func (b *Batch) Run() *store.Run { return b.s.run }

// Trials are the members, after Begin as hooks left them.
func (b *Batch) Trials() []Trial { return b.spec.Trials }

// NewBatch makes the batch of a composed plan, with the source code and the hooks that all trials will have. It is pending. Streams are the
// batch's own; nil are the runner's.
func (r *Runner) NewBatch(ctx context.Context, target *Plan, spec BatchSpec, streams *Streams) (_ *Batch, err error) {
	if spec.ID == "" {
		spec.ID = run.NewID()
	}
	if spec.Label == "" {
		spec.Label = (&Plan{Flags: spec.Asked, Tags: target.Tags}).defaultLabel()
	}
	b := &Batch{target: target, spec: spec, promises: newPromises(r.Store), moved: map[run.ID]run.ID{}}
	for i := range spec.Trials {
		if err := b.check(spec.Trials[i]); err != nil {
			return nil, err
		}
	}
	plan := b.ownPlan()
	if b.s, err = r.newSession(plan, Options{Streams: streams}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			b.s.close()
		}
	}()
	target.hooks, target.early, target.earlyTraces = plan.hooks, nil, nil
	loaded := b.s.loadHooks(ctx)
	if err := b.s.fire(ctx, abi.OnInit); err != nil {
		return nil, err
	}
	b.s.batch = b
	b.commit = vcsCommit(ctx, plan.ProjectDir)
	if err := b.s.create(b.attrs()); err != nil {
		return nil, err
	}
	if err := errors.Join(b.prepare(ctx), loaded()); err != nil {
		return nil, errors.Join(err, b.s.unmake())
	}
	b.s.flushRecords()
	return b, nil
}

// ownPlan is the plan of the batch itself, which has no process.
func (b *Batch) ownPlan() *Plan {
	t := b.target
	plan := &Plan{
		Recipe: t.Recipe, Ref: run.OpRef{Type: run.TypeBuiltin, Package: "guild", Op: run.BatchOp}, ID: b.spec.ID, Flags: b.spec.Asked,
		Typed: t.Typed, SetBy: map[string]string{}, Tags: t.Tags, Comment: t.Comment, Rules: t.Rules,
		hooks: t.hooks, early: t.early, earlyTraces: t.earlyTraces,
	}
	plan.Op += run.BatchOp
	if plan.hooks != nil {
		plan.hooks = again(plan.hooks)
	}
	return plan
}

// check finds what is wrong with a trial before anything is made.
func (b *Batch) check(t Trial) error {
	for _, name := range t.Flags.Names() {
		if !slices.ContainsFunc(b.target.Declared, func(f project.Flag) bool { return f.Name == name }) {
			continue // taken with --force-flags
		}
		if _, err := project.CheckFlag(b.target.Declared, name, t.Flags[name]); err != nil {
			return fmt.Errorf("trial %d: %w", t.Index+1, err)
		}
	}
	return b.plan(t, nil).Check()
}

// plan is what a trial will be.
func (b *Batch) plan(t Trial, hooks []*hook) *Plan {
	plan := *b.target
	plan.ID, plan.Flags, plan.SetBy, plan.hooks = t.ID, t.Flags, map[string]string{}, hooks
	plan.Typed = slices.Clone(plan.Typed)
	plan.Seed = &t.Seed
	return &plan
}

func (b *Batch) attrs() map[string]any {
	s := b.s
	s.live.label, s.live.tags, s.live.seed = b.spec.Label, s.plan.Tags, b.spec.Seed
	attrs := map[string]any{
		AttrCmd: []any{}, AttrFlags: run.Flags{}, AttrUserFlags: map[string]any(b.spec.Asked), AttrLabel: b.spec.Label, AttrHost: hostName(),
		AttrUser: userName(), AttrPlatform: platform(), AttrRandomSeed: b.spec.Seed, AttrRunParams: b.target.params(),
		AttrBatch: b.attr(), AttrTrials: trialsAttr(b.spec.Trials),
	}
	if len(s.plan.Tags) > 0 {
		attrs[AttrTags] = anyList(s.plan.Tags)
	}
	if s.plan.Comment != "" {
		attrs[AttrComments] = []any{Comment(s.plan.Comment, s.now())}
	}
	if s.r.NoHooks {
		attrs[AttrNoHooks] = true
	}
	return attrs
}

func (b *Batch) attr() map[string]any {
	attr := map[string]any{"replicates": b.spec.Replicates, "conditions": anyList(b.spec.Conditions), "planned": b.planned}
	if !b.planned { // nobody asks later
		attr["base"], attr["several"] = map[string]any(b.spec.Base), anyList(b.spec.Several)
	}
	return attr
}

// prepare makes the run that all trials are copies of, and pins the hooks. Source code that is edited while the batch runs is not in it.
func (b *Batch) prepare(ctx context.Context) error {
	flags := map[string]any{}
	for name, v := range b.target.Flags {
		flags[name] = v
	}
	for name, v := range b.spec.Asked {
		flags[name] = v
	}
	typed := map[string]any{} // when the batch goes on, hooks may set the others still
	for _, name := range b.target.Typed {
		typed[name] = flags[name]
	}
	proto, err := store.CreateDir(b.s.run.Path(protoID), protoID, b.target.Ref, map[string]any{
		AttrFlags: flags, AttrOp: b.target.attr(), AttrLabel: b.spec.Label, AttrUserFlags: typed,
	})
	if err != nil {
		return err
	}
	b.proto = proto
	maker := &session{Streams: b.s.Streams, r: b.s.r, plan: b.target, run: proto}
	if err := maker.copySource(ctx); err != nil {
		return err
	}
	b.s.syncSoon()
	b.s.live.digest = maker.live.digest
	return errors.Join(b.readSource(), b.s.pinHooks())
}

func (b *Batch) readSource() error {
	paths, err := sourcePaths(b.proto)
	if err != nil {
		return err
	}
	b.source = make([]string, 0, len(paths))
	for p := range paths {
		b.source = append(b.source, p)
	}
	slices.Sort(b.source)
	return nil
}

// IsBatch reports whether a run is a batch.
func IsBatch(r *store.Run) bool {
	ref, err := r.OpRef()
	return err == nil && ref.IsBatch()
}

// ProtoRef is the operation that the trials of a batch are runs of.
func ProtoRef(r *store.Run) (run.OpRef, error) {
	return (&store.Run{ID: protoID, Dir: r.Path(protoID)}).OpRef()
}

// link shows a trial in the batch's directory, as Guild AI does.
func (b *Batch) link(id run.ID) error {
	err := os.Symlink(filepath.Join("..", string(id)), b.linkPath(id))
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	return err
}

func (b *Batch) linkPath(id run.ID) string { return filepath.Join(b.s.run.Dir, string(id)) }

// defaultLabel is the label of a run that nobody gave one.
func (plan *Plan) defaultLabel() string {
	return strings.TrimSpace(strings.Join(append(slices.Clone(plan.Tags), plan.Flags.Label()), " "))
}
