package lock

import (
	"cmp"
	"slices"
	"strings"
	"sync"

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

// seal sorts the parts of the lock and sets what follows from them but the root, which takes as long as encode does.
func (l *Lock) seal() {
	slices.SortFunc(l.Entries, byPath)
	slices.SortFunc(l.Upstream, func(a, b Upstream) int {
		return cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.Path, b.Path))
	})
	l.Files, l.Bytes = l.totals()
	l.Hooks = l.hooks()
}

func byPath(a, b Entry) int { return strings.Compare(a.Path, b.Path) }

func (l *Lock) totals() (files int, bytes int64) {
	for i := range l.Entries {
		if l.Entries[i].Type == File {
			files++
			bytes += l.Entries[i].Size
		}
	}
	return files, bytes
}

// hooks is the digest over the files under .guild/hooks: which policies the run passed, and how.
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

// rows calls yield with each line of MetaFile but the last, and with the entry of those that have one. The row
// is valid until yield returns.
func (l *Lock) rows(yield func(r *row, e *Entry)) {
	var r row
	line := func(fill func()) {
		r.reset()
		fill()
		yield(&r, nil)
	}
	line(func() { r.text(firstLine) })
	line(func() { r.text("run"); r.text(string(l.Run)) })
	line(func() { r.text("op"); r.text(l.Op) })
	line(func() { r.text("created"); r.text(l.Created.UTC().Format(timeFormat)) })
	line(func() { r.text("prev"); r.optional(l.Prev) })
	line(func() { r.text("hooks"); r.optional(l.Hooks) })
	for _, u := range l.Upstream {
		line(func() { r.text("upstream"); r.text(string(u.Run)); r.optional(u.Root); r.text(u.Path) })
	}
	line(func() { r.text("files"); r.number(int64(l.Files)) })
	line(func() { r.text("bytes"); r.number(l.Bytes) })
	for i := range l.Entries {
		r.entry(&l.Entries[i])
		yield(&r, &l.Entries[i])
	}
}

// root is the digest over all lines.
func (l *Lock) root() run.Digest {
	h := blake3.NewDeriveKey(contextRoot)
	var buf []byte
	l.rows(func(r *row, _ *Entry) {
		if buf = r.appendFrame(buf); len(buf) > 32<<10 {
			h.Write(buf)
			buf = buf[:0]
		}
	})
	h.Write(buf)
	var d run.Digest
	h.Sum(d[:0])
	return d
}

// encode sets the root and returns the contents of SumsFile and MetaFile. The lock must be sealed.
func (l *Lock) encode() (sums, meta []byte) {
	own := 0 // where the line of MetaFile goes, which comes last because it covers the rest
	var wg sync.WaitGroup
	wg.Go(func() { sums, own = l.sums() })
	wg.Go(func() { meta = l.meta() })
	l.Root = l.root()
	wg.Wait()
	meta = append(meta, "root\t"+l.Root.Hex()+"\n"...)
	return slices.Insert(sums, own, appendSum(nil, canon.Bytes(meta), MetaFile, false)...), meta
}

// sums returns the lines of SumsFile but one, and where that belongs.
func (l *Lock) sums() (b []byte, own int) {
	b = make([]byte, 0, 128*(len(l.Entries)+1))
	own = -1
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Type != File {
			continue
		}
		if own < 0 && e.Path > MetaFile {
			own = len(b)
		}
		if text, escaped, ok := sumsPath(e.Path); ok {
			b = appendSum(b, e.Digest, text, escaped)
		}
	}
	if own < 0 {
		own = len(b)
	}
	return b, own
}

// meta returns the lines of MetaFile but the last, which is the root.
func (l *Lock) meta() []byte {
	b := make([]byte, 0, 64*(len(l.Entries)+10))
	l.rows(func(r *row, e *Entry) {
		without := -1
		if e != nil && e.Type == File {
			if _, _, ok := sumsPath(e.Path); ok {
				without = digestAt
			}
		}
		b = r.appendLine(b, without)
	})
	return b
}

func appendSum(b []byte, d run.Digest, text string, escaped bool) []byte {
	if escaped {
		b = append(b, '\\')
	}
	b = append(appendHex(b, d), "  "...)
	return append(append(b, text...), '\n')
}
