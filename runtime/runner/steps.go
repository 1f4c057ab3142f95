package runner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/proc"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// A pipeline is a run without a process: it runs the operations of its steps, each a run of its own, one after the other.

// Attributes of pipelines and their steps.
const (
	AttrSteps = "steps" // of a pipeline: list of {name, run, exit_status}
	AttrStep  = "step"  // of a step's run: {pipeline, name}
)

// StepRunner runs the operation of a step, which may be a batch or have steps itself.
type StepRunner interface {
	RunStep(ctx context.Context, step Step) (*StepOutcome, error)
}

// Step is one step that is to be run.
type Step struct {
	Name       string // the operation's, and a number if it is not the first of that name
	ProjectDir string
	Operation  string
	Flags      run.Flags // to set; a list is a value for each trial
	Needed     string
	Tags       []string
	Pipeline   run.ID
	Earlier    map[string]run.ID // operation -> the run that this pipeline has made of it
	Streams    Streams           // of the pipeline, and so of its steps
	Prior      *store.Run        // that an earlier start of the pipeline left for this step, and that did not end well; or nil
}

// StepOutcome is what became of a step.
type StepOutcome struct {
	Run        *store.Run // nil: none was left, as of a batch that ended well
	Status     run.Status
	ExitStatus int
	Skipped    bool
}

// doneStep is a step that has a run.
type doneStep struct {
	name string
	run  run.ID
	exit int // of the step: a batch is completed, and some of its trials may not be
}

// leftStep is what an earlier start of the pipeline has left of a step.
type leftStep struct {
	run  *store.Run // nil: nothing
	exit int
}

// runSteps runs the steps in order, up to the first that fails. Its status is the pipeline's.
func (s *session) runSteps(ctx context.Context) (proc.Exit, error) {
	before, err := s.stepsBefore()
	if err != nil {
		return proc.Exit{Status: 1}, err
	}
	var done []doneStep
	earlier := map[string]run.ID{}
	maps.Copy(earlier, s.plan.Earlier)
	for i, step := range s.plan.Steps {
		name := stepName(s.plan.Steps, i)
		if ctx.Err() != nil {
			return s.interrupted(context.Cause(ctx)), nil
		}
		exit, id, err := s.runStep(ctx, step, name, before[name], earlier)
		if id != "" {
			s.r.made(id, earlier)
			done = append(done, doneStep{name, id, shellExit(exit)})
			err = errors.Join(err, s.linkStep(name, id), s.run.SetAttr(AttrSteps, stepsAttr(append(slices.Clone(done), s.notReached(i+1, before)...))))
		}
		if ctx.Err() != nil {
			return s.interrupted(context.Cause(ctx)), err
		}
		if exit == -int(syscall.SIGINT) {
			return s.interrupted(CtrlC{}), err
		}
		if exit = shellExit(exit); err != nil {
			return proc.Exit{Status: max(1, exit)}, fmt.Errorf("step %s: %w", name, err)
		}
		if exit != 0 {
			s.live.mu.Lock()
			s.live.err = fmt.Sprintf("step %s failed", name)
			s.live.mu.Unlock()
			s.Report.Warn(fmt.Sprintf("step %s failed%s", name, s.goesOn(" from it")))
			return proc.Exit{Status: exit}, nil
		}
	}
	return proc.Exit{}, nil
}

// interrupted is the end of a pipeline that a signal ended, or its limit of time.
func (s *session) interrupted(cause error) proc.Exit {
	sig, reason := SignalOf(cause), stopReason(cause)
	s.stopFor(int(sig), reason)
	if hint := s.goesOn(""); hint != "" {
		s.Report.Note("interrupted by " + strings.TrimPrefix(reason, "signal ") + hint)
	}
	return proc.Exit{Status: -int(sig), Signal: SignalName(sig)}
}

// CtrlC is the cause of an end of which no signal tells guild. A process that has the terminal gets what the keys send, and guild does not:
// as a shell in a loop, guild learns from the process's end that the user wants no more.
type CtrlC struct{}

func (CtrlC) Error() string { return "interrupted by SIGINT" }

// Signal is SIGINT.
func (CtrlC) Signal() syscall.Signal { return syscall.SIGINT }

// goesOn says how a pipeline goes on. What is inside of another pipeline, or of a batch, is gone on with from there.
func (s *session) goesOn(where string) string {
	if s.plan.Step.Pipeline != "" || s.batch != nil {
		return ""
	}
	return fmt.Sprintf("; 'guild run --restart %s' goes on%s", s.run.ID.Short(), where)
}

