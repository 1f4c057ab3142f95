package sshsig

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// Signers is a list of allowed signers, as ssh-keygen(1) describes the file in its section ALLOWED SIGNERS.
type Signers struct {
	name    string
	entries []allowed
}

// allowed is one line: who may sign with a key, for what, and when.
type allowed struct {
	line       int
	principals string
	namespaces string // "" is any
	authority  bool   // the key vouches for others and does not sign itself
	after      time.Time
	before     time.Time
	key        []byte
}

const maxSignersFile = 16 << 20

// ReadSigners reads a file of allowed signers.
func ReadSigners(path string) (*Signers, error) {
	data, err := readFile(path, maxSignersFile)
	if err != nil {
		return nil, err
	}
	return ParseSigners(path, data)
}

// ParseSigners reads the text of a file of allowed signers. Its name is for errors, which have the line: one bad line
// is an error, since nobody should be left out, or let in, by a slip.
func ParseSigners(name string, text []byte) (*Signers, error) {
	s := &Signers{name: name}
	n := 0
	for line := range bytes.Lines(text) {
		n++
		a, ok, err := parseAllowed(strings.TrimRight(string(line), "\r\n"))
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		if ok {
			a.line = n
			s.entries = append(s.entries, a)
		}
	}
	return s, nil
}

const blanks = " \t"

func parseAllowed(line string) (a allowed, ok bool, err error) {
	line = strings.TrimLeft(line, blanks)
	if line == "" || line[0] == '#' {
		return a, false, nil
	}
	rest := ""
	if line[0] == '"' {
		if a.principals, rest, ok = strings.Cut(line[1:], `"`); !ok {
			return a, false, errors.New("a quote is not closed")
		}
	} else {
		a.principals, rest = cutBlank(line)
	}
	if a.principals == "" {
		return a, false, errors.New("no principals")
	}
	rest = strings.TrimLeft(rest, blanks)
	if a.key, err = parseKey(rest); err != nil {
		options, after, cutErr := cutOptions(rest)
		if cutErr != nil {
			return a, false, cutErr
		}
		if after == "" {
			return a, false, err
		}
		if a.key, err = parseKey(after); err != nil {
			return a, false, err
		}
		if err := a.options(options); err != nil {
			return a, false, err
		}
	}
	return a, true, nil
}

func cutBlank(s string) (word, rest string) {
	if i := strings.IndexAny(s, blanks); i >= 0 {
		return s[:i], strings.TrimLeft(s[i:], blanks)
	}
	return s, ""
}

// cutOptions splits off the options, which may have blanks within quotes.
func cutOptions(s string) (options, rest string, err error) {
	quoted := false
	i := 0
	for ; i < len(s) && (quoted || !strings.ContainsRune(blanks, rune(s[i]))); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '"':
			i++
		case s[i] == '"':
			quoted = !quoted
		}
	}
	if quoted {
		return "", "", errors.New("a quote is not closed")
	}
	return s[:i], strings.TrimLeft(s[i:], blanks), nil
}

// parseKey reads a public key: its type, and its blob in base64. The type need not be one that this package knows.
func parseKey(s string) ([]byte, error) {
	typ, rest := cutBlank(s)
	text, _ := cutBlank(rest)
	blob, err := base64.StdEncoding.DecodeString(text)
	if err != nil || text == "" || typ == "" {
		return nil, fmt.Errorf("no public key in %.60q", s)
	}
	var head struct {
		Type string
		Rest []byte `ssh:"rest"`
	}
	if err := ssh.Unmarshal(blob, &head); err != nil || head.Type != typ {
		return nil, fmt.Errorf("no public key of type %.60q in %.60q", typ, s)
	}
	return blob, nil
}

// Check reports whether the list allows the principal to have made the signature, for its namespace, at that time. It does not
// verify the signature.
func (s *Signers) Check(sig *Signature, principal string, at time.Time) error {
	key := sig.key.Marshal()
	var no error // why the last entry with this key does not do
	authority := 0
	for _, a := range s.entries {
		if !matchList(principal, a.principals) {
			continue
		}
		if a.authority {
			authority = a.line
			continue
		}
		if !bytes.Equal(a.key, key) {
			continue
		}
		err := a.permits(sig.Namespace, at)
		if err == nil {
			return nil
		}
		no = fmt.Errorf("%s:%d: key %s of %q %w", s.name, a.line, sig.Fingerprint(), principal, err)
	}
	switch {
	case no != nil:
		return no
	case authority > 0:
		return fmt.Errorf("%s:%d: keys of %q are vouched for by a certificate authority, which is not supported", s.name, authority, principal)
	}
	return fmt.Errorf("%s does not allow %q to sign with key %s", s.name, principal, sig.Fingerprint())
}

func (a *allowed) permits(namespace string, at time.Time) error {
	switch {
	case a.namespaces != "" && !matchList(namespace, a.namespaces):
		return fmt.Errorf("may not sign for namespace %q", namespace)
	case !a.after.IsZero() && at.Before(a.after):
		return fmt.Errorf("is valid only after %s", a.after.Format(time.RFC3339))
	case !a.before.IsZero() && at.After(a.before):
		return fmt.Errorf("was valid only before %s", a.before.Format(time.RFC3339))
	}
	return nil
}

// Principals returns, as they are written, the principals that may have made the signature at that time.
func (s *Signers) Principals(sig *Signature, at time.Time) []string {
	var names []string
	for _, a := range s.entries {
		if !a.authority && bytes.Equal(a.key, sig.key.Marshal()) && a.permits(sig.Namespace, at) == nil {
			names = append(names, a.principals)
		}
	}
	return names
}
