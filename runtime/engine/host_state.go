package engine

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"github.com/guild-run/guild/abi"
)

// hostStateGet is state_get(scope, key, buf, cap, version).
func hostStateGet(ev *event) int64 {
	st, errno := ev.state(nil, "")
	if errno != 0 {
		return errno
	}
	value, version, err := st.Get(string(ev.args.text[0]))
	if err != nil {
		return ev.failWith(err, abi.IO)
	}
	if ev.args.word != nil {
		binary.LittleEndian.PutUint64(ev.args.word, uint64(version))
	}
	return ev.give(value)
}

// hostStatePut is state_put(scope, key, value, expected).
func hostStatePut(ev *event) int64 {
	value := ev.args.text[1]
	st, errno := ev.state(value, "value")
	if errno != 0 {
		return errno
	}
	if ev.args.long < abi.VersionAny {
		return ev.fail(abi.Invalid, "expected version %d", ev.args.long)
	}
	version, err := st.Put(string(ev.args.text[0]), bytes.Clone(value), ev.args.long)
	return ev.stored(version, err)
}

// hostStateAppend is state_append(scope, key, record).
func hostStateAppend(ev *event) int64 {
	record := ev.args.text[1]
	st, errno := ev.state(record, "record")
	if errno != 0 {
		return errno
	}
	version, err := st.Append(string(ev.args.text[0]), bytes.Clone(record))
	return ev.stored(version, err)
}

func (ev *event) stored(version int64, err error) int64 {
	if err != nil {
		return ev.failWith(err, abi.IO)
	}
	return version
}

// state checks a key and a value, and finds the hook's state of the scope.
func (ev *event) state(value []byte, what string) (State, int64) {
	key, scope := ev.args.text[0], ev.args.int
	if len(key) > abi.MaxName {
		return nil, ev.tooLong("key", key)
	}
	if len(value) > abi.MaxData {
		return nil, ev.tooBig(what, value, abi.MaxData)
	}
	if scope < abi.ScopeRun || scope > abi.ScopeProject {
		return nil, ev.fail(abi.Invalid, "scope %d is not one of 0, 1, 2", scope)
	}
	if len(key) == 0 || !utf8.Valid(key) {
		return nil, ev.fail(abi.Invalid, "malformed key %q", key)
	}
	if ev.call.State == nil {
		return nil, ev.noState()
	}
	ev.spend(priceState + priceWrite*len(value))
	st := ev.call.State(scope)
	if st == nil {
		return nil, ev.noState()
	}
	return st, 0
}

func (ev *event) noState() int64 {
	return ev.fail(abi.Unsupported, "there is no %s state here", [...]string{"run", "batch", "project"}[ev.args.int])
}
