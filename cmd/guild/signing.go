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
	// Untouched: the key is on a security token, which signed without being touched.
	Untouched bool `json:"untouched,omitempty"`
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
		Token: sshsig.Keygen(ctx),
	}
	key, err := s.Open(name)
	if errors.Is(err, sshsig.ErrPassphrase) {
		return nil, &hintError{error: err, hint: "'ssh-add' gives the key to an agent; then use --sign with the public key"}
	}
	return key, err
}

// signer signs locks with a key. An agent may wait long for somebody to touch a token: an interrupt ends that.
func (a *app) signer(ctx context.Context, key *sshsig.Key) func([]byte) ([]byte, error) {
	return func(sums []byte) ([]byte, error) {
		defer context.AfterFunc(ctx, func() { key.Close() })()
		if key.OnToken() {
			a.ui.Say("confirm the signature at the security token")
		}
		signature, err := key.Sign(namespace, sums)
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return signature, err
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
	doc.Untouched = sig.Untouched()
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
	with := d.Type + " " + d.Key
	if d.Untouched {
		with += ", which nobody touched"
	}
	if d.Signer == "" {
		return fmt.Sprintf("signed with %s, by whom was not asked", with)
	}
	return fmt.Sprintf("signed by %s with %s", d.Signer, with)
}
