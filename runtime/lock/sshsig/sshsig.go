// Package sshsig makes and checks SSH signatures of data, as `ssh-keygen -Y sign` and `ssh-keygen -Y verify` do: with keys
// that people have, and lists of allowed signers that git reads too.
//
// It decides what a valid signature is, where a key is found, and who is allowed. It leaves to others what is signed, in
// which namespace, and how a passphrase is asked for.
package sshsig

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

const (
	magic   = "SSHSIG"
	version = 1

	begin = "-----BEGIN SSH SIGNATURE-----"
	end   = "-----END SSH SIGNATURE-----"

	lineLength = 70
)

// ErrInvalid says that a signature is not one of that data, in that namespace.
var ErrInvalid = errors.New("signature is not valid")

// Signature is a parsed signature. Its key is a claim until Verify has proven it.
type Signature struct {
	Namespace string

	key       ssh.PublicKey
	hash      string
	signature *ssh.Signature
}

// wire is the form of a signature behind the magic bytes.
type wire struct {
	Version   uint32
	PublicKey []byte
	Namespace string
	Reserved  string
	Hash      string
	Signature []byte
}

// signed is what is signed, behind the magic bytes.
type signed struct {
	Namespace string
	Reserved  string
	Hash      string
	Digest    []byte
}

// Parse reads a signature in its armor of text.
func Parse(text []byte) (*Signature, error) {
	blob, err := unwrap(text)
	if err != nil {
		return nil, err
	}
	data, ok := bytes.CutPrefix(blob, []byte(magic))
	if !ok {
		return nil, errors.New("not an SSH signature")
	}
	var w wire
	if err := ssh.Unmarshal(data, &w); err != nil {
		return nil, fmt.Errorf("malformed SSH signature: %w", err)
	}
	if w.Version != version {
		return nil, fmt.Errorf("SSH signature has version %d, want %d", w.Version, version)
	}
	s := &Signature{Namespace: w.Namespace, hash: w.Hash, signature: new(ssh.Signature)}
	if s.key, err = ssh.ParsePublicKey(w.PublicKey); err != nil {
		return nil, fmt.Errorf("key of the SSH signature: %w", err)
	}
	if err := ssh.Unmarshal(w.Signature, s.signature); err != nil {
		return nil, fmt.Errorf("malformed SSH signature: %w", err)
	}
	return s, s.check()
}

// check refuses what no version of ssh-keygen would make or accept.
func (s *Signature) check() error {
	if _, ok := s.key.(*ssh.Certificate); ok {
		return errors.New("signed with a certificate, which is not supported")
	}
	if _, err := digest(s.hash, nil); err != nil {
		return err
	}
	if !slices.Contains(algorithms(s.key.Type()), s.signature.Format) {
		return fmt.Errorf("signature algorithm %q does not go with a key of type %q", s.signature.Format, s.key.Type())
	}
	return nil
}

// algorithms are those that may sign with a type of key, the preferred one first.
func algorithms(keyType string) []string {
	switch keyType {
	case ssh.KeyAlgoRSA:
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256} // never SHA-1
	case ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256:
		return []string{keyType}
	}
	return nil
}

// Fingerprint names the key, as ssh-keygen -l does: SHA256:…
func (s *Signature) Fingerprint() string { return ssh.FingerprintSHA256(s.key) }

// KeyType is the type of the key, such as ssh-ed25519.
func (s *Signature) KeyType() string { return s.key.Type() }

// Verify reports whether the owner of the key signed this message for this namespace. Who that is, Signers know.
func (s *Signature) Verify(namespace string, message []byte) error {
	if s.Namespace != namespace {
		return fmt.Errorf("%w: it is for namespace %q, not %q", ErrInvalid, s.Namespace, namespace)
	}
	data, err := toSign(namespace, s.hash, message)
	if err != nil {
		return err
	}
	verify := s.key.Verify
	if s.Untouched() {
		verify = func(data []byte, sig *ssh.Signature) error { return verifyUntouched(s.key, data, sig) }
	}
	if err := verify(data, s.signature); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

// Untouched reports whether the key is on a security token that nobody touched to sign.
func (s *Signature) Untouched() bool { return onToken(s.key.Type()) && !touched(s.signature) }

// sign makes a signature in its armor.
func sign(signer ssh.Signer, namespace string, message []byte) ([]byte, error) {
	if namespace == "" {
		return nil, errors.New("a signature needs a namespace")
	}
	key := signer.PublicKey()
	algorithms := algorithms(key.Type())
	if algorithms == nil {
		return nil, fmt.Errorf("keys of type %q cannot sign", key.Type())
	}
	const hash = "sha512"
	data, err := toSign(namespace, hash, message)
	if err != nil {
		return nil, err
	}
	sig, err := signWith(signer, data, algorithms[0])
	if err != nil {
		return nil, err
	}
	blob := ssh.Marshal(wire{
		Version: version, PublicKey: key.Marshal(), Namespace: namespace, Hash: hash, Signature: ssh.Marshal(sig),
	})
	text := wrap(append([]byte(magic), blob...))
	return text, checkMade(text, key, namespace, message)
}

// checkMade sees that a signature is what was asked for: an agent, or another program, may not have done that.
func checkMade(text []byte, key ssh.PublicKey, namespace string, message []byte) error {
	made, err := Parse(text)
	if err == nil && !bytes.Equal(made.key.Marshal(), key.Marshal()) {
		err = fmt.Errorf("it was made with %s", made.Fingerprint())
	}
	if err == nil {
		err = made.Verify(namespace, message)
	}
	if err != nil {
		return fmt.Errorf("the key's own signature: %w", err)
	}
	return nil
}

func signWith(signer ssh.Signer, data []byte, algorithm string) (*ssh.Signature, error) {
	if a, ok := signer.(ssh.AlgorithmSigner); ok {
		return a.SignWithAlgorithm(rand.Reader, data, algorithm)
	}
	return signer.Sign(rand.Reader, data)
}

func toSign(namespace, hash string, message []byte) ([]byte, error) {
	sum, err := digest(hash, message)
	if err != nil {
		return nil, err
	}
	return append([]byte(magic), ssh.Marshal(signed{Namespace: namespace, Hash: hash, Digest: sum})...), nil
}

func digest(hash string, message []byte) ([]byte, error) {
	switch hash {
	case "sha256":
		sum := sha256.Sum256(message)
		return sum[:], nil
	case "sha512":
		sum := sha512.Sum512(message)
		return sum[:], nil
	}
	return nil, fmt.Errorf("unknown hash %q in the SSH signature", hash)
}

func wrap(blob []byte) []byte {
	text := base64.StdEncoding.EncodeToString(blob)
	var b bytes.Buffer
	b.WriteString(begin + "\n")
	for line := range slices.Chunk([]byte(text), lineLength) {
		b.Write(append(line, '\n'))
	}
	b.WriteString(end + "\n")
	return b.Bytes()
}

func unwrap(text []byte) ([]byte, error) {
	const missing = "not an SSH signature: no line %q"
	body, ok := strings.CutPrefix(strings.ReplaceAll(string(text), "\r\n", "\n"), begin+"\n")
	if !ok {
		return nil, fmt.Errorf(missing, begin)
	}
	body, rest, ok := strings.Cut(body, "\n"+end)
	if !ok {
		return nil, fmt.Errorf(missing, end)
	}
	if strings.TrimSpace(rest) != "" {
		return nil, fmt.Errorf("something comes after the line %q", end)
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(body) // which skips line feeds
	if err != nil {
		return nil, fmt.Errorf("malformed SSH signature: %w", err)
	}
	return blob, nil
}
