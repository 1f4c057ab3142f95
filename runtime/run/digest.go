package run

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Digest is a BLAKE3 hash of 32 bytes.
type Digest [32]byte

const digestPrefix = "blake3:"

// String returns "blake3:" and 64 hex digits.
func (d Digest) String() string { return digestPrefix + d.Hex() }

// Hex returns 64 hex digits.
func (d Digest) Hex() string { return hex.EncodeToString(d[:]) }

// Short returns the first 12 hex digits, for people.
func (d Digest) Short() string { return d.Hex()[:12] }

// IsZero reports whether d was never set.
func (d Digest) IsZero() bool { return d == Digest{} }

// MarshalText writes the form of String.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the form of String.
func (d *Digest) UnmarshalText(text []byte) error {
	parsed, err := ParseDigest(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// ErrZeroDigest is what ParseDigest says of a digest of zeros. Nobody has a file with that digest, and the zero Digest means that none was
// asked for: to take it would be to drop a demand.
var ErrZeroDigest = errors.New("it is all zeros, which no file has")

// ParseDigest reads "blake3:" and 64 lower-case hex digits, not all of them 0.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	digits, ok := strings.CutPrefix(s, digestPrefix)
	if !ok || len(digits) != 2*len(d) || strings.ToLower(digits) != digits {
		return Digest{}, fmt.Errorf("malformed digest %q: want blake3: and 64 hex digits", s)
	}
	if _, err := hex.Decode(d[:], []byte(digits)); err != nil {
		return Digest{}, fmt.Errorf("malformed digest %q: want blake3: and 64 hex digits", s)
	}
	if d.IsZero() {
		return Digest{}, fmt.Errorf("malformed digest %q: %w", s, ErrZeroDigest)
	}
	return d, nil
}
