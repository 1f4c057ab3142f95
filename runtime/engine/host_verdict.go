package engine

import (
	"unicode/utf8"

	"github.com/guild-run/guild/abi"
)

// noReason stands for a reason that could not be read.
const noReason = "(the hook's reason could not be read)"

// hostDeny is deny(reason). To call it is to deny (SPEC.md section 3): a reason that is no text makes the call INVALID, but
// must not let the action go on.
func hostDeny(ev *event) int64 { return ev.verdict(&ev.result.Denied) }

// hostStop is stop(reason), which follows the same rule.
func hostStop(ev *event) int64 { return ev.verdict(&ev.result.Stopped) }

func unreadDeny(ev *event) { ev.decide(&ev.result.Denied) }

func unreadStop(ev *event) { ev.decide(&ev.result.Stopped) }

func (ev *event) verdict(given *bool) int64 {
	reason := cut(ev.args.text[0], abi.MaxReason)
	ev.spend(priceEscape * len(reason))
	if !utf8.Valid(reason) {
		ev.decide(given)
		return ev.fail(abi.Invalid, "the reason is not UTF-8")
	}
	if !*given || ev.unclear {
		ev.result.Reason = escape(reason, abi.MaxReason)
		ev.unclear = false
	}
	*given = true
	return 0
}

// decide takes a verdict without a reason that can be shown.
func (ev *event) decide(given *bool) {
	if !*given {
		ev.result.Reason = noReason
		ev.unclear = true
	}
	*given = true
}
