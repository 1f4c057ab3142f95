package guild

import (
	"runtime"
	"strconv"
	"strings"

	"github.com/guild-run/guild/guest-sdk/go/internal/sys"
)

// Handle calls a handler and turns what became of it into the result of the exported function: an error or a panic
// makes the hook fail, with its text.
func Handle(handler func() error) (code int32) {
	defer func() {
		if r := recover(); r != nil {
			sys.PanicMessage(describe(r) + panicked())
			code = 1
		}
	}()
	if err := handler(); err != nil {
		sys.PanicMessage(err.Error())
		return 1
	}
	return 0
}

// describe returns the text of what was given to panic, without reflection.
func describe(r any) string {
	switch r := r.(type) {
	case error:
		return r.Error()
	case string:
		return r
	case interface{ String() string }:
		return r.String()
	case int:
		return strconv.Itoa(r)
	}
	return "panic"
}

// panicked says where: the innermost function that is not the runtime's, above the panic. TinyGo does not know.
func panicked() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
	seen := false
	for {
		frame, more := frames.Next()
		isRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if seen && !isRuntime && frame.File != "" {
			return " at " + shorten(frame.File) + ":" + strconv.Itoa(frame.Line)
		}
		seen = seen || frame.Function == "runtime.gopanic"
		if !more {
			return ""
		}
	}
}

// shorten keeps the last folder of a path, which is enough to find the file and says nothing of the machine it was built on.
func shorten(path string) string {
	parts := strings.Split(path, "/")
	return strings.Join(parts[max(0, len(parts)-2):], "/")
}
