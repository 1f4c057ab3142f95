package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/wasm"
)

// failure says what went wrong in the event, in the guest's own words if it left any.
func (h *Hook) failure(err error) *Failure {
	ev := &h.event
	f := &Failure{Hook: h.name, Kind: KindTrap}
	output := ev.logs.output()
	said, panicked := ev.logs.lastWords()
	if ev.hasPanicked {
		said, panicked = ev.panicked, true
	}
	var status returned
	var exit exited
	trap, trace := trapText(err)
	switch {
	case errors.Is(err, errClosed):
		f.Kind, f.Message, f.Err = KindDeadline, errClosed.Error(), errClosed
	case errors.Is(err, wasm.ErrFuel):
		f.Kind, f.Message = KindFuel, fmt.Sprintf("used up its %d units of fuel", h.fuel)
	case ev.ctx.Err() != nil && (errors.Is(err, errDeadline) || errors.Is(err, ev.ctx.Err())):
		f.Kind, f.Message, f.Err = KindDeadline, "was interrupted", context.Cause(ev.ctx)
	case errors.Is(err, errDeadline):
		f.Kind, f.Message = KindDeadline, fmt.Sprintf("took longer than %s", h.timeout)
	case errors.Is(err, wasm.ErrDepth) || trap == "stack overflow":
		f.Kind, f.Message = KindStack, "nested its calls too deeply"
	case errors.As(err, &status) && status == 1 && ev.hasPanicked: // an error of a handler, as the SDKs hand it on
		f.Kind, f.Message = KindStatus, said
	case errors.As(err, &status):
		f.Kind, f.Message = KindStatus, join(status.Error(), said)
	case panicked:
		f.Kind, f.Message = KindPanic, said
	case ev.full:
		f.Kind, f.Message = KindMemory, join(fmt.Sprintf("ran out of its %s of memory", humanSize(h.most)), said)
	case errors.As(err, &exit):
		f.Kind, f.Message = KindExit, join(exit.Error(), said)
	default:
		f.Message = join("trapped: "+trap, said)
	}
	var early inInit
	if errors.As(err, &early) {
		f.Message = "during initialisation: " + f.Message
	}
	if strings.Contains(said, "\n") && ev.hasPanicked {
		output = said + "\n\n" + output
	}
	f.Message = string(cut([]byte(strings.ReplaceAll(f.Message, "\n", " ")), abi.MaxReason))
	f.Detail = strings.TrimSpace(output + "\n\n" + escape([]byte(trace), 2*abi.MaxReason))
	return f
}

func join(what, said string) string {
	if said == "" {
		return what
	}
	return what + ": " + said
}

// trapText splits wazero's error into one line and the stack trace.
func trapText(err error) (text, trace string) {
	text, trace, _ = strings.Cut(err.Error(), "\n")
	if _, after, ok := strings.Cut(text, "wasm error: "); ok { // behind the name of a start function
		text = after
	}
	text = strings.TrimSuffix(text, " (recovered by wazero)")
	return escape([]byte(text), abi.MaxReason), trace
}
