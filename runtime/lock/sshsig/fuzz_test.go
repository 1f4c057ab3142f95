package sshsig_test

import (
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/lock/sshsig"
)

const (
	ed25519Line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
	unsigned    = `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgAAECAwQFBgcICQoLDA0ODxAREh
MUFRYXGBkaGxwdHh8AAAAJZ3VpbGQtcnVuAAAAAAAAAAZzaGE1MTIAAABTAAAAC3NzaC1l
ZDI1NTE5AAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
AAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
-----END SSH SIGNATURE-----
`
)

// No text makes Parse panic or is a signature of what nobody signed.
func FuzzParse(f *testing.F) {
	f.Add([]byte(unsigned))
	f.Add([]byte(armored("U1NIU0lH")))
	f.Add([]byte(strings.ReplaceAll(unsigned, "\n", "\r\n")))
	f.Fuzz(func(t *testing.T, text []byte) {
		sig, err := sshsig.Parse(text)
		if err != nil {
			return
		}
		if sig.Verify(sig.Namespace, message) == nil {
			t.Errorf("%q is valid", text)
		}
		sig.Fingerprint()
	})
}

// No list makes ParseSigners panic; one that can be read means the same with another way of ending lines, and with comments.
func FuzzParseSigners(f *testing.F) {
	for _, c := range signersCases {
		f.Add(strings.NewReplacer("KEY", ed25519Line, "OTHER", ed25519Line).Replace(c.text))
	}
	sig, err := sshsig.Parse([]byte(unsigned))
	if err != nil {
		f.Fatal(err)
	}
	at := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := sshsig.ParseSigners("signers", []byte(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "signers:") || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q", err)
			}
			return
		}
		want := list.Check(sig, "me@example.org", at) == nil
		again := "# comment\n" + strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n\r\n")
		list, err = sshsig.ParseSigners("signers", []byte(again))
		if err != nil {
			t.Fatalf("%q: %v", again, err)
		}
		if got := list.Check(sig, "me@example.org", at) == nil; got != want {
			t.Errorf("allowed: %v, was %v", got, want)
		}
	})
}
