package run

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ID names a run and its directory. New ids are 32 hex digits; a user may give any name that is one
// plain file name.
type ID string

const (
	shortLen = 8
	maxIDLen = 128
)

// NewID returns a random id.
func NewID() ID {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return ID(hex.EncodeToString(b[:]))
}

// ParseID checks that s can be the name of a run directory: not empty, not hidden, one path element,
// printable UTF-8, at most 128 bytes.
func ParseID(s string) (ID, error) {
	switch {
	case s == "":
		return "", fmt.Errorf("run id is empty")
	case len(s) > maxIDLen:
		return "", fmt.Errorf("run id %.16q… has %d bytes, the limit is %d", s, len(s), maxIDLen)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unprintable):
		return "", fmt.Errorf("run id %q has characters that cannot be printed", s)
	case strings.ContainsAny(s, `/\`):
		return "", fmt.Errorf("run id %q has a path separator", s)
	case s[0] == '.' || s[0] == '-':
		return "", fmt.Errorf("run id %q begins with %q", s, s[:1])
	}
	return ID(s), nil
}

func unprintable(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError }

// Short returns the first 8 characters, for people.
func (id ID) Short() string {
	n := 0
	for i := range id {
		if n == shortLen {
			return string(id[:i])
		}
		n++
	}
	return string(id)
}
