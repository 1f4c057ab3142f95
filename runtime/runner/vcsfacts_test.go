package runner

import (
	"strings"
	"testing"
)

func TestReadStatus(t *testing.T) {
	const head = "# branch.oid 0123abc\x00# branch.head main\x00"
	for _, c := range []struct{ name, status, commit, changed string }{
		{"clean", head, "0123abc", ""},
		{"no commit", "# branch.oid (initial)\x00# branch.head main\x00? a b.py\x00", "", "untracked a b.py"},
		{"changed", head + "1 .M N... 100644 100644 100644 1 2 a b.py\x001 A. N... 0 1 1 0 2 new.py\x001 .D N... 1 1 0 1 2 gone.py\x00",
			"0123abc", "modified a b.py, added new.py, deleted gone.py"},
		{"renamed", head + "2 R. N... 1 1 1 1 2 R100 b c.py\x00? old.py\x001 .M N... 1 1 1 1 2 a.py\x00", "0123abc", "renamed b c.py, modified a.py"},
		{"conflict", head + "u UU N... 1 1 1 1 1 2 3 a.py\x00", "0123abc", "conflict a.py"},
		{"ours", head + "? home/\x00? other/\x00", "0123abc", "untracked other/"},
	} {
		doc := readStatus(c.status, func(path string) bool { return path == "home/" })
		if changed := strings.Join(doc.Changed, ", "); doc.Commit != c.commit || changed != c.changed || doc.Dirty != (changed != "") {
			t.Errorf("%s: %+v", c.name, doc)
		}
	}
	many := readStatus(strings.Repeat("? a\x00", vcsMost+5), func(string) bool { return false })
	if len(many.Changed) != vcsMost || !many.Dirty {
		t.Errorf("%d changes, dirty %v", len(many.Changed), many.Dirty)
	}
}
