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
		random.Read(p[:])
		for i := range 2 * 8 * 16 {
			in[i/128][i/16%8][i%16] = uint32(random.Uint64())
		}
		chunk, flags := random.Uint64()&^15, uint32(random.Uint64())|guts.FlagParent
		var wide, plain lanes.Group
		lanes.WideChunks(&p, chunk, &wide)
		lanes.PlainChunks(&p, chunk, &plain)
		if wide != plain {
			t.Fatalf("chunk %d: got %x, want %x", chunk, wide, plain)
		}
		lanes.WideParents(&in, flags, &wide)
		lanes.PlainParents(&in, flags, &plain)
		if wide != plain {
			t.Fatalf("flags %d: got %x, want %x", flags, wide, plain)
		}
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
