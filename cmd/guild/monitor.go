package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/batch"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
)

// monitor shows how a batch goes on. One trial at a time has the terminal, or the pipe, to itself. Of several, what they write is kept in
// their runs: on a terminal there is a line for each with the last they wrote, elsewhere a line for each that ends.
type monitor struct {
	app  *app
	base runner.Streams

	mu      sync.Mutex // guards what follows
	planned int        // trials of the batch
	total   int        // those that were not done already
	jobs    int
	ended   int
	failed  int
	begun   time.Time
	running map[int]*active
	board   *ui.Board
	quit    chan struct{}
	redrawn sync.WaitGroup
}

// active is a trial that is running.
type active struct {
	trial runner.Trial
	begun time.Time
	last  string
}

var _ batch.Monitor = (*monitor)(nil)

func newMonitor(a *app, base runner.Streams) *monitor {
	return &monitor{app: a, base: base, running: map[int]*active{}}
}

// redrawEvery is how often times are brought up to date.
const redrawEvery = 200 * time.Millisecond

// Begin begins the display.
func (m *monitor) Begin(planned, todo, jobs int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.planned, m.total, m.jobs, m.begun = planned, todo, jobs, time.Now()
	if jobs == 1 {
		return
	}
	if m.board = m.app.ui.Board(); m.board == nil {
		return
	}
	m.quit = make(chan struct{})
	m.redrawn.Go(func() {
		tick := time.NewTicker(redrawEvery)
		defer tick.Stop()
		for {
			select {
			case <-m.quit:
				return
			case <-tick.C:
				m.mu.Lock()
				lines := m.lines(time.Now())
				m.mu.Unlock()
				m.board.Set(lines)
			}
		}
	})
}

// Trial gives a trial its streams.
func (m *monitor) Trial(t runner.Trial, jobs int) (runner.Streams, func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if jobs == 1 {
		m.base.Report.Note("trial " + m.name(t))
		return m.base, func() {}
	}
	one := &active{trial: t, begun: time.Now()}
	m.running[t.Index] = one
	sink := &lastLine{take: func(line string) {
		m.mu.Lock()
		defer m.mu.Unlock()
		one.last = line
	}}
	streams := runner.Streams{Report: trialReporter{m.base.Report, fmt.Sprintf("trial %d: ", t.Index+1)}, Stdout: sink, Stderr: sink}
	return streams, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.running, t.Index)
	}
}

// Ended tells the end of a trial.
func (m *monitor) Ended(r runner.Result) {
	m.mu.Lock()
	m.ended++
	if batch.Failed(r) {
		m.failed++
	}
	name := m.name(r.Trial)
	m.mu.Unlock()
	switch {
	case r.Refused != nil:
		m.base.Report.Warn(fmt.Sprintf("trial %s: %s", name, r.Refused))
	case r.Error != "" && r.Status == run.Denied || r.Skipped == "denied": // on another machine: by whom is in its records
		m.base.Report.Warn(fmt.Sprintf("trial %s: refused: %s", name, r.Error))
	case r.Error != "":
		m.base.Report.Warn(fmt.Sprintf("trial %s: %s", name, r.Error))
	case r.Skipped == "needed" && r.Run != nil:
		if m.jobs == 1 {
			m.base.Report.Note(fmt.Sprintf("skipped, run %s is the same", r.Run.ID.Short())) // its name is in the line above
			return
		}
		m.base.Report.Note(fmt.Sprintf("trial %s: skipped, run %s is the same", name, r.Run.ID.Short()))
	case r.Status == run.Error, r.Status == run.Terminated:
		m.base.Report.Warn(fmt.Sprintf("trial %s: %s; see 'guild cat --output %s'", name, r.Status, r.Run.ID.Short()))
	case m.jobs > 1:
		m.base.Report.Note(fmt.Sprintf("trial %s: %s", name, r.Status))
	}
}

// Close ends the display.
func (m *monitor) Close() {
	if m.board == nil {
		return
	}
	close(m.quit)
	m.redrawn.Wait()
	m.board.Done()
	m.board = nil
}

func (m *monitor) name(t runner.Trial) string {
	label := t.Flags.Label()
	if t.Condition != "" {
		label = t.Condition + ": " + label
	}
	return fmt.Sprintf("%d/%d (%s)", t.Index+1, max(m.planned, t.Index+1), label)
}

// lines are what the board shows: one for all, one for each that runs.
func (m *monitor) lines(now time.Time) []string {
	head := fmt.Sprintf("%d of %d trials done, %d running", m.ended, m.total, len(m.running))
	if m.failed > 0 {
		head += fmt.Sprintf(", %d failed", m.failed)
	}
	if left := m.left(now); left > 0 {
		head += fmt.Sprintf(", %s left", left)
	}
	lines := []string{head}
	var indices []int
	for i := range m.running {
		indices = append(indices, i)
	}
	slices.Sort(indices)
	for _, i := range indices[:min(len(indices), boardRows)] {
		one := m.running[i]
		lines = append(lines, fmt.Sprintf("  %d  %s  %s  %s", i+1, now.Sub(one.begun).Round(time.Second), ui.Cut(one.trial.Flags.Label(), labelColumns), one.last))
	}
	return lines
}

// boardRows is how many running trials are shown, and labelColumns how wide their flags are at most: what they say is to be seen too.
const (
	boardRows    = 12
	labelColumns = 40
)

// left is how long it will take, as far as the trials that have ended can tell.
func (m *monitor) left(now time.Time) time.Duration {
	if m.ended == 0 {
		return 0
	}
	each := now.Sub(m.begun) / time.Duration(m.ended)
	return (each * time.Duration(m.total-m.ended)).Round(time.Second)
}

// lastLine is a writer that hands on the last whole line of each write.
type lastLine struct {
	mu   sync.Mutex
	rest []byte
	take func(string)
}

var _ io.Writer = (*lastLine)(nil)

const maxLastLine = 512

// Write never fails.
func (l *lastLine) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(b)
	if end := bytes.LastIndexByte(b, '\n'); end >= 0 {
		whole := append(l.rest, b[:end]...)
		if start := bytes.LastIndexByte(whole, '\n'); start >= 0 {
			whole = whole[start+1:]
		}
		l.take(string(whole[:min(len(whole), maxLastLine)]))
		l.rest, b = nil, b[end+1:]
	}
	if len(l.rest) < maxLastLine {
		l.rest = append(l.rest, b[:min(len(b), maxLastLine)]...)
	}
	return n, nil
}

// trialReporter says of which of several trials it speaks.
type trialReporter struct {
	runner.Reporter
	prefix string
}

func (r trialReporter) Warn(message string) { r.Reporter.Warn(r.prefix + message) }

func (r trialReporter) Note(message string) { r.Reporter.Note(r.prefix + message) }

func (r trialReporter) Hook(name string, level int32, message string) {
	r.Reporter.Hook(name, level, r.prefix+message)
}
