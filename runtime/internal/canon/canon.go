// Package canon hashes structured things: every part framed by its length, every use under a context of its
// own, so that no two different things have one digest by accident of concatenation.
package canon

import (
	"encoding/binary"

	"github.com/guild-run/guild/runtime/run"
	"github.com/zeebo/blake3"
)

// Contexts of BLAKE3's key derivation: one for each kind of digest.
const (
	ContextRunKey     = "guild 2026-11 needed key v1"
	ContextDefinition = "guild 2026-11 operation definition v1"
	ContextSource     = "guild 2026-11 source code v1"
	ContextSeed       = "guild 2026-11 hook random v1"
	ContextDetect     = "guild 2026-11 flag detection v1"
)

// Sum hashes parts under a context: each part is preceded by its length as 8 bytes, little endian.
func Sum(context string, parts ...[]byte) run.Digest {
	h := blake3.NewDeriveKey(context)
	var n [8]byte
	for _, p := range parts {
		binary.LittleEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write(p)
	}
	var d run.Digest
	h.Sum(d[:0])
	return d
}

// Bytes is the plain BLAKE3 digest of data, as b3sum prints it.
func Bytes(data []byte) run.Digest { return run.Digest(blake3.Sum256(data)) }

// RunKey is what `--needed` compares: the operation's identity and its resolved flags.
func RunKey(ref run.OpRef, flags run.Flags) run.Digest {
	return Sum(ContextRunKey, []byte(ref.String()), flags.Canonical())
}
