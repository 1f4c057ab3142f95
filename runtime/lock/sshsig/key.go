package sshsig

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Key is a key that can sign. It must be closed.
type Key struct {
	name   string
	signer ssh.Signer
	close  func() error
}

// Sources says where keys may be found.
type Sources struct {
	// AgentSocket is the path of an agent's socket, usually $SSH_AUTH_SOCK; "" is no agent.
	AgentSocket string
	// Passphrase asks for the passphrase of a key file. Nil: nobody can be asked.
	Passphrase func(path string) ([]byte, error)
}

// AgentKey is the name of the key in the agent, if it has only one; with a colon and a fingerprint or comment after it, of
// that one.
const AgentKey = "agent"

// ErrPassphrase says that a key file needs a passphrase and nobody can be asked.
var ErrPassphrase = errors.New("it needs a passphrase")

// Open finds a key. The name is that of a file with a private key, or with a public key whose private part an agent
// has, or AgentKey.
func (s Sources) Open(name string) (*Key, error) {
	if wanted, ok := strings.CutPrefix(name, AgentKey); ok && (wanted == "" || wanted[0] == ':') {
		return s.fromAgent(name, strings.TrimPrefix(wanted, ":"))
	}
	data, err := readFile(name, maxKeyFile)
	if err != nil {
		return nil, err
	}
	if public, _, _, _, err := ssh.ParseAuthorizedKey(data); err == nil {
		return s.agentKey(name, public)
	}
	signer, err := s.private(name, data)
	if err != nil {
		if public := tokenKey(data); public != nil {
			return s.agentKey(name, public)
		}
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	return &Key{name: name, signer: signer, close: func() error { return nil }}, nil
}

func (s Sources) private(name string, data []byte) (ssh.Signer, error) {
	signer, err := ssh.ParsePrivateKey(data)
	if missing := (*ssh.PassphraseMissingError)(nil); errors.As(err, &missing) && tokenKey(data) == nil {
		if s.Passphrase == nil {
			return nil, ErrPassphrase
		}
		passphrase, err := s.Passphrase(name)
		if err != nil {
			return nil, err
		}
		defer clear(passphrase)
		return ssh.ParsePrivateKeyWithPassphrase(data, passphrase)
	}
	return signer, err
}

// tokenKey returns the public key of a key file whose private part is on a security token: only an agent can sign with
// those. Otherwise it is nil.
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

const maxKeyFile = 1 << 20

// readFile reads a file of at most limit bytes; it may be a pipe.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s: more than %d bytes", path, limit)
	}
	return data, err
}

// Fingerprint names the key, as ssh-keygen -l does: SHA256:…
func (k *Key) Fingerprint() string { return ssh.FingerprintSHA256(k.signer.PublicKey()) }

// Type is the type of the key, such as ssh-ed25519.
func (k *Key) Type() string { return k.signer.PublicKey().Type() }

// OnToken reports whether each signature has to be confirmed at a security token.
func (k *Key) OnToken() bool { return onToken(k.Type()) }

// Sign returns the signature of a message for a namespace, in its armor.
func (k *Key) Sign(namespace string, message []byte) ([]byte, error) {
	text, err := sign(k.signer, namespace, message)
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w", k.name, err)
	}
	return text, nil
}

// Close gives the key up.
func (k *Key) Close() error { return k.close() }
