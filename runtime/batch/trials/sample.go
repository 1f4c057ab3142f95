package trials

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
)

// maxWhole bounds the ends of whole numbers to sample, which are kept as float64.
var maxWhole = big.NewInt(1 << 53)

// distribution makes one of its two ends.
func distribution(kind string, ends []decimal) (*Distribution, error) {
	if len(ends) != 2 {
		return nil, fmt.Errorf("want %s", forms[kind])
	}
	low, err := ends[0].float()
	if err != nil {
		return nil, err
	}
	high, err := ends[1].float()
	if err != nil {
		return nil, err
	}
	d := &Distribution{Kind: kind, Low: low, High: high, Int: ends[0].whole && ends[1].whole}
	switch {
	case low > high:
		return nil, errors.New("the low end is above the high end")
	case kind == LogUniform && low <= 0:
		return nil, errors.New("the low end of a logarithmic distribution is not above 0")
	case d.Int && (ends[0].n.CmpAbs(maxWhole) > 0 || ends[1].n.CmpAbs(maxWhole) > 0):
		return nil, fmt.Errorf("whole numbers are drawn from -%d to %[1]d; write a point for others", maxWhole)
	case math.IsInf(high-low, 0):
		return nil, errors.New("the ends are too far apart")
	}
	return d, nil
}

// stream is a source of random numbers, the same for a seed and a name on every machine and with every version of Go:
// ChaCha8 has a specification, and what is made of its output is made here.
type stream struct{ source *rand.ChaCha8 }

func newStream(seed int64, name string) stream {
	key := binary.LittleEndian.AppendUint64([]byte("guild trials\x00"), uint64(seed))
	return stream{rand.NewChaCha8(sha256.Sum256(append(key, name...)))}
}

// below returns a whole number from 0 to n-1, each as likely. n is not 0.
func (s stream) below(n uint64) uint64 {
	for reject := -n % n; ; { // the part of 2^64 that n does not divide
		if high, low := bits.Mul64(s.source.Uint64(), n); low >= reject {
			return high
		}
	}
}

// fraction returns a number from 0 to 1, 1 excluded.
func (s stream) fraction() float64 { return float64(s.source.Uint64()>>11) / (1 << 53) }

// draw returns a value of the distribution. Floats have 12 digits, for machines differ in the last ones of a logarithm.
func (d *Distribution) draw(s stream) any {
	switch {
	case d.Int && d.Kind == LogUniform:
		v := math.Floor(rounded(exponential(s.fraction(), d.Low, d.High+1)))
		return int64(min(max(v, d.Low), d.High))
	case d.Int:
		return int64(d.Low) + int64(s.below(uint64(int64(d.High)-int64(d.Low))+1))
	case d.Kind == LogUniform:
		return min(max(rounded(exponential(s.fraction(), d.Low, d.High)), d.Low), d.High)
	default:
		part := float64(s.fraction() * (d.High - d.Low)) // rounded here: some machines would add in the same step
		return min(max(rounded(d.Low+part), d.Low), d.High)
	}
}

// exponential returns the number that lies at u between low and high on a logarithmic scale.
func exponential(u, low, high float64) float64 {
	part := float64(u * (math.Log(high) - math.Log(low)))
	return math.Exp(math.Log(low) + part)
}
