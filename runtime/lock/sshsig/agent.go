package sshsig

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// connect opens the agent and lists its keys, but for certificates, which cannot sign data.
func (s Sources) connect() (net.Conn, agent.ExtendedAgent, []*agent.Key, error) {
	if s.AgentSocket == "" {
		return nil, nil, nil, errors.New("there is no agent: SSH_AUTH_SOCK is not set")
	}
	conn, err := net.Dial("unix", s.AgentSocket)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("agent: %w", err)
	}
	client := agent.NewClient(conn)
	all, err := client.List()
	if err != nil {
		conn.Close()
		return nil, nil, nil, fmt.Errorf("agent: %w", err)
	}
	var keys []*agent.Key
	for _, k := range all {
		if algorithms(k.Type()) != nil {
			keys = append(keys, k)
		}
	}
	return conn, client, keys, nil
}

// fromAgent opens the key of the agent that has the fingerprint or comment; "" is the only one.
func (s Sources) fromAgent(name, wanted string) (*Key, error) {
	conn, client, keys, err := s.connect()
	if err != nil {
		return nil, err
	}
	var found []*agent.Key
	for _, k := range keys {
		if wanted == "" || k.Comment == wanted || ssh.FingerprintSHA256(k) == wanted {
			found = append(found, k)
		}
	}
	if len(found) == 1 {
		return newKey(name, held{client, found[0]}, conn.Close), nil
	}
	conn.Close()
	if len(found) > 1 {
		keys = found
	}
	switch {
	case len(keys) == 0:
		return nil, errors.New("the agent has no key that can sign")
	case len(found) == 0:
		return nil, fmt.Errorf("the agent has no key %q; it has %s", wanted, list(keys))
	}
	return nil, fmt.Errorf("the agent has %d keys: name one of %s", len(keys), list(keys))
}

func list(keys []*agent.Key) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = fmt.Sprintf("%s:%s (%s)", AgentKey, ssh.FingerprintSHA256(k), k.Comment)
	}
	return strings.Join(names, ", ")
}

// agentKey opens the key whose public part is known.
func (s Sources) agentKey(name string, public ssh.PublicKey) (*Key, error) {
	conn, client, keys, err := s.connect()
	if err != nil {
		return nil, fmt.Errorf("key %s: its private part must come from an agent: %w", name, err)
	}
	for _, k := range keys {
		if bytes.Equal(k.Blob, public.Marshal()) {
			return newKey(name, held{client, k}, conn.Close), nil
		}
	}
	conn.Close()
	return nil, fmt.Errorf("key %s: the agent does not have %s", name, ssh.FingerprintSHA256(public))
}

// held is a key that an agent holds.
type held struct {
	client agent.ExtendedAgent
	key    *agent.Key
}

var _ ssh.AlgorithmSigner = held{}

func (h held) PublicKey() ssh.PublicKey { return h.key }

func (h held) Sign(_ io.Reader, data []byte) (*ssh.Signature, error) {
	return h.client.Sign(h.key, data)
}

func (h held) SignWithAlgorithm(_ io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	var flags agent.SignatureFlags
	if algorithm == ssh.KeyAlgoRSASHA512 {
		flags = agent.SignatureFlagRsaSha512
	}
	return h.client.SignWithFlags(h.key, data, flags)
}
