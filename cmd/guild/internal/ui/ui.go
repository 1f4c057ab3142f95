// Package ui is the only one that writes to the user's terminal.
//
// The rules of output: stdout carries the answer and nothing else; everything else goes to stderr with the prefix
// "guild: ", in lower case and without a period at the end. Text that came from outside is escaped before it is shown.
package ui

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// UI is where a command talks. Quiet drops talk, never errors or answers; Verbose adds decisions and what hooks log for debugging.
type UI struct {
	In            *os.File
	Out           io.Writer
	Err           io.Writer
	OutIsTerminal bool
	ErrIsTerminal bool
	Quiet         bool
	Verbose       bool

	outColor, errColor bool
	dumb               bool       // the terminal cannot do more than write lines
	mu                 sync.Mutex // one message at a time
	display            any        // a Bar or a Board that has the last lines of the terminal
	drawn              int        // how many of them it has filled
}

// New makes a UI on three streams. getenv is asked for NO_COLOR, CLICOLOR_FORCE and TERM.
func New(in *os.File, out, err io.Writer, getenv func(string) string) *UI {
	u := &UI{In: in, Out: &answer{Writer: out}, Err: err, OutIsTerminal: isTerminal(out), ErrIsTerminal: isTerminal(err)}
	u.dumb = getenv("TERM") == "dumb"
	u.outColor = useColor(u.OutIsTerminal, getenv)
	u.errColor = useColor(u.ErrIsTerminal, getenv)
	return u
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && f != nil && term.IsTerminal(int(f.Fd()))
}

// Say writes talk to stderr.
func (u *UI) Say(format string, args ...any) {
	if !u.Quiet {
		u.message("", fmt.Sprintf(format, args...))
	}
}

// Decide writes why something was decided, when the user asked for it.
func (u *UI) Decide(format string, args ...any) {
	if u.Verbose {
		u.message("", fmt.Sprintf(format, args...))
	}
}

// Warnf writes a warning: something the user can act on.
func (u *UI) Warnf(format string, args ...any) {
	u.message(u.paint(u.errColor, yellow, "warning:")+" ", fmt.Sprintf(format, args...))
}

// Error writes the one line of a failure, and its hint if there is one.
func (u *UI) Error(message, hint string) {
	u.message(u.paint(u.errColor, red, "error:")+" ", message)
	if hint != "" {
		u.message(u.paint(u.errColor, bold, "hint:")+" ", hint)
	}
}

// Plain writes lines to stderr with only the first one prefixed, for messages whose text is fixed.
func (u *UI) Plain(message string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.clear()
	fmt.Fprintf(u.Err, "guild: %s\n", message)
}

func (u *UI) message(prefix, text string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.clear()
	fmt.Fprintf(u.Err, "guild: %s%s\n", prefix, strings.ReplaceAll(Safe(text), "\n", "\n  "))
}

// Confirm asks a yes-or-no question on a terminal. The answer to nothing is yes.
func (u *UI) Confirm(question string) (bool, error) {
	fmt.Fprintf(u.Err, "%s (Y/n) ", question)
	line, err := bufio.NewReader(u.In).ReadString('\n')
	if err != nil && line == "" {
		fmt.Fprintln(u.Err)
		return false, nil // end of input is no answer
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "", "y", "yes":
		return true, nil
	}
	return false, nil
}

// CanAsk reports whether there is somebody to answer.
func (u *UI) CanAsk() bool { return u.ErrIsTerminal && isTerminal(u.In) }

// Safe makes text from outside harmless to a terminal: control characters but line feed and tab become escapes, invalid UTF-8 the
// replacement character.
func Safe(s string) string {
	clean := func(r rune) bool {
		return r == '\n' || r == '\t' || unicode.IsPrint(r) && r != utf8.RuneError
	}
	if strings.IndexFunc(s, func(r rune) bool { return !clean(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case clean(r) || r == utf8.RuneError:
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// SafeLine is Safe for one line: line feeds and tabs are escaped too.
func SafeLine(s string) string {
	return strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(Safe(s))
}
