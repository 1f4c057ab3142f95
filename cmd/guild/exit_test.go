package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

func TestMessage(t *testing.T) {
	at := func(op string) error { return &fs.PathError{Op: op, Path: "runs/a", Err: syscall.ENOENT} }
	for _, tc := range []struct {
		err  error
		want string
	}{
		{at("open"), "runs/a: no such file or directory"},
		{fmt.Errorf("export: %w", at("statat")), "export: runs/a: no such file or directory"},
		{fmt.Errorf("create: %w", at("mkdir")), "create: mkdir runs/a: no such file or directory"},
		{errors.New("one\ntwo"), "one; two"},
		{errors.New(strings.Repeat("x", maxMessage) + "y"), strings.Repeat("x", maxMessage) + "…"},
	} {
		if got := message(tc.err); got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
}
