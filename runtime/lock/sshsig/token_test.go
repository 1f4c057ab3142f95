package sshsig_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/lock/sshsig"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// token is an agent with one key on a security token, which is touched or not. What such a token signs is the hash of the message
// among other things.
type token struct {
	agent.ExtendedAgent
	private ed25519.PrivateKey
	public  ssh.PublicKey
	flags   byte
}

const application = "ssh:"

func newToken(t testing.TB) *token {
	pub, private, err := ed25519.GenerateKey(nil)
	must(t, err)
	blob := ssh.Marshal(struct {
		Type        string
		Key         []byte
		Application string
	}{ssh.KeyAlgoSKED25519, pub, application})
	public, err := ssh.ParsePublicKey(blob)
	must(t, err)
	return &token{private: private, public: public, flags: 1}
}

func (k *token) List() ([]*agent.Key, error) {
	return []*agent.Key{{Format: k.public.Type(), Blob: k.public.Marshal(), Comment: "token"}}, nil
}

func (k *token) Sign(key ssh.PublicKey, data []byte) (*ssh.Signature, error) {
	return k.SignWithFlags(key, data, 0)
}

func (k *token) SignWithFlags(_ ssh.PublicKey, data []byte, _ agent.SignatureFlags) (*ssh.Signature, error) {
	app, sum := sha256.Sum256([]byte(application)), sha256.Sum256(data)
	rest := binary.BigEndian.AppendUint32([]byte{k.flags}, 7)
	signed := append(append(app[:], rest...), sum[:]...)
	return &ssh.Signature{Format: ssh.KeyAlgoSKED25519, Blob: ed25519.Sign(k.private, signed), Rest: rest}, nil
}

// file is the key's file, which has only a handle for the token.
func (k *token) file() string {
	handle := ssh.Marshal(struct {
		Cipher, KDF, Options string
		Keys                 uint32
		Public               []byte
		Private              string
	}{"none", "none", "", 1, k.public.Marshal(), "handle"})
	return string(pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: append([]byte("openssh-key-v1\x00"), handle...)}))
}

func TestToken(t *testing.T) {
	dir, err := os.MkdirTemp("", "agent")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	must(t, err)
	t.Cleanup(func() { l.Close() })
	k := newToken(t)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go agent.ServeAgent(k, conn)
		}
	}()
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k.public)))
	public := put(t, filepath.Join(dir, "key.pub"), line+" token\n")
	signers := put(t, filepath.Join(dir, "signers"), "me "+line+"\n")
	s := sshsig.Sources{AgentSocket: socket}
	private := put(t, filepath.Join(dir, "key"), k.file())
	for _, name := range []string{"agent", public, private} {
		key := open(t, s, name)
		if !key.OnToken() {
			t.Error("not known to be on a token")
		}
		text, err := key.Sign(namespace, message)
		must(t, err)
		must(t, parse(t, text).Verify(namespace, message))
		must(t, opensshAgrees(t, signers, "me", text))
		if parse(t, text).Untouched() {
			t.Error("said to be untouched")
		}
	}
	k.flags = 0 // nobody touched it
	text, err := open(t, s, "agent").Sign(namespace, message)
	must(t, err)
	must(t, opensshAgrees(t, signers, "me", text))
	if !parse(t, text).Untouched() {
		t.Error("not known to be untouched")
	}
}

// untouched are signatures of message that ssh-keygen made with OpenSSH's software token, with keys that need no touch.
var untouched = []struct{ key, signature string }{
	{"sk-ecdsa-sha2-nistp256@openssh.com AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAyNTYAAABBBLJl7Dg57gLzFXkluRkqJ9ExGamlJwjnLrIeQx/w3jQrBecIIv/BgXYkRTSsu37c6Uo38XPTTo7aT8fKCK33n3gAAAAEc3NoOg==", `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAAH8AAAAic2stZWNkc2Etc2hhMi1uaXN0cDI1NkBvcGVuc3NoLmNvbQ
AAAAhuaXN0cDI1NgAAAEEEsmXsODnuAvMVeSW5GSon0TEZqaUnCOcush5DH/DeNCsF5wgi
/8GBdiRFNKy7ftzpSjfxc9NOjtpPx8oIrfefeAAAAARzc2g6AAAACWd1aWxkLXJ1bgAAAA
AAAAAGc2hhNTEyAAAAeQAAACJzay1lY2RzYS1zaGEyLW5pc3RwMjU2QG9wZW5zc2guY29t
AAAASgAAACEArdsQR7hxeYB9FKc/Iga4M1aUfwmI0c8rLCFhPuGjAdoAAAAhAIgBqlUpE6
AaTpRb5M0WOUW3xm0gal15C91EcJMinZvMABI0Vng=
-----END SSH SIGNATURE-----
`},
	{"sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIKK80nkPxGWZkbW0T72OMah7yR0l+aogq4PGFxooRHaaAAAABHNzaDo=", `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAAEoAAAAac2stc3NoLWVkMjU1MTlAb3BlbnNzaC5jb20AAAAgorzSeQ
/EZZmRtbRPvY4xqHvJHSX5qiCrg8YXGihEdpoAAAAEc3NoOgAAAAlndWlsZC1ydW4AAAAA
AAAABnNoYTUxMgAAAGcAAAAac2stc3NoLWVkMjU1MTlAb3BlbnNzaC5jb20AAABAnhJILI
YuZefTaIL4415sXh0IcyVB9IS3hzXYoDt1FB/qqpcspL4GbBy8vGiylU4dCZnXvFUW9FUv
8fodUQ/lBAASNFZ4
-----END SSH SIGNATURE-----
`},
}

