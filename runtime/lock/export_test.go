package lock

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sys/unix"
)

// What the tests need of the inside.
var (
	Decode       = decode
	EncodeIntent = encodeIntent
	DecodeIntent = decodeIntent
	ParseField   = parseField
)

func AppendField(s string) []byte { return appendField(nil, s) }

func (l *Lock) Seal()                       { l.seal(); l.Root = l.root() }
func (l *Lock) Encode() (sums, meta []byte) { return l.encode() }
func Examine(dir string) ([]Entry, error) {
	t, err := openTree(dir)
	if err != nil {
		return nil, err
	}
	defer t.close()
	entries, _, err := t.examine(context.Background())
	return entries, err
}

// ClaimFile claims the run through a file, as on NFS.
func ClaimFile(ctx context.Context, dir string, exclusive bool) (end func(), err error) {
	t, err := openTree(dir)
	if err != nil {
		return nil, err
	}
	how := unix.LOCK_SH
	if exclusive {
		how = unix.LOCK_EX
	}
	if err := t.acquireFile(ctx, how); err != nil {
		t.close()
		return nil, err
	}
	return t.close, nil
}

// ClearStamps forgets what a quick verification of the run compares with.
func ClearStamps(dir string) error {
	t, err := openTree(dir)
	if err != nil {
		return err
	}
	defer t.close()
	t.removeStamps()
	return nil
}

// FineTimes reports whether a quick verification can follow a lock without reading.
func FineTimes(dir string) bool {
	t, err := openTree(dir)
	if err != nil {
		return false
	}
	defer t.close()
	return fineTimes(t.root)
}

// RoundStamps encodes and decodes stamps for the files of a lock: of each file the number of its entry.
func RoundStamps(l *Lock, change func([]byte) []byte) error {
	stamps := make([]stamp, len(l.Entries))
	for i := range l.Entries {
		if l.Entries[i].Type == File && i%3 > 0 {
			stamps[i] = stamp{int64(i), -int64(i), uint64(i)}
		}
	}
	got, err := decodeStamps(l, change(encodeStamps(l, stamps)))
	if err == nil && !slices.Equal(got, stamps) {
		return errors.New("other stamps")
	}
	return err
}
