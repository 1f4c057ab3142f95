package trials

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
)

// span returns the values from start to end by step: int64 if all three are whole, else float64. closed: end is one of
// them if the steps meet it.
func (r *reader) span(start, end, step decimal, closed bool) ([]any, error) {
	n, denominator := align(start, end, step)
	if n[2].Sign() == 0 {
		return nil, errors.New("the step is 0")
	}
	count := new(big.Int)
	way := new(big.Int).Sub(n[1], n[0])
	if way.Sign()*n[2].Sign() >= 0 {
		rest := new(big.Int)
		count.QuoRem(way.Abs(way), new(big.Int).Abs(n[2]), rest)
		if closed || rest.Sign() > 0 {
			count.Add(count, big.NewInt(1))
		}
	}
	if err := r.take(count); err != nil {
		return nil, err
	}
	if start.whole && end.whole && step.whole {
		return wholeNumbers(n[0], n[2], int(count.Int64()))
	}
	return fractions(n[0], n[2], denominator, int(count.Int64()))
}

func wholeNumbers(first, step *big.Int, count int) ([]any, error) {
	values := make([]any, 0, count)
	if count == 0 {
		return values, nil
	}
	last := new(big.Int).Mul(step, big.NewInt(int64(count-1)))
	last.Add(last, first)
	for _, end := range []*big.Int{first, last} {
		if !end.IsInt64() {
			return nil, fmt.Errorf("%s is outside the range of 64-bit integers", end)
		}
	}
	v := first.Int64()
	for range count {
		values = append(values, v)
		v += step.Int64() // may wrap after the last, whatever the step
	}
	return values, nil
}

// fractions returns (first + i*step) / denominator.
func fractions(first, step, denominator *big.Int, count int) ([]any, error) {
	values := make([]any, 0, count)
	n := new(big.Int).Set(first)
	for range count {
		f, err := quotient(n, denominator)
		if err != nil {
			return nil, err
		}
		values = append(values, f)
		n.Add(n, step)
	}
	return values, nil
}

// even returns n numbers from start to end in equal steps, as (first + i*step) / denominator.
func even(start, end decimal, n int) (first, step, denominator *big.Int) {
	over, denominator := align(start, end)
	gaps := big.NewInt(int64(max(n-1, 1)))
	first = new(big.Int).Mul(over[0], gaps)
	return first, new(big.Int).Sub(over[1], over[0]), denominator.Mul(denominator, gaps)
}

func linspace(start, end decimal, n int) ([]any, error) {
	first, step, denominator := even(start, end, n)
	return fractions(first, step, denominator, n)
}

// logspace returns the powers of base with exponents from start to end. Those with a whole exponent are exact; the others
// have 12 digits, for machines differ in the last ones.
func logspace(start, end decimal, n int, base decimal) ([]any, error) {
	if base.n.Sign() <= 0 {
		return nil, errors.New("the base is not above 0")
	}
	b, err := base.float()
	if err != nil {
		return nil, err
	}
	values := make([]any, 0, n)
	e, step, denominator := even(start, end, n)
	for i := range n {
		if i > 0 && step.Sign() == 0 {
			values = append(values, values[0])
			continue
		}
		v, err := power(base, b, e, denominator)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		e.Add(e, step)
	}
	return values, nil
}

// power returns base to the power of e / denominator; b is base too.
func power(base decimal, b float64, e, denominator *big.Int) (v float64, err error) {
	whole, rest := new(big.Int).QuoRem(e, denominator, new(big.Int))
	if rest.Sign() == 0 && whole.IsInt64() && max(whole.Int64(), -whole.Int64()) <= maxExponent {
		k := new(big.Int).Abs(whole)
		over, under := new(big.Int).Exp(base.n, k, nil), new(big.Int).Exp(pow10(base.scale), k, nil)
		if whole.Sign() < 0 {
			over, under = under, over
		}
		v, err = quotient(over, under)
	} else {
		var exponent float64
		if exponent, err = quotient(e, denominator); err == nil {
			v = rounded(math.Pow(b, exponent))
		}
	}
	if err == nil && (v == 0 || math.IsInf(v, 0)) {
		err = errors.New("a value is outside the range of 64-bit floats")
	}
	return v, err
}

// rounded keeps 12 digits.
func rounded(f float64) float64 {
	short, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 12, 64), 64)
	if err != nil {
		return f // infinite, or nearly
	}
	return short
}
