package runner

import "testing"

func TestCommitOf(t *testing.T) {
	for _, c := range []struct{ name, status, want string }{
		{"nothing", "", ""},
		{"clean", "# branch.oid 0123abc\n# branch.head main\n", "git:0123abc"},
		{"tracking", "# branch.oid 0123abc\n# branch.head main\n# branch.upstream origin/main\n# branch.ab +1 -0\n", "git:0123abc"},
		{"changed", "# branch.oid 0123abc\n# branch.head (detached)\n1 .M N... 100644 100644 100644 1 2 a.py\n", "git:0123abc*"},
		{"new file", "# branch.oid 0123abc\n# branch.head main\n? a.py\n", "git:0123abc*"},
		{"no commit", "# branch.oid (initial)\n# branch.head main\n? a.py\n", ""},
	} {
		if got := commitOf(c.status); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
