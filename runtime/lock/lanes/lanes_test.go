package lanes_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/guild-run/guild/runtime/lock/lanes"
	"github.com/zeebo/blake3"
	"lukechampine.com/blake3/guts"
)

func available(t testing.TB) {
	t.Helper()
	if !lanes.Available() {
		t.Skip("this processor has no AVX-512")
	}
}

// numbered returns n bytes that do not repeat by chunks.
func numbered(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i % 251)
	}
	return b
}

// sizes are all around the borders of chunks, groups and pairs of them.
func sizes() (list []int) {
	for n := 1; n <= lanes.MaxPiece>>10; n++ {
		list = append(list, n<<10-1, n<<10, n<<10+1)
	}
	return append(list[2:len(list)-1], lanes.MaxPiece-1023)
}

func TestSum(t *testing.T) {
	data := numbered(lanes.MaxPiece + 1)
	h := &lanes.Hasher{}
	for _, n := range sizes() {
		want := blake3.Sum256(data[:n])
		if got := h.Sum(data[:n]); got != want {
			t.Errorf("%d bytes: got %x, want %x", n, got, want)
		}
		if got := h.Sum(data[:n:n]); got != want { // nothing may be read beyond it
			t.Errorf("%d bytes of as many: got %x, want %x", n, got, want)
		}
	}
}

// Pieces anywhere in a file, also beyond the 2^32nd chunk, are what the library says they are.
func TestValue(t *testing.T) {
	h := &lanes.Hasher{}
	for _, first := range []uint64{0, 256, 1<<32 - 256, 1 << 32, 1<<54 - 256} {
		for _, n := range []int{1, 64, 1023, 1024, 1025, 2048, 16 << 10, 16<<10 + 1, 100_000, lanes.MaxPiece} {
			data := numbered(n)
			if got, want := h.Value(data, first), guts.ChainingValue(subtree(data, first)); got != want {
				t.Errorf("%d bytes from chunk %d: got %x, want %x", n, first, got, want)
			}
		}
	}
}

// subtree is the definition, chunk by chunk.
func subtree(p []byte, chunk uint64) guts.Node {
	if len(p) <= 1024 {
		return guts.CompressChunk(p, &guts.IV, chunk, 0)
	}
	left := 1024
	for 2*left < len(p) {
		left *= 2
	}
	l, r := subtree(p[:left], chunk), subtree(p[left:], chunk+uint64(left)/1024)
	return guts.ParentNode(guts.ChainingValue(l), guts.ChainingValue(r), &guts.IV, 0)
}

// Pieces make the whole, however many there are.
func TestValues(t *testing.T) {
	const piece = 4 << 10
	data := numbered(70*piece + 5)
	h := &lanes.Hasher{}
	for n := 2; n <= 71; n++ {
		size := min(n*piece, len(data))
		v := lanes.NewValues(n)
		for i := range n {
			at := i * piece
			v.Set(i, guts.ChainingValue(subtree(data[at:min(at+piece, size)], uint64(at)/1024)))
		}
		if got, want := v.Root(), blake3.Sum256(data[:size]); got != want {
			t.Errorf("%d pieces: got %x, want %x", n, got, want)
		}
	}
	v := lanes.NewValues(3)
	for i := range 3 {
		v.Set(i, h.Value(data[i*piece:][:piece], 0))
	}
	whole := append(append(append([]byte{}, data[:piece]...), data[piece:2*piece]...), data[2*piece:3*piece]...)
	if v.Value() == guts.ChainingValue(subtree(whole, 0)) {
		t.Error("pieces of other places make the same")
	}
}

