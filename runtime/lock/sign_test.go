package lock_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/guild-run/guild/runtime/lock"
)

// A stand-in for a signature: the digest of what is signed would do as well.
func signature(sums []byte) ([]byte, error) { return append([]byte("signed "), sums...), nil }

func checkSignature(sums, sig []byte) error {
	want, _ := signature(sums)
	switch {
	case sig == nil:
		return errors.New("no signature")
	case string(sig) != string(want):
		return errors.New("another signature")
	}
	return nil
}

func TestSign(t *testing.T) {
	dir := newRun(t)
	before := snapshot(t, dir)
	signed := func(want ...string) {
		t.Helper()
		r, err := lock.Verify(t.Context(), dir, lock.VerifyOptions{Signature: checkSignature})
		must(t, err)
		expect(t, r, want...)
	}
	o := options()
	o.Sign = func([]byte) ([]byte, error) { return nil, errors.New("no key") }
	_, err := lock.Create(t.Context(), dir, o)
	if want := "lock " + dir + ": no key"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	differ(t, snapshot(t, dir), before)

	o.Sign = signature
	l, err := lock.Create(t.Context(), dir, o)
	must(t, err)
	signed()
	readOnly(t, dir)
	rewrite(lock.SigFile, "forged")(t, dir)
	signed("signature " + lock.SigFile)
	intact(t, dir) // for who does not ask
	remove(lock.SigFile)(t, dir)
	signed("signature " + lock.SigFile)

	must(t, lock.Sign(t.Context(), dir, l.Root, signature))
	signed()
	readOnly(t, dir)
	other := l.Root
	other[0] ^= 1
	if err := lock.Sign(t.Context(), dir, other, signature); !errors.Is(err, lock.ErrChanged) {
		t.Errorf("got %v", err)
	}
	must(t, lock.Unlock(t.Context(), dir))
	differ(t, snapshot(t, dir), before)
	if err := lock.Sign(t.Context(), dir, l.Root, signature); !errors.Is(err, lock.ErrNotLocked) {
		t.Errorf("got %v", err)
	}
}

// A signature that lies about is not that of the next lock.
func TestSignatureLeft(t *testing.T) {
	dir := newRun(t)
	put(t, dir, lock.SigFile, "old", 0o444)
	create(t, dir)
	if _, err := os.Lstat(filepath.Join(dir, lock.SigFile)); err == nil {
		t.Error("it is still there")
	}
	intact(t, dir)
}
