package runner

import (
	"context"
	"errors"
	"fmt"
	"maps"
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

// describeStep adds what events in a pipeline show of the step they are about.
func (s *session) describeStep(doc *abi.RunDoc) {
	doc.Step = s.step
	if s.stepDone != nil {
		doc.StepResult = s.stepDone
	}
}
