//go:build !wasip1

package examples_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// TestPanic: what a panic says reaches the user, with file and line.
func TestPanic(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a module with Go")
	}
	path := filepath.Join(t.TempDir(), "panics.wasm")
	build(t, exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", path, "./testdata/panics"))
	module, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(engine.Config{})
	defer e.Close(context.WithoutCancel(t.Context()))
	h, err := e.Load(t.Context(), engine.Spec{Name: "panics", Module: module, Grants: []abi.Grant{abi.GrantEmit}})
	if err != nil {
		t.Fatal(err)
	}
	for ev, want := range map[abi.Event]string{
		abi.OnInit:     "on purpose at panics/main.go:11",
		abi.OnRunBegin: "runtime error: index out of range [0] with length 0 at panics/main.go:19",
		abi.OnRunEnd:   "runtime error: invalid memory address or nil pointer dereference at panics/main.go:29",
	} {
		_, err := h.Call(t.Context(), engine.Call{Event: ev, Time: time.Unix(0, 0)})
		var failure *engine.Failure
		if !errors.As(err, &failure) || !strings.HasSuffix(failure.Message, want) {
			t.Errorf("%s: got %v, want %s", ev, err, want)
		}
	}
}
