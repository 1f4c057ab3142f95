package lock

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// entry reads the line of a file, directory or link, and the line of its digest.
func (p *parser) entry() error {
	f := p.fields
	e, err := parseEntry(f)
	if err != nil {
		return err
	}
	if list := p.lock.Entries; len(list) > 0 && list[len(list)-1].Path >= e.Path {
		return fmt.Errorf("%q is out of order", e.Path)
	}
	if e.Type == File {
		if err := p.digest(&e, f[digestAt]); err != nil {
			return err
		}
	}
	p.lock.Entries = append(p.lock.Entries, e)
	return nil
}

func parseEntry(f []string) (e Entry, err error) {
	e.Type = Unknown
	if len(f[0]) == 1 {
		e.Type = Type(f[0][0])
	}
	want := 3
	switch e.Type {
	case File:
		want = 5
	case Dir, Symlink, Pipe, Socket, Char, Block:
	default:
		return e, fmt.Errorf("unknown line %.40q", f[0])
	}
	if len(f) != want {
		return e, fmt.Errorf("%d fields, want %d", len(f), want)
	}
	if e.Type == Symlink {
		e.Path, e.Target = f[1], f[2]
	} else {
		e.Path = f[want-1]
		if e.Mode, e.Kept, err = parseMode(f[1]); err != nil {
			return e, err
		}
	}
	if e.Type == File {
		if e.Size, err = parseCount(f[2]); err != nil {
			return e, err
		}
	}
	if !validPath(e.Path) && (e.Path != "." || e.Type != Dir) {
		return e, fmt.Errorf("malformed path %q", e.Path)
	}
	return e, nil
}

func parseMode(s string) (mode uint32, kept bool, err error) {
	digits, kept := strings.CutPrefix(s, "=")
	for i := 0; i < len(digits); i++ {
		if digits[i] < '0' || digits[i] > '7' {
			return 0, false, fmt.Errorf("malformed mode %.40q", s)
		}
		mode = mode<<3 | uint32(digits[i]-'0')
	}
	if len(digits) != 4 {
		return 0, false, fmt.Errorf("malformed mode %.40q", s)
	}
	return mode, kept, nil
}

// digest sets the digest of a file: from its own field where b3sum cannot name the file, else from the next
// line of SumsFile.
func (p *parser) digest(e *Entry, field string) (err error) {
	_, _, inSums := sumsPath(e.Path)
	if inSums != (field == none) {
		return fmt.Errorf("digest of %q is in the wrong file", e.Path)
	}
	if !inSums {
		e.Digest, err = parseHex(field)
		return err
	}
	if p.metaSum.IsZero() && e.Path > MetaFile {
		if err := p.ownSum(); err != nil {
			return err
		}
	}
	s, err := p.nextSum(e.Path)
	e.Digest = s.digest
	return err
}

// ownSum reads the line of MetaFile in SumsFile.
func (p *parser) ownSum() error {
	s, err := p.nextSum(MetaFile)
	p.metaSum = s.digest
	return err
}

func (p *parser) nextSum(path string) (sum, error) {
	p.sumsLine++
	if len(p.sums) == 0 {
		return sum{}, fmt.Errorf("%s:%d: %w", SumsFile, p.sumsLine, errors.New("ends too early"))
	}
	s, err := parseSum(p.sums)
	if err != nil {
		return sum{}, fmt.Errorf("%s:%d: %w", SumsFile, p.sumsLine, err)
	}
	if s.path != path {
		return sum{}, fmt.Errorf("%s:%d: %q, want %q", SumsFile, p.sumsLine, s.path, path)
	}
	p.sums = p.sums[s.size:]
	return s, nil
}

// find returns the entry of a path, or nil.
func (l *Lock) find(path string) *Entry {
	i, ok := slices.BinarySearchFunc(l.Entries, path, func(e Entry, p string) int { return strings.Compare(e.Path, p) })
	if !ok {
		return nil
	}
	return &l.Entries[i]
}
