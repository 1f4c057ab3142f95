package wasm

import (
	"runtime"
	"sync"
)

// code is the content of the metered code section, in parts. Functions are independent of each other, so processors share them out, in
// runs of about the same number of bytes.
func (a *assembler) code() ([][]byte, error) {
	if len(a.bodies) == 0 {
		return [][]byte{{0}}, nil
	}
	n := min(runtime.GOMAXPROCS(0), 8, 1+len(a.bytes)/65536)
	first, last := a.bodies[0].start, a.bodies[len(a.bodies)-1].end
	parts := make([]*emitter, n)
	errs := make([]*Error, n)
	var wg sync.WaitGroup
	next := 0
	for i := range n {
		to := next
		for to < len(a.bodies) && (i == n-1 || a.bodies[to].start < first+(last-first)/n*(i+1)) {
			to++
		}
		e := &emitter{a: a}
		e.planner.a = a
		parts[i] = e
		from := next
		next = to
		wg.Go(func() { errs[i] = e.run(from, to) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	a.keepers(parts)
	out := [][]byte{uleb(nil, uint32(len(a.bodies)+len(a.keeping)))}
	for _, e := range parts {
		out = append(out, e.out)
	}
	return append(out, a.keeperBodies()), nil
}

func (e *emitter) run(from, to int) *Error {
	if from < to {
		e.out = make([]byte, 0, (e.a.bodies[to-1].end-e.a.bodies[from].start)*5/4)
	}
	for i := from; i < to; i++ {
		if err := e.function(e.a.imported[KindFunc]+i, e.a.bodies[i]); err != nil {
			return err
		}
	}
	return nil
}
