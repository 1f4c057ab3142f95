//go:build unix

package lock

import (
	"context"
	"fmt"
)

// Hold keeps others from locking and unlocking the run in dir until release is called, as it must not be while its files are copied.
// Other holders and verifications do not wait.
func Hold(ctx context.Context, dir string) (release func(), err error) {
	t, err := openTree(dir)
	if err != nil {
		return nil, fmt.Errorf("hold %s: %w", dir, err)
	}
	if err := t.acquire(ctx, false); err != nil {
		t.close()
		return nil, fmt.Errorf("hold %s: %w", dir, err)
	}
	return t.close, nil
}
