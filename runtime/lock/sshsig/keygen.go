package sshsig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Keygen is a Sources.Token that has ssh-keygen sign: it finds the token, and asks for a PIN on the terminal. It is nil where ssh-keygen
// is not installed.
func Keygen(ctx context.Context) func(path, namespace string, message []byte) ([]byte, error) {
	program, err := exec.LookPath("ssh-keygen")
	if err != nil {
		return nil
	}
	return func(path, namespace string, message []byte) ([]byte, error) {
		var said bytes.Buffer
		cmd := exec.CommandContext(ctx, program, "-Y", "sign", "-f", path, "-n", namespace)
		cmd.Stdin, cmd.Stderr = bytes.NewReader(message), &said
		signature, err := cmd.Output()
		if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
			lines := strings.Split(strings.TrimSpace(said.String()), "\n")
			err = fmt.Errorf("ssh-keygen: %s", strings.TrimSpace(lines[len(lines)-1]))
		}
		return signature, err
	}
}
