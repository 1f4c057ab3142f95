package lock

import (
	"context"

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

func (l *Lock) Seal()                       { l.seal() }
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
