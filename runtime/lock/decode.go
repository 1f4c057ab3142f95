package lock

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/guild-run/guild/runtime/internal/canon"
	"github.com/guild-run/guild/runtime/run"
)

// sum is one line of SumsFile.
type sum struct {
	digest run.Digest
	path   string
	size   int // bytes of the line
}

var errSum = errors.New("not a line of b3sum")

// parseSum reads the first line of data.
func parseSum(data string) (s sum, err error) {
	end := strings.IndexByte(data, '\n')
	if end < 0 {
		return s, errSum
	}
	s.size = end + 1
	line := data[:end]
	line, escaped := strings.CutPrefix(line, `\`)
	if len(line) < 2*len(s.digest)+3 || line[64:66] != "  " {
		return s, errSum
	}
	if s.digest, err = parseHex(line[:64]); err != nil {
		return s, err
	}
	s.path = line[66:]
	if escaped {
		if s.path, err = parseSumsPath(s.path); err != nil {
			return s, err
		}
	}
	if text, esc, ok := sumsPath(s.path); !ok || esc != escaped || text != line[66:] {
		return s, errSum
	}
	return s, nil
}

// parseHex reads 64 lower-case hex digits that are not all zero.
func parseHex(s string) (d run.Digest, err error) {
	ok := len(s) == 2*len(d)
	for i := 0; ok && i < len(s); i++ {
		v, digit := hexValue(s[i])
		d[i/2] = d[i/2]<<4 | v
		ok = digit
	}
	if !ok || d.IsZero() {
		return run.Digest{}, fmt.Errorf("malformed digest %.80q", s)
	}
	return d, nil
}

func hexValue(c byte) (v byte, ok bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}

// parser goes through the lines of MetaFile, and of SumsFile beside it.
type parser struct {
	meta, sums     string // what is left of them
	line, sumsLine int
	fields         []string
	metaSum        run.Digest // digest of MetaFile that SumsFile has
	lock           Lock
}

// decode reads a lock. A lock that can be read but does not agree with itself, because one of its files was
// altered, comes back with both.
func decode(sums, meta []byte) (*Lock, error) {
	p := &parser{meta: text(meta), sums: text(sums)}
	if err := p.all(); err != nil {
		return nil, err
	}
	l := &p.lock
	switch files, size := l.totals(); {
	case canon.Bytes(meta) != p.metaSum:
		return l, fmt.Errorf("%s is not what %s says", MetaFile, SumsFile)
	case l.Files != files || l.Bytes != size:
		return l, fmt.Errorf("%s lists %d files of %d bytes and says %d of %d", MetaFile, files, size, l.Files, l.Bytes)
	case l.Hooks != l.hooks():
		return l, fmt.Errorf("%s: the digest of the hooks is not that of their files", MetaFile)
	case l.Root != l.root():
		return l, fmt.Errorf("%s and %s do not have the root digest they say", SumsFile, MetaFile)
	}
	return l, nil
}

// text is data without a copy, which may be large. Nobody changes it any more.
func text(data []byte) string { return unsafe.String(unsafe.SliceData(data), len(data)) }

func (p *parser) all() error {
	if err := p.header(); err != nil {
		return fmt.Errorf("%s:%d: %w", MetaFile, p.line, err)
	}
	for {
		if err := p.next(); err != nil {
			return fmt.Errorf("%s:%d: %w", MetaFile, p.line, err)
		}
		if p.fields[0] == "root" {
			break
		}
		if err := p.entry(); err != nil {
			return fmt.Errorf("%s:%d: %w", MetaFile, p.line, err)
		}
	}
	if err := p.end(); err != nil {
		return fmt.Errorf("%s:%d: %w", MetaFile, p.line, err)
	}
	if p.metaSum.IsZero() { // it would come after the last file
		if err := p.ownSum(); err != nil {
			return err
		}
	}
	if len(p.sums) > 0 {
		return fmt.Errorf("%s:%d: a file that %s does not have", SumsFile, p.sumsLine+1, MetaFile)
	}
	return nil
}

const maxFields = 5 // of a line, that of a regular file

// next reads a line into fields.
func (p *parser) next() error {
	p.line++
	line, rest, ok := strings.Cut(p.meta, "\n")
	if !ok {
		return errors.New("ends too early")
	}
	p.meta = rest
	p.fields = p.fields[:0]
	for f := range strings.SplitSeq(line, "\t") {
		if len(p.fields) == maxFields {
			return fmt.Errorf("a line of more than %d fields", maxFields)
		}
		v, err := parseField(f)
		if err != nil {
			return err
		}
		p.fields = append(p.fields, v)
	}
	return nil
}

// key reads a line of a name and one value.
func (p *parser) key(name string) (string, error) {
	if err := p.next(); err != nil {
		return "", err
	}
	if p.fields[0] != name || len(p.fields) != 2 {
		return "", fmt.Errorf("want a line %q", name)
	}
	return p.fields[1], nil
}

func (p *parser) end() (err error) {
	if len(p.fields) != 2 || len(p.meta) > 0 {
		return errors.New("the root is not the last line")
	}
	if p.lock.Root, err = parseHex(p.fields[1]); err != nil {
		return err
	}
	if e := p.lock.find("."); e == nil || e.Type != Dir {
		return errors.New(`directory "." is not listed`)
	}
	if e := p.lock.find(guildDir); e == nil || e.Type != Dir {
		return fmt.Errorf("directory %q is not listed", guildDir)
	}
	return nil
}

func (p *parser) header() error {
	if err := p.next(); err != nil {
		return err
	}
	if p.fields[0] != firstLine || len(p.fields) != 1 {
		return fmt.Errorf("first line is %.40q, want %q", p.fields[0], firstLine)
	}
	l := &p.lock
	for _, line := range []struct {
		name string
		set  func(v string) error
	}{
		{"run", func(v string) error { l.Run = run.ID(v); return nil }},
		{"op", func(v string) error { l.Op = v; return nil }},
		{"created", func(v string) (err error) { l.Created, err = parseTime(v); return err }},
		{"prev", func(v string) (err error) { l.Prev, err = parseOptional(v); return err }},
		{"hooks", func(v string) (err error) { l.Hooks, err = parseOptional(v); return err }},
	} {
		v, err := p.key(line.name)
		if err != nil {
			return err
		}
		if err := line.set(v); err != nil {
			return err
		}
	}
	return p.counts()
}

// counts reads the upstream runs and the totals after them.
func (p *parser) counts() error {
	l := &p.lock
	for {
		if err := p.next(); err != nil {
			return err
		}
		if p.fields[0] != "upstream" {
			break
		}
		if len(p.fields) != 4 {
			return errors.New("want 4 fields")
		}
		root, err := parseOptional(p.fields[2])
		if err != nil {
			return err
		}
		l.Upstream = append(l.Upstream, Upstream{Run: run.ID(p.fields[1]), Root: root, Path: p.fields[3]})
	}
	if p.fields[0] != "files" || len(p.fields) != 2 {
		return errors.New(`want a line "files"`)
	}
	files, err := parseCount(p.fields[1])
	if err != nil {
		return err
	}
	l.Files = int(files)
	size, err := p.key("bytes")
	if err != nil {
		return err
	}
	const shortest = len("d\t0755\tx\n") // so a lie about the number costs no memory
	l.Entries = make([]Entry, 0, min(l.Files+l.Files/8, len(p.meta)/shortest))
	l.Bytes, err = parseCount(size)
	return err
}

func parseTime(s string) (time.Time, error) {
	at, err := time.Parse(timeFormat, s)
	if err != nil || at.Format(timeFormat) != s {
		return time.Time{}, fmt.Errorf("malformed time %.40q", s)
	}
	return at, nil
}

func parseOptional(s string) (run.Digest, error) {
	if s == none {
		return run.Digest{}, nil
	}
	return parseHex(s)
}

// parseCount reads a number as it is written: digits without leading zeros.
func parseCount(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return 0, fmt.Errorf("malformed number %.40q", s)
	}
	return n, nil
}
