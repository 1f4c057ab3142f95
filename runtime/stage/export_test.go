package stage

// SetRename puts a rename of the test's own in the place of the one that Commit uses to replace and remove files.
func (t *Tx) SetRename(rename func(from, to string) error) { t.rename = rename }

// Rename is the one Commit uses.
func (t *Tx) Rename() func(from, to string) error { return t.rename }

var (
	LooksText    = looksText
	ParsePattern = func(line, path string) (bool, error) {
		ps, err := parsePatterns([]string{line})
		return ps.match(path), err
	}
	CheckPath = func(path string) error { return checkPath("read", path) }
)
