package engine

import (
	"errors"
	"unicode/utf8"

	"github.com/guild-run/guild/abi"
)

// hostLog is log(level, message).
func hostLog(ev *event) int64 {
	message := cut(ev.args.text[0], abi.MaxLogRecord)
	if ev.args.int < abi.LevelDebug || ev.args.int > abi.LevelError {
		return ev.fail(abi.Invalid, "level %d is not one of -1, 0, 1, 2", ev.args.int)
	}
	ev.spend(len(message) / bytesPerUnit)
	if ev.logs.room() {
		ev.spend(priceEscape * min(len(message), abi.MaxLogRecord))
	}
	if !utf8.Valid(message) {
		return ev.fail(abi.Invalid, "the message is not UTF-8")
	}
	ev.logs.add(ev.args.int, message)
	return 0
}

// hostPanicMessage is panic_message(message). A last word is kept whatever bytes it is made of.
func hostPanicMessage(ev *event) int64 {
	ev.spend(priceEscape * min(len(ev.args.text[0]), abi.MaxReason))
	ev.panicked = escape(ev.args.text[0], abi.MaxReason)
	ev.hasPanicked = true
	if !utf8.Valid(cut(ev.args.text[0], abi.MaxReason)) {
		return ev.fail(abi.Invalid, "the message is not UTF-8")
	}
	return 0
}

// hostErrorMessage is error_message(buf, cap).
func hostErrorMessage(ev *event) int64 {
	text := ev.message()
	ev.spend(priceEscape * len(text))
	return ev.give([]byte(text))
}

// hostNow is now().
func hostNow(ev *event) int64 { return ev.now() }

// hostRandom is random(buf, len).
func hostRandom(ev *event) int64 {
	if len(ev.args.out) > abi.MaxRandom {
		return ev.fail(abi.TooBig, "%d bytes asked for, the limit is %d", len(ev.args.out), abi.MaxRandom)
	}
	ev.spend(priceRandom * len(ev.args.out))
	ev.fill(ev.args.out)
	return 0
}

// hostParamGet is param_get(path, buf, cap).
func hostParamGet(ev *event) int64 { return ev.ask(&ev.hook.params) }

// hostEventGet is event_get(path, buf, cap).
func hostEventGet(ev *event) int64 { return ev.ask(&ev.document) }

func (ev *event) ask(d *document) int64 {
	path := ev.args.text[0]
	// What is known needs no checks: it passed them when it became known.
	if value, ok := d.again(path); ok {
		return ev.give(value)
	}
	if len(path) > abi.MaxName {
		return ev.tooLong("path", path)
	}
	if !utf8.Valid(path) {
		return ev.fail(abi.Invalid, "the path is not UTF-8")
	}
	ev.spend(priceLookup + priceQuote*len(path))
	value, err := d.get(path)
	switch {
	case err == nil:
		ev.spend(priceText * len(value))
		return ev.give(value)
	case errors.Is(err, errPath):
		return ev.fail(abi.Invalid, "malformed path %q", path)
	case errors.Is(err, errAbsent):
		return ev.fail(abi.NotFound, "there is no %q", path)
	}
	return ev.fail(abi.IO, "the host's document is malformed: %s", err)
}

func (ev *event) tooLong(what string, value []byte) int64 {
	return ev.fail(abi.TooBig, "the %s has %d bytes, the limit is %d", what, len(value), abi.MaxName)
}

func (ev *event) tooBig(what string, value []byte, limit int) int64 {
	return ev.fail(abi.TooBig, "the %s has %d bytes, the limit is %d", what, len(value), limit)
}

// cut returns at most limit bytes of text, without the beginning of a character at its end.
func cut(text []byte, limit int) []byte {
	if len(text) <= limit {
		return text
	}
	text = text[:limit]
	return text[:len(text)-partialRune(text)]
}
