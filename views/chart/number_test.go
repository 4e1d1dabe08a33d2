package chart

import (
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// Coordinates are written as strconv writes tenths.
func TestCoordinatesAreTenths(t *testing.T) {
	agree := func(f float64) bool {
		d := &drawing{}
		d.number(f)
		return string(d.buf) == strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64)
	}
	for _, f := range []float64{0, math.Copysign(0, -1), -0.04, 0.05, 0.1, -0.1, 10, -12.34, 99.95, 1e13, -1e13, 1e14, 1e300, math.Inf(1), math.NaN()} {
		if !agree(f) {
			t.Errorf("%g is written otherwise", f)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		if f := rapid.Float64Range(-5000, 5000).Draw(t, "f"); !agree(f) {
			t.Fatalf("%g is written otherwise", f)
		}
	})
}
