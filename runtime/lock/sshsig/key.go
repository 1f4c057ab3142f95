package sshsig

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Key is a key that can sign. It must be closed.
type Key struct {
	name   string
	public ssh.PublicKey
	sign   func(namespace string, message []byte) ([]byte, error)
	close  func() error
}

// newKey is a key that signs in this process, or by an agent.
func newKey(name string, signer ssh.Signer, close func() error) *Key {
	return &Key{name: name, public: signer.PublicKey(), close: close, sign: func(namespace string, message []byte) ([]byte, error) {
		return sign(signer, namespace, message)
	}}
}

// Sources says where keys may be found.
type Sources struct {
	// AgentSocket is the path of an agent's socket, usually $SSH_AUTH_SOCK; "" is no agent.
	AgentSocket string
	// Passphrase asks for the passphrase of a key file. Nil: nobody can be asked.
	Passphrase func(path string) ([]byte, error)
	// Token signs with a key file whose private part is on a security token, when no agent has it: the answer is a signature in its
	// armor, which `ssh-keygen -Y sign` can make. Nil: only an agent can.
	Token func(path, namespace string, message []byte) ([]byte, error)
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
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = fmt.Errorf("key %s: %w", name, path.Err)
	}
	if err != nil {
		return nil, err
	}
	if public, _, _, _, err := ssh.ParseAuthorizedKey(data); err == nil {
		return s.agentKey(name, public)
	}
	signer, err := s.private(name, data)
	if err != nil {
		if public := tokenKey(data); public != nil {
			return s.tokenFile(name, public)
		}
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	return newKey(name, signer, func() error { return nil }), nil
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
func (k *Key) Fingerprint() string { return ssh.FingerprintSHA256(k.public) }

// Type is the type of the key, such as ssh-ed25519.
func (k *Key) Type() string { return k.public.Type() }

// OnToken reports whether each signature has to be confirmed at a security token.
func (k *Key) OnToken() bool { return onToken(k.Type()) }

// Sign returns the signature of a message for a namespace, in its armor.
func (k *Key) Sign(namespace string, message []byte) ([]byte, error) {
	text, err := k.sign(namespace, message)
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w", k.name, err)
	}
	return text, nil
}

// Close gives the key up.
func (k *Key) Close() error { return k.close() }
