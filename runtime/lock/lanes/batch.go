package lanes

import "lukechampine.com/blake3/guts"

// MaxFile is how many bytes a file of a Batch may have: with more of them fewer files share the lanes, and a Hasher is as fast.
const MaxFile = groupLen / 2

// Batch hashes several small files at once. The zero Batch is empty.
type Batch struct {
	buf   [groupLen + blockLen]byte
	in    inputs
	used  int // lanes
	files []small
	node  [2]Group
}

// small is a file of a Batch.
type small struct {
	id    int
	first int // lane
	n     int // values that are left of its chunks
}

// Room returns room for the content of the next file of at most MaxFile bytes; nil: the Batch must be flushed before.
func (b *Batch) Room(size int) []byte {
	if b.used+lanesFor(size) > lanes {
		return nil
	}
	return b.buf[b.used*chunkLen:][:size]
}

func lanesFor(size int) int { return max(1, (size+chunkLen-1)/chunkLen) }

// Add takes in the file whose content was put where Room said.
func (b *Batch) Add(size, id int) {
	at := b.used * chunkLen
	clear(b.buf[at+size:][:blockLen])
	f := small{id: id, first: b.used, n: lanesFor(size)}
	var flags uint32
	if f.n == 1 {
		flags = guts.FlagRoot
	}
	for i := range f.n {
		b.in.set(b.used, uint64(i), min(chunkLen, size-i*chunkLen), flags)
		b.used++
	}
	b.files = append(b.files, f)
}

// Flush calls done with the digest of each file, and empties the Batch.
func (b *Batch) Flush(done func(id int, digest [32]byte)) {
	if b.used == 0 {
		return
	}
	mixed((*[groupLen]byte)(b.buf[:]), &b.in, &b.node[0])
	for open := true; open; {
		open = b.level()
	}
	for _, f := range b.files {
		done(f.id, digest(get(b.node[:], f.first)))
	}
	b.in, b.used, b.files = inputs{}, 0, b.files[:0]
}

// level combines each two neighbours of all files; of an odd number the last goes up as it is. It reports whether there are more levels.
func (b *Batch) level() (more bool) {
	var pairs [2]Group
	var flags Words
	n := 0
	for _, f := range b.files {
		for i := 0; i+1 < f.n; i += 2 {
			set(pairs[:], 2*n, get(b.node[:], f.first+i))
			set(pairs[:], 2*n+1, get(b.node[:], f.first+i+1))
			if flags[n] = guts.FlagParent; f.n == 2 {
				flags[n] |= guts.FlagRoot
			}
			n++
		}
	}
	if n == 0 {
		return false
	}
	var nodes Group
	parents(&pairs, &flags, &nodes)
	n = 0
	for j := range b.files {
		f := &b.files[j]
		half := f.n / 2
		last := get(b.node[:], f.first+f.n-1)
		for i := range half {
			put(&b.node[0], f.first+i, get([]Group{nodes}, n))
			n++
		}
		if f.n > 1 && f.n%2 == 1 {
			put(&b.node[0], f.first+half, last)
			half++
		}
		f.n = max(1, half)
		more = more || f.n > 1
	}
	return more
}
