package sshsig_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/lock/sshsig"
)

const namespace = "guild-run"

var message = []byte("what is signed\n")

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fails demands the exact text of an error.
func fails(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// program finds a program of OpenSSH.
func program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("the program %s is not installed: nothing to compare with", name)
	}
	return path
}

// newKey makes a key file with ssh-keygen; its comment is its name.
func newKey(t testing.TB, dir, name, passphrase string, options ...string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	args := append([]string{"-q", "-N", passphrase, "-C", name, "-f", path}, options...)
	if out, err := exec.Command(program(t, "ssh-keygen"), args...).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	return path
}

// public is the public key of a key file, without its comment.
func public(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path + ".pub")
	must(t, err)
	return strings.Join(strings.Fields(string(data))[:2], " ")
}

func put(t testing.TB, path, text string) string {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// opensshAgrees has ssh-keygen verify a signature of message.
func opensshAgrees(t testing.TB, signers, principal string, signature []byte, options ...string) error {
	t.Helper()
	file := put(t, filepath.Join(t.TempDir(), "sig"), string(signature))
	args := append([]string{"-Y", "verify", "-f", signers, "-I", principal, "-n", namespace, "-s", file}, options...)
	cmd := exec.Command(program(t, "ssh-keygen"), args...)
	cmd.Stdin = strings.NewReader(string(message))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Logf("ssh-keygen: %s", out)
	}
	return err
}

func open(t testing.TB, s sshsig.Sources, name string) *sshsig.Key {
	t.Helper()
	key, err := s.Open(name)
	must(t, err)
	t.Cleanup(func() { key.Close() })
	return key
}

func parse(t testing.TB, text []byte) *sshsig.Signature {
	t.Helper()
	sig, err := sshsig.Parse(text)
	must(t, err)
	return sig
}
