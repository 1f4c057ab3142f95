package sshsig_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/lock/sshsig"
)

// KEY and OTHER stand for public keys.
var signersCases = []struct {
	name, text string
	allowed    bool   // "me@example.org" for guild-run, now
	err        string // of the file, behind "signers:"
	// loose: ssh-keygen does not look at what comes after the line that decides, or has other rules
	loose bool
}{
	{name: "plain", text: "me@example.org KEY", allowed: true},
	{name: "comment behind", text: "me@example.org KEY my laptop", allowed: true},
	{name: "comments and blank lines", text: "# people\n\n \t\nme@example.org KEY\n#", allowed: true},
	{name: "indented, tabs", text: " \tme@example.org\tKEY", allowed: true},
	{name: "carriage returns", text: "me@example.org KEY\r\n", allowed: true},
	{name: "no line feed at the end", text: "other OTHER\nme@example.org KEY", allowed: true},
	{name: "another principal", text: "you@example.org KEY"},
	{name: "another key", text: "me@example.org OTHER"},
	{name: "empty", text: ""},
	{name: "case counts", text: "Me@example.org KEY"},
	{name: "one of several", text: "you@example.org,me@example.org KEY", allowed: true},
	{name: "pattern", text: "*@example.org KEY", allowed: true},
	{name: "question marks", text: "??@e?ample.* KEY", allowed: true},
	{name: "pattern of all", text: "* KEY", allowed: true},
	{name: "pattern too short", text: "*@example KEY"},
	{name: "negated", text: "*@example.org,!me@* KEY"},
	{name: "negated first", text: "!me@example.org,* KEY"},
	{name: "negated another", text: "*,!you@example.org KEY", allowed: true},
	{name: "only negated", text: "!you@example.org KEY"},
	{name: "quoted principals", text: `"me@example.org" KEY`, allowed: true},
	{name: "quoted with blank", text: `"a b,me@example.org" KEY`, allowed: true},
	{name: "second line", text: "me@example.org OTHER\nme@example.org KEY", allowed: true},
	{name: "namespace", text: `me@example.org namespaces="guild-run" KEY`, allowed: true},
	{name: "namespaces", text: `me@example.org namespaces="git,guild-*" KEY`, allowed: true},
	{name: "other namespace", text: `me@example.org namespaces="git" KEY`},
	{name: "namespace negated", text: `me@example.org namespaces="*,!guild-run" KEY`},
	{name: "case of options", text: `me@example.org NameSpaces="guild-run" KEY`, allowed: true},
	{name: "valid", text: `me@example.org valid-after="20200101",valid-before="20990101" KEY`, allowed: true},
	{name: "not yet", text: `me@example.org valid-after="20990101" KEY`},
	{name: "no more", text: `me@example.org valid-before="20200101" KEY`},
	{name: "no more, utc", text: `me@example.org valid-before="20200101120000Z" KEY`},
	{name: "all options", text: `me@example.org namespaces="guild-run",valid-after="202001011200",valid-before="20990101120000Z" KEY`, allowed: true},
	{name: "expired, then valid", text: "me@example.org valid-before=\"20200101\" KEY\nme@example.org KEY", allowed: true, loose: true},
	{name: "authority", text: "me@example.org cert-authority KEY"},
	{name: "authority and options", text: `me@example.org cert-authority,namespaces="guild-run" KEY`},
	{name: "authority, then key", text: "me@example.org cert-authority OTHER\nme@example.org KEY", allowed: true},

	{name: "no key", text: "me@example.org", err: `1: no public key in ""`},
	{name: "no key after options", text: `me@example.org namespaces="git"`, err: `1: no public key in "namespaces=\"git\""`},
	{name: "bad base64", text: "me@example.org ssh-ed25519 ***", err: `1: no public key in "***"`},
	{name: "type and key differ", text: "me@example.org ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA==",
		err: `1: no public key in "AAAAC3NzaC1lZDI1NTE5AAAAIA=="`},
	{name: "unknown option", text: "me@example.org no-touch-required KEY", err: `1: unknown option "no-touch-required"`},
	{name: "option without quotes", text: "me@example.org namespaces=git KEY", err: `1: option namespaces wants ="VALUE"`},
	{name: "quote not closed", text: `me@example.org namespaces="git KEY`, err: "1: a quote is not closed"},
	{name: "principals not closed", text: `"me@example.org KEY`, err: "1: a quote is not closed"},
	{name: "no principals", text: `"" KEY`, err: "1: no principals", loose: true},
	{name: "option twice", text: `me@example.org namespaces="git",namespaces="guild-run" KEY`, err: "1: option namespaces is given twice"},
	{name: "time twice", text: `me@example.org valid-after="20200101",valid-after="20200101" KEY`, err: "1: option valid-after is given twice"},
	{name: "empty option", text: `me@example.org namespaces="" KEY`, err: "1: option namespaces is empty", loose: true},
	{name: "bad time", text: `me@example.org valid-after="yesterday" KEY`, err: `1: malformed time "yesterday"`},
	{name: "impossible time", text: `me@example.org valid-after="20201301" KEY`, err: `1: malformed time "20201301"`},
	{name: "contradiction", text: `me@example.org valid-after="20990101",valid-before="20200101" KEY`,
		err: "1: valid-before is not later than valid-after"},
	{name: "comma at the end", text: "me@example.org cert-authority, KEY", err: `1: unexpected "," in the options`, loose: true},
	{name: "no comma", text: `me@example.org namespaces="git"x KEY`, err: `1: unexpected "x" in the options`},
	{name: "third line", text: "# a\nme@example.org KEY\nme@example.org nothing\n", err: `3: no public key in "nothing"`, loose: true},
}