// Signatures that nobody touched a token for are good for ssh-keygen, and so for guild, which says it.
func TestUntouched(t *testing.T) {
	for _, c := range untouched {
		signers := put(t, filepath.Join(t.TempDir(), "signers"), "me "+c.key+"\n")
		must(t, opensshAgrees(t, signers, "me", []byte(c.signature)))
		sig := parse(t, []byte(c.signature))
		must(t, sig.Verify(namespace, message))
		if !sig.Untouched() {
			t.Error("not known to be untouched")
		}
		if err := sig.Verify(namespace, message[1:]); !errors.Is(err, sshsig.ErrInvalid) {
			t.Errorf("another message: got %v", err)
		}
		for i := range strings.TrimSpace(c.signature) {
			other := []byte(c.signature)
			other[i]++
			if sig, err := sshsig.Parse(other); err == nil && sig.Verify(namespace, message) == nil {
				t.Errorf("%s: character %d changed: no error", sig.KeyType(), i)
			}
		}
	}
}

// softwareToken is the library with which OpenSSH tests its security keys: $GUILD_TEST_SK, else where the package openssh-tests has it.
func softwareToken(t testing.TB) string {
	t.Helper()
	library := os.Getenv("GUILD_TEST_SK")
	if library == "" {
		library = "/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so"
		if _, err := os.Stat(library); err != nil {
			t.Skip("the package openssh-tests is not installed: no software token")
		}
	}
	return library
}

// Keys that OpenSSH makes on a token, held by its agent or in files of their own.
func TestSoftwareToken(t *testing.T) {
	library, dir := softwareToken(t), t.TempDir()
	t.Setenv("SSH_SK_PROVIDER", library)
	held := sshsig.Sources{AgentSocket: startAgent(t, "-P", library)}
	alone := sshsig.Sources{AgentSocket: startAgent(t), Token: sshsig.Keygen(t.Context())}
	for _, c := range []struct {
		name      string
		options   []string
		untouched bool
	}{
		{"ed25519-sk", nil, false},
		{"ecdsa-sk", nil, false},
		{"ed25519-sk", []string{"-O", "no-touch-required"}, true},
		{"ecdsa-sk", []string{"-O", "no-touch-required"}, true},
	} {
		name := strings.Join(append([]string{c.name}, c.options...), "")
		path := newKey(t, dir, name, "", append([]string{"-t", c.name}, c.options...)...)
		_, err := sshsig.Sources{}.Open(path)
		fails(t, err, "key "+path+": its private part must come from an agent: there is no agent: SSH_AUTH_SOCK is not set")
		addKey(t, held.AgentSocket, path, "-S", library)
		signers := put(t, filepath.Join(dir, "signers"), "me "+public(t, path)+"\n")
		for where, key := range map[string]*sshsig.Key{"agent": open(t, held, path), "public": open(t, held, path+".pub"), "file": open(t, alone, path)} {
			if !key.OnToken() {
				t.Errorf("%s in %s: not known to be on a token", name, where)
			}
			text, err := key.Sign(namespace, message)
			must(t, err)
			must(t, opensshAgrees(t, signers, "me", text))
			sig := parse(t, text)
			must(t, sig.Verify(namespace, message))
			if sig.Untouched() != c.untouched {
				t.Errorf("%s in %s: untouched: %v, want %v", name, where, sig.Untouched(), c.untouched)
			}
		}
	}
	t.Setenv("SSH_SK_PROVIDER", "/nosuch.so")
	path := filepath.Join(dir, "ed25519-sk")
	if _, err := open(t, alone, path).Sign(namespace, message); err == nil || !strings.HasPrefix(err.Error(), "sign with "+path+": ssh-keygen: Signing ") {
		t.Errorf("got %v", err)
	}
	t.Setenv("PATH", dir)
	if sshsig.Keygen(t.Context()) != nil {
		t.Error("ssh-keygen is found where it is not")
	}
}

// What signs for a token file is believed only if it did what it was asked for.
func TestToken_Errors(t *testing.T) {
	dir := t.TempDir()
	k := newToken(t)
	private := put(t, filepath.Join(dir, "key"), k.file())
	other, err := open(t, sshsig.Sources{}, newKey(t, dir, "other", "", "-t", "ed25519")).Sign(namespace, message)
	must(t, err)
	for _, c := range []struct {
		name, text string
		err        error
		want       string
	}{
		{"fails", "", errors.New("no token"), "no token"},
		{"nothing", "", nil, "the key's own signature: not an SSH signature: no line \"-----BEGIN SSH SIGNATURE-----\""},
		{"another key", string(other), nil, "the key's own signature: it was made with " + parse(t, other).Fingerprint()},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sshsig.Sources{Token: func(string, string, []byte) ([]byte, error) { return []byte(c.text), c.err }}
			_, err := open(t, s, private).Sign(namespace, message)
			fails(t, err, "sign with "+private+": "+c.want)
		})
	}
}
