package knowledge

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Decimal is an exact decimal number as printed: Unscaled / 10^Scale. The scale is kept, so that 65.0 stays "65.0".
type Decimal struct {
	Unscaled int64
	Scale    uint8 // digits after the point, at most 6
}

// Int gives a whole number as a Decimal.
func Int(n int) Decimal { return Decimal{Unscaled: int64(n)} }

// ParseDecimal reads a printed figure: digits with optional thousands commas, a point, and a trailing percent sign.
func ParseDecimal(s string) (Decimal, error) {
	text := strings.ReplaceAll(strings.TrimSuffix(strings.TrimSpace(s), "%"), ",", "")
	whole, frac, _ := strings.Cut(text, ".")
	const maxScale = 6
	if whole == "" || len(frac) > maxScale || strings.HasSuffix(text, ".") {
		return Decimal{}, fmt.Errorf("%q is not a figure", s)
	}
	n, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil {
		return Decimal{}, fmt.Errorf("%q is not a figure", s)
	}
	return Decimal{Unscaled: n, Scale: uint8(len(frac))}, nil
}

// String prints the number with all its digits and without thousands separators.
func (d Decimal) String() string {
	if d.Scale == 0 {
		return strconv.FormatInt(d.Unscaled, 10)
	}
	sign, n := "", d.Unscaled
	if n < 0 {
		sign, n = "-", -n
	}
	digits := fmt.Sprintf("%0*d", int(d.Scale)+1, n)
	cut := len(digits) - int(d.Scale)
	return sign + digits[:cut] + "." + digits[cut:]
}

// MarshalJSON writes the number as a JSON number with the printed digits.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(d.String()), nil }

// Float gives the nearest float64, for drawing charts; never for printing.
func (d Decimal) Float() float64 {
	f, _ := d.rat().Float64()
	return f
}

func (d Decimal) rescale(scale uint8) int64 {
	n := d.Unscaled
	for i := d.Scale; i < scale; i++ {
		n *= 10
	}
	return n
}

// Cmp compares two numbers by value.
func (d Decimal) Cmp(o Decimal) int {
	scale := max(d.Scale, o.Scale)
	a, b := d.rescale(scale), o.rescale(scale)
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Add gives the exact sum.
func (d Decimal) Add(o Decimal) Decimal {
	scale := max(d.Scale, o.Scale)
	return Decimal{d.rescale(scale) + o.rescale(scale), scale}
}

// Sub gives the exact difference.
func (d Decimal) Sub(o Decimal) Decimal { return d.Add(Decimal{-o.Unscaled, o.Scale}) }

// Abs gives the absolute value.
func (d Decimal) Abs() Decimal {
	if d.Unscaled < 0 {
		d.Unscaled = -d.Unscaled
	}
	return d
}

func (d Decimal) rat() *big.Rat {
	den := big.NewInt(1)
	for range d.Scale {
		den.Mul(den, big.NewInt(10))
	}
	return new(big.Rat).SetFrac(big.NewInt(d.Unscaled), den)
}

// roundRat rounds half away from zero to the given number of digits after the point; exact tells whether nothing was
// lost. Trailing zeros are dropped.
func roundRat(r *big.Rat, digits uint8) (d Decimal, exact bool) {
	text := r.FloatString(int(digits))
	d, err := ParseDecimal(strings.TrimPrefix(text, "-"))
	if err != nil {
		return Decimal{}, false
	}
	if strings.HasPrefix(text, "-") {
		d.Unscaled = -d.Unscaled
	}
	exact = d.rat().Cmp(r) == 0
	for d.Scale > 0 && d.Unscaled%10 == 0 {
		d.Unscaled /= 10
		d.Scale--
	}
	return d, exact
}
