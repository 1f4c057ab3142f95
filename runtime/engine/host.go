package engine

import (
	"context"
	"math"

	"github.com/guild-run/guild/abi"
	"github.com/tetratelabs/wazero/api"
)

// argKind says what one argument of a host function is. The letters are those of the table below.
type argKind byte

const (
	argInt    argKind = 'i' // i32
	argLong   argKind = 'l' // i64
	argText   argKind = 's' // pointer and length: bytes that the function reads
	argBuffer argKind = 'b' // pointer and length: room that it may fill
	argStat   argKind = 'o' // pointer to abi.StatSize bytes
	argWord   argKind = 'v' // pointer to 8 bytes, or 0
)

// args are the arguments of one call, with pointers resolved. The slices are the guest's memory itself, valid until
// the function returns.
type args struct {
	function string
	int      int32
	long     int64
	text     [2][]byte
	out      []byte
	word     []byte // of argWord, nil for 0
}

// hostFunction is one row of the table: how a function of abi.Functions is met.
type hostFunction struct {
	name string
	args string
	run  func(ev *event) int64
	// unread, if set, is told when a pointer was bad in an event that permits the function.
	unread func(ev *event)
}

// hostFunctions is the host side of guild_v1. Signatures, grants and permissions are in abi.Functions.
var hostFunctions = []hostFunction{
	{name: "log", args: "is", run: hostLog},
	{name: "panic_message", args: "s", run: hostPanicMessage},
	{name: "error_message", args: "b", run: hostErrorMessage},
	{name: "now", args: "", run: hostNow},
	{name: "random", args: "b", run: hostRandom},
	{name: "param_get", args: "sb", run: hostParamGet},
	{name: "event_get", args: "sb", run: hostEventGet},
	{name: "deny", args: "s", run: hostDeny, unread: unreadDeny},
	{name: "stop", args: "s", run: hostStop, unread: unreadStop},
	{name: "stage_list", args: "sb", run: hostStageList},
	{name: "stage_stat", args: "so", run: hostStageStat},
	{name: "stage_read", args: "slb", run: hostStageRead},
	{name: "stage_write", args: "sis", run: hostStageWrite},
	{name: "stage_remove", args: "s", run: hostStageRemove},
	{name: "flag_set", args: "ss", run: hostFlagSet},
	{name: "env_set", args: "ss", run: hostEnvSet},
	{name: "attr_set", args: "ss", run: hostAttrSet},
	{name: "plan_set", args: "s", run: hostPlanSet},
	{name: "state_get", args: "isbv", run: hostStateGet},
	{name: "state_put", args: "issl", run: hostStatePut},
	{name: "state_append", args: "iss", run: hostStateAppend},
	{name: "answer", args: "s", run: hostAnswer},
	{name: "lock_request", args: "", run: hostLockRequest},
	{name: "emit", args: "ss", run: hostEmit},
}

// bound is a host function for one hook.
type bound struct {
	hostFunction
	h      *Hook
	kinds  []argKind
	needs  abi.Permission
	inInit bool // works during initialisation
	wide   bool // returns an i64
}

// bind returns the function as wazero calls it.
func (f hostFunction) bind(h *Hook, decl abi.Function) api.GoModuleFunction {
	return &bound{
		hostFunction: f, h: h, kinds: []argKind(f.args), needs: decl.Needs, inInit: decl.Init,
		wide: len(decl.Results) == 1 && decl.Results[0] == abi.I64,
	}
}

// Call checks the state, the pointers and the event, in this order, and leaves grants, limits and form to run.
func (b *bound) Call(_ context.Context, _ api.Module, stack []uint64) {
	ev := &b.h.event
	ev.args.text = [2][]byte{}
	ev.args.function = b.name
	ev.spend(priceCall)
	mem := b.h.memory.buf
	permitted := b.needs == 0 || ev.info.May&b.needs != 0
	var r int64
	switch {
	case ev.init && !b.inInit:
		r = ev.fail(abi.State, "cannot be called during initialisation")
	case !ev.args.resolve(b.kinds, mem, stack):
		if permitted && b.unread != nil {
			b.unread(ev)
		}
		r = ev.fail(abi.Fault, "a pointer or a length is outside the memory of %d bytes", len(mem))
	case !permitted:
		r = ev.fail(abi.ReadOnly, "not in %s", ev.info.Event)
	default:
		r = b.run(ev)
	}
	if b.wide {
		stack[0] = uint64(r)
	} else {
		stack[0] = uint64(uint32(int32(r)))
	}
}

// resolve reads the arguments from the stack. It reports whether all pointers are good; those with length 0 are.
func (a *args) resolve(kinds []argKind, mem []byte, stack []uint64) bool {
	at, texts := 0, 0
	for _, kind := range kinds {
		// Only the low half of an i32 means anything.
		low := uint32(stack[at])
		at++
		var ok bool
		switch kind {
		case argInt:
			a.int = int32(low)
		case argLong:
			a.long = int64(stack[at-1])
		case argText:
			if a.text[texts], ok = view(mem, low, uint32(stack[at])); !ok {
				return false
			}
			texts++
			at++
		case argBuffer:
			if a.out, ok = view(mem, low, uint32(stack[at])); !ok {
				return false
			}
			at++
		case argStat:
			if a.out, ok = view(mem, low, abi.StatSize); !ok {
				return false
			}
		case argWord:
			a.word = nil
			if low == 0 {
				continue
			}
			if a.word, ok = view(mem, low, 8); !ok {
				return false
			}
		}
	}
	return true
}

// view returns n bytes of the guest's memory at p, and whether they are all there. Nothing is everywhere: guests
// have odd pointers for what is empty.
func view(mem []byte, p, n uint32) ([]byte, bool) {
	if n == 0 {
		return nil, true
	}
	end := uint64(p) + uint64(n)
	if end > uint64(len(mem)) {
		return nil, false
	}
	return mem[p:end:end], true
}

// give writes a value into the buffer if all of it fits, and returns its full length.
func (ev *event) give(value []byte) int64 {
	if len(value) > math.MaxInt32 {
		return ev.fail(abi.TooBig, "the value has %d bytes", len(value))
	}
	if len(value) <= len(ev.args.out) {
		ev.spend(len(value) / bytesPerUnit)
		copy(ev.args.out, value)
	}
	return int64(len(value))
}
