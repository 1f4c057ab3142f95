package runner

import (
	"errors"
	"sync"
	"time"

	"github.com/guild-run/guild/runtime/store"
)

// promises keeps those of a batch's trials, that what they wrote is on the disk, while the next trials run: of trials that end soon after
// one another it makes one. Before the batch ends all are kept.
type promises struct {
	store *store.Store

	mu      sync.Mutex
	changed sync.Cond // on mu
	open    []*store.Run
	keeping int  // runs that are being written out
	whole   bool // runs with more in them than was written through them
	err     error
}

// maxOpen is how many trials may wait for the disk. A machine that fails now costs so many trials.
const maxOpen = 64

func newPromises(s *store.Store) *promises {
	p := &promises{store: s}
	p.changed.L = &p.mu
	return p
}

// add promises what was written to a run so far.
func (p *promises) add(r *store.Run) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.open) >= maxOpen {
		p.changed.Wait()
	}
	p.open = append(p.open, r)
	if p.keeping == 0 {
		p.keeping = 1
		go p.keep()
	}
}

// addTree promises all that is in a run, source code too. These wait for the end: thousands of trials that are only staged are written
// out in one go.
func (p *promises) addTree() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.whole = true
}

func (p *promises) keep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.open) > 0 {
		runs := p.open
		p.open, p.keeping = nil, len(runs)
		p.changed.Broadcast()
		p.mu.Unlock()
		err := store.Sync(runs...)
		p.mu.Lock()
		p.err = errors.Join(p.err, err)
	}
	p.keeping = 0
	p.changed.Broadcast()
}

// wait returns when all promises are kept.
func (p *promises) wait() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.keeping > 0 {
		p.changed.Wait()
	}
	err, whole := p.err, p.whole
	p.err, p.whole = nil, false
	if whole {
		err = errors.Join(err, p.store.SyncAll())
	}
	return err
}

// beginPatience is after how long a trial that goes on is promised to have begun. One that is over by then has its end to promise.
const beginPatience = time.Second

// inBatch reports whether the batch of a trial looks after its promises.
func (s *session) inBatch() bool { return s.batch != nil && s.member != nil }

// promiseBegin promises that the run has begun.
func (s *session) promiseBegin() error {
	if !s.inBatch() {
		return s.sync()
	}
	r, p := s.run, s.batch.promises
	s.later = time.AfterFunc(beginPatience, func() { p.add(r) })
	return nil
}

// promiseEnd promises what the run has become; what is only for the hooks at its end is promised with what they do there.
func (s *session) promiseEnd(last bool) error {
	if !s.inBatch() {
		return s.sync()
	}
	if s.later != nil {
		s.later.Stop()
	}
	if last {
		s.batch.promises.add(s.run)
	}
	return nil
}

// promiseStaged promises the mark of a run whose files are on the disk.
func (s *session) promiseStaged() error {
	if s.inBatch() {
		return nil
	}
	return s.sync()
}
