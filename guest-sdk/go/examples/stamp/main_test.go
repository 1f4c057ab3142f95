//go:build !wasip1

package main

import (
	"testing"

	"github.com/guild-run/guild/guest-sdk/go/hooktest"
)

func TestStamp(t *testing.T) {
	const head = "# guild: run aaa of train\n# guild: flag lr = 0.1\n# guild: flag name = \"a\\nb\"\n"
	for _, c := range []struct{ main, source, want string }{
		{"train.py", "x = 1\n", head + "x = 1\n"},
		{"train.py", "", head},
		{"train.py", "#!/usr/bin/env python\nx\n", "#!/usr/bin/env python\n" + head + "x\n"},
		{"a.sh", "#!/bin/sh\n# -*- coding: utf-8 -*-\nx\n", "#!/bin/sh\n# -*- coding: utf-8 -*-\n" + head + "x\n"},
		{"a.R", "# coding=latin-1\n", "# coding=latin-1\n" + head},
		{"a.py", "\xef\xbb\xbfx = 1\n", "\xef\xbb\xbf" + head + "x = 1\n"},
		{"Makefile", "all:\n", "all:\n"},
		{"dir.py/x", "all:\n", "all:\n"},
	} {
		h := hooktest.New()
		h.Run("main", c.main)
		h.Run("id", "aaa")
		h.Run("op", "train")
		h.Flag("lr", 0.1)
		h.Flag("name", "a\nb")
		h.Files[c.main] = c.source
		h.Call(stamp)
		if h.Failure != "" || h.Files[c.main] != c.want {
			t.Errorf("%s %q: %s\n got %q\nwant %q", c.main, c.source, h.Failure, h.Files[c.main], c.want)
		}
	}
	if have := harmless("a*/b-->c\nd"); have != "a* /b-- >c d" {
		t.Errorf("harmless: %q", have)
	}
}
