package lock

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/guild-run/guild/runtime/internal/canon"
	"github.com/guild-run/guild/runtime/run"
	"github.com/zeebo/blake3"
)

const (
	contextRoot  = "guild 2026-11 run lock v1"
	contextHooks = "guild 2026-11 run lock hooks v1"

	firstLine  = "guild lock 1"
	timeFormat = "2006-01-02T15:04:05.000000Z"
	hooksDir   = ".guild/hooks"
	none       = "-"
)

// seal sorts the parts of the lock and sets everything that follows from them.
func (l *Lock) seal() {
	slices.SortFunc(l.Entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(l.Upstream, func(a, b Upstream) int {
		return strings.Compare(string(a.Run)+"\x00"+a.Path, string(b.Run)+"\x00"+b.Path)
	})
	l.Files, l.Bytes = l.totals()
	l.Hooks = l.hooks()
	l.Root = l.root()
}

func (l *Lock) totals() (files int, bytes int64) {
	for i := range l.Entries {
		if l.Entries[i].Type == File {
			files++
			bytes += l.Entries[i].Size
		}
	}
	return files, bytes
}

// hooks is the digest over the files under .guild/hooks: two runs that passed the same policies in the
// same way have the same, whatever else is in them.
func (l *Lock) hooks() run.Digest {
	var parts [][]byte
	for i := range l.Entries {
		if e := &l.Entries[i]; e.Type == File && strings.HasPrefix(e.Path, hooksDir+"/") {
			parts = append(parts, []byte(e.Path), e.Digest[:])
		}
	}
	if parts == nil {
		return run.Digest{}
	}
	return canon.Sum(contextHooks, parts...)
}

// header returns the lines before the entries, each as its fields.
func (l *Lock) header() [][]string {
	lines := [][]string{
		{firstLine},
		{"run", string(l.Run)},
		{"op", l.Op},
		{"created", l.Created.UTC().Format(timeFormat)},
		{"prev", digestField(l.Prev)},
		{"hooks", digestField(l.Hooks)},
	}
	for _, u := range l.Upstream {
		lines = append(lines, []string{"upstream", string(u.Run), digestField(u.Root), u.Path})
	}
	return append(lines,
		[]string{"files", strconv.Itoa(l.Files)},
		[]string{"bytes", strconv.FormatInt(l.Bytes, 10)})
}

func digestField(d run.Digest) string {
	if d.IsZero() {
		return none
	}
	return d.Hex()
}

// fields returns the fields of the entry's line, the digest always spelt out, in f.
func (e *Entry) fields(f []string) []string {
	f = append(f[:0], string(rune(e.Type)))
	switch e.Type {
	case Symlink:
		return append(f, e.Path, e.Target)
	case File:
		return append(f, e.modeField(), strconv.FormatInt(e.Size, 10), e.Digest.Hex(), e.Path)
	}
	return append(f, e.modeField(), e.Path)
}

const digestAt = 3 // among the fields of a file

// modeField returns the mode before the lock in octal, after "=" if the lock left it so.
func (e *Entry) modeField() string { return modeText(e.Mode, e.Kept) }

func modeText(mode uint32, kept bool) string {
	var b [5]byte
	t := append(b[:0], '=')
	for shift := 9; shift >= 0; shift -= 3 {
		t = append(t, '0'+byte(mode>>shift&7))
	}
	if !kept {
		t = t[1:]
	}
	return string(t)
}

// root is the digest over all lines: each is the number of its fields, then each field after its length.
func (l *Lock) root() run.Digest {
	h := blake3.NewDeriveKey(contextRoot)
	var buf []byte
	frame := func(fields []string) {
		buf = binary.LittleEndian.AppendUint64(buf[:0], uint64(len(fields)))
		for _, f := range fields {
			buf = binary.LittleEndian.AppendUint64(buf, uint64(len(f)))
			buf = append(buf, f...)
		}
		h.Write(buf)
	}
	for _, line := range l.header() {
		frame(line)
	}
	var f []string
	for i := range l.Entries {
		f = l.Entries[i].fields(f)
		frame(f)
	}
	var d run.Digest
	h.Sum(d[:0])
	return d
}

// encode returns the contents of SumsFile and MetaFile. The lock must be sealed.
func (l *Lock) encode() (sums, meta []byte) {
	for _, line := range l.header() {
		meta = appendLine(meta, line)
	}
	own := -1 // where the line of MetaFile goes, which comes last because it covers the rest
	var f []string
	for i := range l.Entries {
		e := &l.Entries[i]
		f = e.fields(f)
		if own < 0 && e.Path > MetaFile {
			own = len(sums)
		}
		if e.Type == File {
			if text, escaped, ok := sumsPath(e.Path); ok {
				f[digestAt] = none
				sums = appendSum(sums, e.Digest, text, escaped)
			}
		}
		meta = appendLine(meta, f)
	}
	meta = appendLine(meta, []string{"root", l.Root.Hex()})
	if own < 0 {
		own = len(sums)
	}
	return slices.Insert(sums, own, appendSum(nil, canon.Bytes(meta), MetaFile, false)...), meta
}

func appendLine(b []byte, fields []string) []byte {
	for i, f := range fields {
		if i > 0 {
			b = append(b, '\t')
		}
		b = appendField(b, f)
	}
	return append(b, '\n')
}

func appendSum(b []byte, d run.Digest, text string, escaped bool) []byte {
	if escaped {
		b = append(b, '\\')
	}
	b = append(b, d.Hex()...)
	b = append(b, "  "...)
	b = append(b, text...)
	return append(b, '\n')
}