func TestSigners(t *testing.T) {
	dir := t.TempDir()
	path, other := newKey(t, dir, "key", "", "-t", "ed25519"), newKey(t, dir, "other", "", "-t", "ed25519")
	text, err := open(t, sshsig.Sources{}, path).Sign(namespace, message)
	must(t, err)
	sig := parse(t, text)
	keys := strings.NewReplacer("KEY", public(t, path), "OTHER", public(t, other))
	for _, c := range signersCases {
		t.Run(c.name, func(t *testing.T) {
			file := put(t, filepath.Join(t.TempDir(), "signers"), keys.Replace(c.text))
			list, err := sshsig.ParseSigners("signers", []byte(keys.Replace(c.text)))
			if c.err != "" {
				fails(t, err, "signers:"+c.err)
			} else if must(t, err); (list.Check(sig, "me@example.org", time.Now()) == nil) != c.allowed {
				t.Errorf("got %v, want allowed: %v", list.Check(sig, "me@example.org", time.Now()), c.allowed)
			}
			if c.loose {
				return
			}
			if theirs := opensshAgrees(t, file, "me@example.org", text); (theirs == nil) != c.allowed {
				t.Errorf("ssh-keygen: %v, want allowed: %v", theirs, c.allowed)
			}
		})
	}
}

func TestCheck_Errors(t *testing.T) {
	t.Setenv("TZ", "UTC")
	dir := t.TempDir()
	path := newKey(t, dir, "key", "", "-t", "ed25519")
	text, err := open(t, sshsig.Sources{}, path).Sign(namespace, message)
	must(t, err)
	sig := parse(t, text)
	key, print := public(t, path), sig.Fingerprint()
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ text, want string }{
		{"you " + key, `signers does not allow "me" to sign with key ` + print},
		{`me namespaces="git" ` + key, "signers:1: key " + print + ` of "me" may not sign for namespace "guild-run"`},
		{`me valid-after="20270101Z" ` + key, "signers:1: key " + print + ` of "me" is valid only after 2027-01-01T00:00:00Z`},
		{`me valid-before="20260101Z" ` + key, "signers:1: key " + print + ` of "me" was valid only before 2026-01-01T00:00:00Z`},
		{"\nme cert-authority " + key, `signers:2: keys of "me" are vouched for by a certificate authority, which is not supported`},
	} {
		list, err := sshsig.ParseSigners("signers", []byte(c.text))
		must(t, err)
		fails(t, list.Check(sig, "me", at), c.want)
	}
	list, err := sshsig.ParseSigners("signers", []byte(fmt.Sprintf(
		"me,you %s\ngit namespaces=\"git\" %s\nca cert-authority %s\n* valid-before=\"20270101\" %s", key, key, key, key)))
	must(t, err)
	if got := fmt.Sprint(list.Principals(sig, at)); got != "[me,you *]" {
		t.Errorf("got %s", got)
	}
	if _, err := sshsig.ReadSigners(filepath.Join(dir, "nosuch")); err == nil {
		t.Error("no error for an absent file")
	}
}

// The last second of validity, in the zone of the user.
func TestValidity(t *testing.T) {
	dir := t.TempDir()
	path := newKey(t, dir, "key", "", "-t", "ed25519")
	text, err := open(t, sshsig.Sources{}, path).Sign(namespace, message)
	must(t, err)
	list, err := sshsig.ParseSigners("signers", []byte(`me valid-after="20260101",valid-before="202601020304" `+public(t, path)))
	must(t, err)
	for at, want := range map[time.Time]bool{
		time.Date(2025, 12, 31, 23, 59, 59, 0, time.Local): false,
		time.Date(2026, 1, 1, 0, 0, 0, 0, time.Local):      true,
		time.Date(2026, 1, 2, 3, 4, 0, 0, time.Local):      true,
		time.Date(2026, 1, 2, 3, 4, 1, 0, time.Local):      false,
	} {
		if err := list.Check(parse(t, text), "me", at); (err == nil) != want {
			t.Errorf("%v: %v, want allowed: %v", at, err, want)
		}
		option := "-Overify-time=" + at.Format("20060102150405")
		signers := put(t, filepath.Join(dir, "signers"), `me valid-after="20260101",valid-before="202601020304" `+public(t, path)+"\n")
		if err := opensshAgrees(t, signers, "me", text, option); (err == nil) != want {
			t.Errorf("%v: ssh-keygen: %v, want allowed: %v", at, err, want)
		}
	}
}
