package sshsig_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/lock/sshsig"
)

var keyTypes = []struct {
	name    string
	options []string
}{
	{"ed25519", []string{"-t", "ed25519"}},
	{"ecdsa-256", []string{"-t", "ecdsa", "-b", "256"}},
	{"ecdsa-384", []string{"-t", "ecdsa", "-b", "384"}},
	{"ecdsa-521", []string{"-t", "ecdsa", "-b", "521"}},
	{"rsa", []string{"-t", "rsa", "-b", "2048"}},
	{"rsa-pem", []string{"-t", "rsa", "-b", "2048", "-m", "PEM"}},
}

// Every signature made here is good for ssh-keygen, and the other way round.
func TestOpenSSH(t *testing.T) {
	for _, k := range keyTypes {
		t.Run(k.name, func(t *testing.T) {
			dir := t.TempDir()
			path := newKey(t, dir, k.name, "", k.options...)
			key := open(t, sshsig.Sources{}, path)
			ours, err := key.Sign(namespace, message)
			must(t, err)
			signers := put(t, filepath.Join(dir, "signers"), "me@example.org "+public(t, path)+"\n")
			must(t, opensshAgrees(t, signers, "me@example.org", ours))

			file := put(t, filepath.Join(dir, "message"), string(message))
			cmd := exec.Command(program(t, "ssh-keygen"), "-Y", "sign", "-f", path, "-n", namespace, file)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("ssh-keygen: %v: %s", err, out)
			}
			theirs, err := os.ReadFile(file + ".sig")
			must(t, err)
			list, err := sshsig.ReadSigners(signers)
			must(t, err)
			for who, text := range map[string][]byte{"guild": ours, "ssh-keygen": theirs} {
				sig := parse(t, text)
				if err := sig.Verify(namespace, message); err != nil {
					t.Errorf("by %s: %v", who, err)
				}
				if err := list.Check(sig, "me@example.org", time.Now()); err != nil {
					t.Errorf("by %s: %v", who, err)
				}
				if sig.Fingerprint() != key.Fingerprint() || sig.KeyType() != key.Type() {
					t.Errorf("by %s: got %s %s, want %s %s", who, sig.KeyType(), sig.Fingerprint(), key.Type(), key.Fingerprint())
				}
			}
			// Deterministic keys give the very same text: the armor is theirs, too.
			if strings.HasPrefix(k.name, "ed") && string(ours) != string(theirs) {
				t.Errorf("got  %q\nwant %q", ours, theirs)
			}
		})
	}
}

func TestVerify(t *testing.T) {
	dir := t.TempDir()
	key := open(t, sshsig.Sources{}, newKey(t, dir, "key", "", "-t", "ed25519"))
	text, err := key.Sign(namespace, message)
	must(t, err)
	sig := parse(t, text)
	must(t, sig.Verify(namespace, message))
	fails(t, sig.Verify("git", message), `signature is not valid: it is for namespace "guild-run", not "git"`)
	for i := range message {
		other := append([]byte(nil), message...)
		other[i] ^= 1
		if err := sig.Verify(namespace, other); !errors.Is(err, sshsig.ErrInvalid) {
			t.Errorf("byte %d of the message changed: %v", i, err)
		}
	}
	// Any change of any character of the signature either has no effect on what it says, or shows.
	for i := range text {
		for _, c := range []byte("A+z0=\n-") {
			other := append([]byte(nil), text...)
			if other[i] == c {
				continue
			}
			other[i] = c
			sig, err := sshsig.Parse(other)
			if err == nil {
				err = sig.Verify(namespace, message)
			}
			if err == nil && strings.ReplaceAll(string(other), "\n", "") != strings.ReplaceAll(string(text), "\n", "") {
				t.Errorf("character %d is %q: no error", i, c)
			}
		}
	}
	_, err = key.Sign("", message)
	fails(t, err, "sign with "+filepath.Join(dir, "key")+": a signature needs a namespace")
}

func TestParse_Errors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", `not an SSH signature: no line "-----BEGIN SSH SIGNATURE-----"`},
		{"no end", "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n", `not an SSH signature: no line "-----END SSH SIGNATURE-----"`},
		{"other armor", "-----BEGIN PGP SIGNATURE-----\n", `not an SSH signature: no line "-----BEGIN SSH SIGNATURE-----"`},
		{"base64", armored("*"), "malformed SSH signature: illegal base64 data at input byte 0"},
		{"magic", armored("U1NIU0lI"), "not an SSH signature"},
		{"short", armored("U1NIU0lH"), "malformed SSH signature: ssh: unmarshal error for field Version of type wire: short read"},
		{"after", armored("U1NIU0lH") + "more", `something comes after the line "-----END SSH SIGNATURE-----"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := sshsig.Parse([]byte(c.text))
			if err == nil || err.Error() != c.want && !strings.HasPrefix(err.Error(), strings.SplitAfter(c.want, "signature:")[0]) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func armored(body string) string {
	return "-----BEGIN SSH SIGNATURE-----\n" + body + "\n-----END SSH SIGNATURE-----\n"
}

// A certificate says that somebody else vouches for the key, which nothing here can judge.
func TestCertificate(t *testing.T) {
	dir := t.TempDir()
	ca := newKey(t, dir, "ca", "", "-t", "ed25519")
	key := newKey(t, dir, "key", "", "-t", "ed25519")
	keygen := program(t, "ssh-keygen")
	if out, err := exec.Command(keygen, "-q", "-s", ca, "-I", "me", "-n", "me", key+".pub").CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	// ssh-keygen signs with the certificate if that is what it is given.
	must(t, os.Rename(key+"-cert.pub", key+".pub"))
	file := put(t, filepath.Join(dir, "message"), string(message))
	if out, err := exec.Command(keygen, "-Y", "sign", "-f", key+".pub", "-n", namespace, file).CombinedOutput(); err != nil {
		t.Skipf("ssh-keygen: %v: %s", err, out)
	}
	text, err := os.ReadFile(file + ".sig")
	must(t, err)
	_, err = sshsig.Parse(text)
	fails(t, err, "signed with a certificate, which is not supported")
}
