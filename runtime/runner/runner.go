package runner

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
	"github.com/guild-run/guild/runtime/proc"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/stage"
	"github.com/guild-run/guild/runtime/store"
)

// Runner has what every run of one command shares. The zero value is not ready; Store, Project and Report must be set.
type Runner struct {
	Store   *store.Store
	Project *project.Project
	Streams

	Dir     string   // the user's working directory
	Environ []string // the environment that operations inherit

	SystemHooks string                    // path of the system tier's hooks.toml, may be absent
	UserHooks   string                    // path of the user tier's
	CacheDir    string                    // of compiled hooks; "" keeps them in memory only
	NoHooks     bool                      // --no-hooks
	Params      map[string]map[string]any // --hook NAME.param=v
	Steps       StepRunner                // runs the steps of pipelines

	Now func() time.Time

	vcs        vcsFacts
	engineOnce sync.Once
	engine     *engine.Engine
	opened     sync.Map // of hooks around existing runs: module and settings -> *hook
}

// Streams are where an operation reads and writes, and who is told of it.
type Streams struct {
	Report Reporter
	Stdin  *os.File // nil is empty
	Stdout io.Writer
	Stderr io.Writer
	// Signals are those after the one that cancelled the context: each kills the operation.
	Signals <-chan os.Signal
}

// Reporter is told what a person may want to know.
type Reporter interface {
	// Warn reports something the user can act on.
	Warn(message string)
	// Note reports progress of guild itself, such as waiting for another process.
	Note(message string)
	// Hook reports what a hook logged. Level is one of abi.Level….
	Hook(name string, level int32, message string)
}

// In is the same runner in another project.
func (r *Runner) In(p *project.Project) *Runner {
	return &Runner{
		Store: r.Store, Project: p, Streams: r.Streams, Dir: p.Dir, Environ: r.Environ, SystemHooks: r.SystemHooks, UserHooks: r.UserHooks,
		CacheDir: r.CacheDir, NoHooks: r.NoHooks, Params: r.Params, Steps: r.Steps, Now: r.Now,
	}
}

// Close ends the engine, if one was started.
func (r *Runner) Close(ctx context.Context) error {
	if r.engine == nil {
		return nil
	}
	return r.engine.Close(ctx)
}

func (r *Runner) hookEngine() *engine.Engine {
	r.engineOnce.Do(func() { r.engine = engine.New(engine.Config{CacheDir: r.CacheDir}) })
	return r.engine
}

// Refused is the error of a run that a hook did not let happen.
type Refused struct {
	Hook   string
	Module string // where it is from: hooks/x.wasm, builtin:x
	Event  abi.Event
	Reason string
	Failed bool // the hook failed rather than denied
}

func (e *Refused) Error() string {
	if e.Failed {
		return fmt.Sprintf("hook %s (%s) failed in %s: %s", e.Hook, e.Module, e.Event, e.Reason)
	}
	return fmt.Sprintf("hook %s refused the run: %s", e.Hook, e.Reason)
}

// session is one run on its way.
type session struct {
	Streams
	r      *Runner
	plan   *Plan
	hooks  []*hook // in rank order
	step   string  // of this pipeline that is under way
	member *member // what it is in a batch; nil for a run of its own
	batch  *Batch  // that makes this run, or that this run is; else nil

	run     *store.Run   // nil before it exists
	claim   *store.Claim // on the run
	stage   *stage.Stage // of the run, nil before it exists
	source  *stage.Stage // of the project, for events before
	hookEnv map[string]string
	answers []json.RawMessage

	seq     int
	guarded []guarded
	pending []record // made before the run exists
	traces  []trace  // likewise
	locked  bool     // records go beside the lock
	hold    bool     // records wait: which run they belong to is not decided

	live       liveness
	scalars    *proc.Scalars
	fresh      atomic.Bool // scalars changed since on_run_progress
	stopSignal int         // with which the operation was asked to end
	wantsLock  bool
	wrote      bool // hooks wrote files
	stepDone   *abi.StepDoc
	isRestart  bool
	isStaged   bool
	preview    bool // nothing comes of it
	exclusive  []*store.Claim
	vcs        <-chan string
	selecting  <-chan selection
	later      *time.Timer // promises that the run has begun
	syncing    <-chan struct{}
}

// liveness is what is known of the run while and after it is running.
type liveness struct {
	mu         sync.Mutex
	status     string
	exitStatus *int
	signal     string
	stopReason string
	err        string
	started    time.Time
	stopped    time.Time
	pid        int
	remote     string // the scheduler's job
	cmd        []string
	envNames   []string
	label      string
	tags       []string
	comments   []string
	seed       int64
	digest     string
	scalars    map[string]abi.ScalarDoc
	tail       string
	lock       *abi.LockDoc
	matches    []string
}

func (s *session) now() time.Time { return s.r.Now() }

func (s *session) closeStage() {
	if s.stage != nil {
		s.stage.Close()
		s.stage = nil
	}
}

// close gives up what the session holds.
func (s *session) close() {
	s.closeStage()
	if s.source != nil {
		s.source.Close()
	}
	if s.claim != nil {
		s.claim.Release()
	}
	for _, c := range s.exclusive {
		c.Release()
	}
}
