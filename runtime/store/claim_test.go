package store_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/store"
)

func TestClaim(t *testing.T) {
	s := store.Open(filepath.Join(t.TempDir(), "home"))
	a, ok, err := s.TryClaim("run-aaa")
	if !ok || err != nil {
		t.Fatalf("got %v, %v", ok, err)
	}
	if _, ok, err := s.TryClaim("run-aaa"); ok || err != nil {
		t.Errorf("claimed twice: %v, %v", ok, err)
	}
	b, ok, err := s.TryClaim("run-bbb")
	if !ok || err != nil {
		t.Errorf("another name: %v, %v", ok, err)
	}
	check(t, b.Release())
	waited := 0
	got := make(chan *store.Claim)
	go func() {
		c, err := s.Claim(t.Context(), "run-aaa", func() { waited++ })
		if err != nil {
			t.Error(err)
		}
		got <- c
	}()
	select {
	case <-got:
		t.Fatal("claimed twice")
	case <-time.After(50 * time.Millisecond):
	}
	check(t, a.Release())
	check(t, a.Release())
	c := <-got
	if waited != 1 {
		t.Errorf("waiting was called %d times, want 1", waited)
	}
	check(t, c.Release())
	if _, err := os.Stat(filepath.Join(s.Home(), "locks", "run-aaa")); err != nil {
		t.Errorf("the claim's file is gone: %v", err)
	}
	for _, name := range []string{"", "../x", "a/b", ".x"} {
		if _, err := s.Claim(t.Context(), name, nil); err == nil {
			t.Errorf("%q is a claim", name)
		}
	}
}

func TestClaimCancelled(t *testing.T) {
	s := store.Open(t.TempDir())
	a, err := s.Claim(t.Context(), "key-00", nil)
	check(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := s.Claim(ctx, "key-00", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want a deadline", err)
	}
	if _, err := s.Claim(ctx, "key-00", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want a deadline", err)
	}
	// The one that gave up must not have it when it is free.
	check(t, a.Release())
	for {
		b, ok, err := s.TryClaim("key-00")
		check(t, err)
		if ok {
			check(t, b.Release())
			break
		}
	}
}

// A claim ends with the process that has it, however that ends.
func TestClaimOfAnotherProcess(t *testing.T) {
	s := store.Open(t.TempDir())
	cmd := spawn(t, "hold", s.Home(), "run-aaa")
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the other process said %q", line)
	}
	if _, ok, err := s.TryClaim("run-aaa"); ok || err != nil {
		t.Fatalf("claimed what another process has: %v, %v", ok, err)
	}
	waiting := false
	check(t, cmd.Process.Kill())
	c, err := s.Claim(t.Context(), "run-aaa", func() { waiting = true })
	check(t, err)
	check(t, c.Release())
	_ = cmd.Wait()
	_ = waiting // the kernel may have been quicker
}
