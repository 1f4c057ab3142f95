package trials

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// decimal is n / 10^scale, exactly as it was written.
type decimal struct {
	n     *big.Int
	scale int  // not negative
	whole bool // written without point and exponent
}

// Bounds of a number's text and of its power of ten, so that exact arithmetic stays cheap. A float64 ends at 1e308.
const (
	maxDigits   = 64
	maxExponent = 400
)

// parseDecimal reads a number of digits, with sign, point and exponent.
func parseDecimal(text string) (decimal, error) {
	s := strings.TrimSpace(text)
	bad := fmt.Errorf("%s is not a number", show(s))
	if len(s) > maxDigits {
		return decimal{}, fmt.Errorf("number %s is too long", show(s))
	}
	digits, exponent, hasExponent := s, 0, false
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, err := strconv.Atoi(s[i+1:])
		if err != nil {
			return decimal{}, bad
		}
		digits, exponent, hasExponent = s[:i], e, true
	}
	before, after, hasPoint := strings.Cut(digits, ".")
	unsigned := strings.TrimPrefix(strings.TrimPrefix(before, "+"), "-")
	if len(before)-len(unsigned) > 1 || unsigned+after == "" || strings.Trim(unsigned+after, "0123456789") != "" {
		return decimal{}, bad
	}
	if exponent < -maxExponent || exponent > maxExponent {
		return decimal{}, fmt.Errorf("number %s is too small or too big", s)
	}
	n, ok := new(big.Int).SetString(before+after, 10)
	if !ok {
		return decimal{}, bad
	}
	d := decimal{n: n, scale: len(after) - exponent, whole: !hasPoint && !hasExponent}
	if d.scale < 0 {
		d.n.Mul(d.n, pow10(-d.scale))
		d.scale = 0
	}
	return d, nil
}

func parseDecimals(parts []string) ([]decimal, error) {
	list := make([]decimal, len(parts))
	for i, part := range parts {
		var err error
		if list[i], err = parseDecimal(part); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// float returns the nearest float64.
func (d decimal) float() (float64, error) { return quotient(d.n, pow10(d.scale)) }

// quotient returns the float64 nearest to a / b.
func quotient(a, b *big.Int) (float64, error) {
	if exactFloat(a) && exactFloat(b) {
		return float64(a.Int64()) / float64(b.Int64()), nil // one operation on exact values is rounded once
	}
	r := new(big.Rat).SetFrac(a, b)
	f, _ := r.Float64()
	if math.IsInf(f, 0) {
		return 0, fmt.Errorf("a value is outside the range of 64-bit floats")
	}
	return f, nil
}

// exactFloat reports whether n is a float64 without rounding.
func exactFloat(n *big.Int) bool { return n.BitLen() <= 53 }

// align returns the numbers over one denominator.
func align(list ...decimal) (over []*big.Int, denominator *big.Int) {
	scale := 0
	for _, d := range list {
		scale = max(scale, d.scale)
	}
	for _, d := range list {
		over = append(over, new(big.Int).Mul(d.n, pow10(scale-d.scale)))
	}
	return over, pow10(scale)
}
