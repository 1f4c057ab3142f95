package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/lock/sshsig"
)

// namespace is what signatures of locks are for: a signature of something else cannot pass for one.
const namespace = "guild-run"

// signatureDoc is a signature, as JSON.
type signatureDoc struct {
	Key    string `json:"key"` // SHA256:…
	Type   string `json:"type"`
	Signer string `json:"signer,omitempty"` // who was demanded and did sign
}

// signingKey opens the key that a user names.
func (a *app) signingKey(ctx context.Context, name string) (*sshsig.Key, error) {
	a.orderly.Store(true) // an interrupted question gives the terminal back as it was
	defer a.orderly.Store(false)
	s := sshsig.Sources{
		AgentSocket: os.Getenv("SSH_AUTH_SOCK"),
		Passphrase: func(path string) ([]byte, error) {
			text, err := a.ui.Secret(ctx, "passphrase for "+path)
			if errors.Is(err, ui.ErrNobody) {
				err = fmt.Errorf("%w, and %w", sshsig.ErrPassphrase, err)
			}
			return text, err
		},
	}
	key, err := s.Open(name)
	if errors.Is(err, sshsig.ErrPassphrase) {
		return nil, &hintError{error: err, hint: "'ssh-add' gives the key to an agent; then use --sign with the public key"}
	}
	return key, err
}

// signer signs locks with a key.
func (a *app) signer(key *sshsig.Key) func([]byte) ([]byte, error) {
	return func(sums []byte) ([]byte, error) {
		if key.OnToken() {
			a.ui.Say("confirm the signature at the security token")
		}
		return key.Sign(namespace, sums)
	}
}

// signatures checks signatures of locks. Without signers only that they are what their keys signed.
type signatures struct {
	signers   *sshsig.Signers
	principal string
	at        time.Time
}

func readSignatures(principal, allowedSigners string) (*signatures, error) {
	s := &signatures{principal: principal, at: time.Now()}
	if principal == "" && allowedSigners == "" {
		return s, nil
	}
	if principal == "" || allowedSigners == "" {
		return nil, usagef("", "--signer and --allowed-signers go together")
	}
	var err error
	s.signers, err = sshsig.ReadSigners(allowedSigners)
	return s, err
}

// check returns who signed, nil if nobody did and nobody has to.
func (s *signatures) check(sums, text []byte) (*signatureDoc, error) {
	if text == nil {
		if s.signers != nil {
			return nil, errors.New("the lock is not signed")
		}
		return nil, nil
	}
	sig, err := sshsig.Parse(text)
	if err != nil {
		return nil, err
	}
	doc := &signatureDoc{Key: sig.Fingerprint(), Type: sig.KeyType()}
	if err := sig.Verify(namespace, sums); err != nil {
		return doc, err
	}
	if s.signers == nil {
		return doc, nil
	}
	if err := s.signers.Check(sig, s.principal, s.at); err != nil {
		return doc, err
	}
	doc.Signer = s.principal
	return doc, nil
}

func (d *signatureDoc) String() string {
	if d.Signer == "" {
		return fmt.Sprintf("signed with %s %s, by whom was not asked", d.Type, d.Key)
	}
	return fmt.Sprintf("signed by %s with %s %s", d.Signer, d.Type, d.Key)
}
