package guild

import (
	"errors"
	"strconv"

	"github.com/guild-run/guild/guest-sdk/go/internal/sys"
)

// Error is the error of a host function, with the host's explanation.
type Error struct {
	Errno Errno
	text  string
}

func (e *Error) Error() string { return e.text }

// Is makes errors.Is(err, guild.NotFound) hold for the errno of a host function.
func (e *Error) Is(target error) bool {
	errno, ok := target.(Errno)
	return ok && errno == e.Errno
}

// Error is the errno's name in the ABI.
func (e Errno) Error() string {
	if e < 0 && int(-e) < len(errnoNames) {
		return errnoNames[-e]
	}
	return "unknown error " + strconv.Itoa(int(e))
}

// check makes an error of a negative result.
func check(result int32, what, subject string) error {
	if result >= 0 {
		return nil
	}
	return failed(result, what, subject)
}

// failed makes an error of an errno: the host's own words, or else what was tried and the errno's name.
func failed(errno int32, what, subject string) error {
	if why, err := pull(sys.ErrorMessage); err == nil && len(why) > 0 {
		return &Error{Errno: Errno(errno), text: string(why)}
	}
	if subject != "" {
		what += " " + subject
	}
	return &Error{Errno: Errno(errno), text: what + ": " + Errno(errno).Error()}
}

func isNotFound(err error) bool { return errors.Is(err, NotFound) }

const firstBuffer = 1024

// pull offers a buffer until what get has fits. The error is the bare errno.
func pull(get func(buf []byte) int32) ([]byte, error) {
	buf := make([]byte, firstBuffer)
	for {
		n := get(buf)
		if n < 0 {
			return nil, Errno(n)
		}
		if int(n) <= len(buf) {
			return buf[:n], nil
		}
		// Within an event the answer stays the same, so the second round fits.
		buf = make([]byte, n)
	}
}
