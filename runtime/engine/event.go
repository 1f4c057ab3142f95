package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/guild-run/guild/abi"
)

// event is what one event, or the initialisation of an instance, has gathered so far. Each hook has one, used again
// for each call.
type event struct {
	ctx    context.Context
	hook   *Hook
	call   Call
	info   abi.EventInfo
	init   bool // before the first event: host functions but a few answer STATE
	result Result
	logs   logs
	args   args

	// The last failure of a host function, for error_message.
	failed  string
	problem string

	document document
	// panicked is what the guest said before a trap.
	panicked    string
	hasPanicked bool
	// unclear: there was a denial whose reason could not be read; a later one with a reason takes its place.
	unclear bool
	// full: memory.grow was refused.
	full bool

	random     rand.ChaCha8
	seeded     bool
	stageBytes int
	stageFiles map[string]bool
	listed     listing
	emitBytes  int
}

// listing is the last answer of stage_list.
type listing struct {
	glob  string
	text  []byte
	valid bool
}

// begin makes ev ready for an event.
func (ev *event) begin(ctx context.Context, c Call, info abi.EventInfo) {
	ev.document.reset(c.Document)
	ev.hook.params.next()
	ev.logs.reset(c.Log)
	*ev = event{ctx: ctx, hook: ev.hook, call: c, info: info, document: ev.document, logs: ev.logs}
}

// fail records why the current function fails, and returns the errno as its result.
func (ev *event) fail(e abi.Errno, format string, a ...any) int64 {
	ev.spendFail()
	ev.failed = ev.args.function
	ev.problem = fmt.Sprintf(format, a...)
	return int64(e)
}

// failWith is fail for an error from an interface that others implement.
func (ev *event) failWith(err error, otherwise abi.Errno) int64 {
	var e abi.Errno
	if !errors.As(err, &e) || e >= 0 {
		e = otherwise
	}
	return ev.fail(e, "%s", err)
}

// message is the text for error_message.
func (ev *event) message() string {
	if ev.failed == "" {
		return ""
	}
	return escape([]byte(ev.failed+": "+ev.problem), abi.MaxReason)
}

// now is what the guest's clocks show, in nanoseconds.
func (ev *event) now() int64 {
	if ev.init {
		return initTime
	}
	return ev.call.Time.UnixNano()
}

// initTime is the time during initialisation. What a guest remembers from then must not depend on the event that
// happened to come first, or an event could not be replayed alone. It is not 0, which Go's runtime refuses.
const initTime = 1

// fill writes random bytes: a fixed sequence for each event, and one for the initialisation of a module.
func (ev *event) fill(p []byte) {
	if !ev.seeded {
		seed := ev.call.Seed
		if ev.init {
			seed = ev.hook.initSeed
		}
		ev.random.Seed(seed)
		ev.seeded = true
	}
	ev.random.Read(p) // never fails
}

// endInit turns to the event, of which nothing has been seen yet.
func (ev *event) endInit() {
	ev.seeded, ev.full = false, false
	ev.failed, ev.problem = "", ""
	ev.panicked, ev.hasPanicked = "", false
	ev.logs.next()
	ev.hook.params.next()
}

// setIn replaces or adds a value by name, within the limit of one event. It reports whether there was room.
func setIn(list *[]Set, name string, value json.RawMessage) bool {
	for i := range *list {
		if (*list)[i].Name == name {
			(*list)[i].JSON = value
			return true
		}
	}
	if len(*list) >= abi.MaxSets {
		return false
	}
	*list = append(*list, Set{Name: name, JSON: value})
	return true
}