// Both ways give the same, whatever the input.
func TestWideIsPlain(t *testing.T) {
	available(t)
	seed := [32]byte{1}
	random := rand.NewChaCha8(seed)
	for range 200 {
		var p [16 << 10]byte
		var in [2]lanes.Group
		var flags lanes.Words
		random.Read(p[:])
		for i := range 2 * 8 * 16 {
			in[i/128][i/16%8][i%16] = uint32(random.Uint64())
		}
		for i := range flags {
			flags[i] = uint32(random.Uint64())
		}
		chunk := random.Uint64() &^ 15
		var wide, plain lanes.Group
		lanes.WideChunks(&p, chunk, &wide)
		lanes.PlainChunks(&p, chunk, &plain)
		if wide != plain {
			t.Fatalf("chunk %d: got %x, want %x", chunk, wide, plain)
		}
		var inputs lanes.Inputs
		for lane := range 1 + random.Uint64()%16 {
			size := int(random.Uint64() % 1025)
			clear(p[int(lane)*1024+size : min(len(p), int(lane)*1024+size+64)])
			inputs.Put(int(lane), chunk+lane, size, uint32(random.Uint64())&8)
		}
		lanes.WideMixed(&p, &inputs, &wide)
		lanes.PlainMixed(&p, &inputs, &plain)
		if wide != plain {
			t.Fatalf("%+v: got %x, want %x", inputs, wide, plain)
		}
		lanes.WideParents(&in, &flags, &wide)
		lanes.PlainParents(&in, &flags, &plain)
		if wide != plain {
			t.Fatalf("flags %x: got %x, want %x", flags, wide, plain)
		}
	}
}

// Files of all sizes share the lanes, in any order.
func TestBatch(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	data := numbered(lanes.MaxFile)
	var b lanes.Batch
	want := map[int][32]byte{}
	flush := func() {
		b.Flush(func(id int, got [32]byte) {
			if got != want[id] {
				t.Errorf("file %d: got %x, want %x", id, got, want[id])
			}
			delete(want, id)
		})
		if len(want) > 0 {
			t.Errorf("%d files are left", len(want))
		}
	}
	flush()
	var list []int
	for n := range 130 {
		list = append(list, n)
	}
	for n := 1; n <= lanes.MaxFile>>10; n++ {
		list = append(list, n<<10-65, n<<10-64, n<<10-1, n<<10, min(n<<10+1, lanes.MaxFile))
	}
	for round := range 20 {
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for i, n := range list {
			room := b.Room(n)
			if room == nil {
				flush()
				room = b.Room(n)
			}
			from := data[i%7*(round%2):]
			n = copy(room, from)
			b.Add(n, i)
			want[i] = blake3.Sum256(from[:n])
		}
		flush()
	}
}

func FuzzSum(f *testing.F) {
	f.Add([]byte("x"), 2000)
	f.Add([]byte{}, 1025)
	h := &lanes.Hasher{}
	f.Fuzz(func(t *testing.T, text []byte, n int) {
		n = min(max(n, 1025), lanes.MaxPiece)
		data := make([]byte, n)
		for at := 0; at < n; at += len(text) + 7 {
			copy(data[at:], text)
		}
		if got, want := h.Sum(data), blake3.Sum256(data); got != want {
			t.Errorf("%d bytes: got %x, want %x", n, got, want)
		}
	})
}

func BenchmarkBatch(b *testing.B) {
	available(b)
	data := numbered(lanes.MaxFile)
	for _, n := range []int{100, 1000, 1500, 4 << 10, 5000, 8000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var batch lanes.Batch
			b.SetBytes(int64(n))
			for b.Loop() {
				room := batch.Room(n)
				if room == nil {
					batch.Flush(func(int, [32]byte) {})
					room = batch.Room(n)
				}
				copy(room, data)
				batch.Add(n, 1)
			}
		})
	}
}

func BenchmarkSum(b *testing.B) {
	available(b)
	data := numbered(lanes.MaxPiece)
	for _, n := range []int{1500, 2 << 10, 3000, 4 << 10, 5000, 8000, 16 << 10, 64 << 10, 256 << 10} {
		h := &lanes.Hasher{}
		b.Run(fmt.Sprintf("lanes/%d", n), func(b *testing.B) {
			b.SetBytes(int64(n))
			for b.Loop() {
				h.Sum(data[:n])
			}
		})
		z := blake3.New()
		b.Run(fmt.Sprintf("library/%d", n), func(b *testing.B) {
			b.SetBytes(int64(n))
			var d [32]byte
			for b.Loop() {
				z.Reset()
				z.Write(data[:n])
				z.Sum(d[:0])
			}
		})
	}
}
