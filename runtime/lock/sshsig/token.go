package sshsig

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"

	"golang.org/x/crypto/ssh"
)

// tokenFile opens a key file whose private part is on a security token. An agent that has it is asked first: it may know the PIN.
func (s Sources) tokenFile(name string, public ssh.PublicKey) (*Key, error) {
	key, err := s.agentKey(name, public)
	if err == nil || s.Token == nil {
		return key, err
	}
	return &Key{name: name, public: public, close: func() error { return nil }, sign: func(namespace string, message []byte) ([]byte, error) {
		text, err := s.Token(name, namespace, message)
		if err != nil {
			return nil, err
		}
		return text, checkMade(text, public, namespace, message)
	}}, nil
}

// tokenKey returns the public key of a key file whose private part is on a security token, nil if it is none.
func tokenKey(data []byte) ssh.PublicKey {
	const head = "openssh-key-v1\x00"
	block, _ := pem.Decode(data)
	if block == nil {
		return nil
	}
	body, ok := bytes.CutPrefix(block.Bytes, []byte(head))
	if !ok {
		return nil
	}
	var file struct {
		Cipher, KDF, KDFOptions string
		Keys                    uint32
		Public                  []byte
		Rest                    []byte `ssh:"rest"`
	}
	if ssh.Unmarshal(body, &file) != nil {
		return nil
	}
	key, err := ssh.ParsePublicKey(file.Public)
	if err != nil || !onToken(key.Type()) {
		return nil
	}
	return key
}

func onToken(keyType string) bool {
	return keyType == ssh.KeyAlgoSKED25519 || keyType == ssh.KeyAlgoSKECDSA256
}

// touched reports whether the signature of a token says that somebody touched it. A key that was made with no-touch-required signs
// without.
func touched(sig *ssh.Signature) bool {
	const userPresent = 1
	return len(sig.Rest) > 0 && sig.Rest[0]&userPresent != 0
}

var errUntouched = errors.New("the signature of the token did not verify")

// verifyUntouched checks the signature of a token that nobody touched. A list of allowed signers cannot demand the touch, and
// ssh-keygen does not; the library's own check does, because for a login it is demanded.
func verifyUntouched(key ssh.PublicKey, data []byte, sig *ssh.Signature) error {
	const restLength = 1 + 4 // flags and counter
	crypto, ok := key.(ssh.CryptoPublicKey)
	if !ok || len(sig.Rest) != restLength {
		return errUntouched
	}
	application, err := applicationOf(key)
	if err != nil {
		return err
	}
	app, sum := sha256.Sum256([]byte(application)), sha256.Sum256(data)
	signed := bytes.Join([][]byte{app[:], sig.Rest, sum[:]}, nil)
	switch public := crypto.CryptoPublicKey().(type) {
	case ed25519.PublicKey:
		if ed25519.Verify(public, signed, sig.Blob) {
			return nil
		}
	case *ecdsa.PublicKey:
		var point struct{ R, S *big.Int }
		if err := ssh.Unmarshal(sig.Blob, &point); err != nil {
			return err
		}
		digest := sha256.Sum256(signed)
		if ecdsa.Verify(public, digest[:], point.R, point.S) {
			return nil
		}
	}
	return errUntouched
}

// applicationOf is what a key on a token is for, usually "ssh:". It is part of what is signed.
func applicationOf(key ssh.PublicKey) (string, error) {
	var common struct {
		Type string
		Rest []byte `ssh:"rest"`
	}
	err := ssh.Unmarshal(key.Marshal(), &common)
	if err == nil && common.Type == ssh.KeyAlgoSKECDSA256 {
		var ec struct {
			Curve       string
			Key         []byte
			Application string
		}
		err = ssh.Unmarshal(common.Rest, &ec)
		return ec.Application, err
	}
	if err != nil {
		return "", fmt.Errorf("key of a security token: %w", err)
	}
	var ed struct {
		Key         []byte
		Application string
	}
	err = ssh.Unmarshal(common.Rest, &ed)
	return ed.Application, err
}
