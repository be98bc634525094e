// Package fault holds the faults that the mock injects, its rate limits and its latency
// model. There is one file per fault, named like its config key.
package fault

import "hash/fnv"

// RandomSource makes the random decisions of one fault. A number is a hash of (seed,
// fault, attempt, index): it depends neither on other numbers nor on the order of
// goroutines.
type RandomSource uint64

// NewRandomSource returns the random source of one fault, or of one part of the latency.
func NewRandomSource(seed uint64, fault string) RandomSource {
	h := fnv.New64a()
	h.Write([]byte(fault)) // never fails
	return RandomSource(mix(mix(seed+golden) ^ h.Sum64()))
}

// At returns the number for an attempt, uniform in [0, 1).
func (s RandomSource) At(attempt uint64) float64 { return s.AtIndex(attempt, 0) }

// AtIndex returns the number for one part of an attempt, such as a prompt of a batch,
// uniform in [0, 1).
func (s RandomSource) AtIndex(attempt uint64, index int) float64 {
	// A float64 holds 53 bits.
	return float64(s.Bits(attempt, index)>>11) / (1 << 53)
}

// Bits returns the 64 random bits from which AtIndex makes a number.
func (s RandomSource) Bits(attempt uint64, index int) uint64 {
	return mix(mix(uint64(s)^mix(attempt+golden)) + golden*uint64(index+1))
}

// golden is 2⁶⁴ divided by the golden ratio, SplitMix64's increment.
const golden = 0x9e3779b97f4a7c15

// mix is the finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable
// Pseudorandom Number Generators, 2014; the constants are Stafford's variant 13).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