func (s *session) runStep(
	ctx context.Context, step project.Step, name string, left leftStep, earlier map[string]run.ID,
) (exit int, id run.ID, err error) {
	flags, err := s.stepFlags(step)
	if err != nil {
		return 1, "", err
	}
	s.step = name
	defer func() { s.step = "" }()
	if err := s.fire(ctx, abi.OnStepBegin); err != nil {
		return 1, "", err
	}
	outcome, before := &StepOutcome{}, left.run
	if before != nil && left.exit == 0 && before.Status() == run.Completed && sameFlags(before, flags) {
		s.Report.Note(fmt.Sprintf("step %s: run %s has completed it", name, before.ID.Short()))
		outcome = &StepOutcome{Run: before, Status: run.Completed, Skipped: true}
	} else {
		if before != nil && !sameFlags(before, flags) {
			before = nil
		}
		title := name
		if len(flags) > 0 {
			title += ": " + flags.Label()
		}
		s.Report.Note("step " + title)
		outcome, err = s.r.Steps.RunStep(ctx, Step{
			Name: name, ProjectDir: s.plan.ProjectDir, Operation: step.Run, Flags: flags, Needed: step.Needed, Tags: s.live.tags, Pipeline: s.run.ID,
			Earlier: earlier, Streams: s.Streams, Prior: before,
		})
		if outcome != nil && outcome.Skipped && outcome.Run != nil {
			s.Report.Note(fmt.Sprintf("skipped, run %s is the same", outcome.Run.ID.Short()))
		}
	}
	if outcome == nil {
		outcome = &StepOutcome{Status: run.Error, ExitStatus: 1}
	}
	if outcome.Run != nil {
		id = outcome.Run.ID
	}
	s.stepDone = &abi.StepDoc{Name: name, ID: string(id), Op: step.Run, Status: string(outcome.Status), ExitStatus: outcome.ExitStatus, Skipped: outcome.Skipped}
	if err != nil {
		s.stepDone.Error = err.Error()
	}
	_ = s.fire(context.WithoutCancel(ctx), abi.OnStepEnd) // cannot refuse
	s.stepDone = nil
	return outcome.ExitStatus, id, err
}

// shellExit is an exit status as a shell has it.
func shellExit(exit int) int {
	if exit < 0 {
		return 128 - exit
	}
	return exit
}

// stepsBefore are the runs that an earlier start of the pipeline has left, by step.
func (s *session) stepsBefore() (map[string]leftStep, error) {
	v, _, err := s.run.Attr(AttrSteps)
	if err != nil {
		return nil, err
	}
	before := map[string]leftStep{}
	for _, e := range anySlice(v) {
		m, _ := e.(map[string]any)
		if there, err := s.r.Store.Run(run.ID(text(m["run"]))); err == nil { // else it was deleted
			exit, _ := m["exit_status"].(int64)
			before[text(m["name"])] = leftStep{there, int(exit)}
		}
	}
	return before, nil
}

// made notes which run of which operation a step has made: of a batch it is the last trial that ended well, and of a pipeline what its
// steps made counts too.
func (r *Runner) made(id run.ID, earlier map[string]run.ID) {
	there, err := r.Store.Run(id)
	if err == nil && IsBatch(there) {
		there, err = r.lastTrial(there)
	}
	if err != nil || there == nil {
		return
	}
	v, _, _ := there.Attr(AttrSteps)
	for _, e := range anySlice(v) {
		m, _ := e.(map[string]any)
		r.made(run.ID(text(m["run"])), earlier)
	}
	if ref, err := there.OpRef(); err == nil {
		earlier[ref.Op] = there.ID
	}
}

// notReached are the steps from one on, as an earlier start has left them: whoever is interrupted before has not lost them.
func (s *session) notReached(from int, before map[string]leftStep) []doneStep {
	var list []doneStep
	for i := from; i < len(s.plan.Steps); i++ {
		name := stepName(s.plan.Steps, i)
		if left := before[name]; left.run != nil {
			list = append(list, doneStep{name, left.run.ID, left.exit})
		}
	}
	return list
}

func stepsAttr(done []doneStep) []any {
	list := make([]any, len(done))
	for i, d := range done {
		list[i] = map[string]any{"name": d.name, "run": string(d.run), "exit_status": d.exit}
	}
	return list
}

// linkStep shows the run of a step in the pipeline's directory, as Guild AI does.
func (s *session) linkStep(name string, id run.ID) error {
	link := filepath.Join(s.run.Dir, name)
	target := filepath.Join("..", string(id))
	if was, err := os.Readlink(link); err == nil {
		if was == target {
			return nil
		}
		if err := os.Remove(link); err != nil {
			return err
		}
	}
	return os.Symlink(target, link)
}

// describeStep adds what events in a pipeline show of the step they are about.
func (s *session) describeStep(doc *abi.RunDoc) {
	doc.Step = s.step
	if s.stepDone != nil {
		doc.StepResult = s.stepDone
	}
}
