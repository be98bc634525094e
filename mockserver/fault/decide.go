// Package fault holds what the mock does wrong, and what it costs: one file per
// fault, fault = file = config key.
package fault

import "hash/fnv"

// Stream draws a fault's decisions. A draw is a hash of (seed, fault, attempt,
// index): it depends on no other draw and on no order of goroutines.
type Stream uint64

// NewStream returns the stream of one fault, or of one part of a cost.
func NewStream(seed uint64, fault string) Stream {
	h := fnv.New64a()
	h.Write([]byte(fault)) // a hash never fails to write
	return Stream(mix(mix(seed+golden) ^ h.Sum64()))
}

// At is the draw for one attempt, even in [0, 1).
func (s Stream) At(attempt uint64) float64 { return s.AtIndex(attempt, 0) }

// AtIndex is the draw for one part of an attempt, such as a prompt of a batch, even in [0, 1).
func (s Stream) AtIndex(attempt uint64, index int) float64 {
	// The upper 53 bits are as many as a float64 holds.
	return float64(s.Bits(attempt, index)>>11) / (1 << 53)
}

// Bits are the 64 bits that the draw is made of.
func (s Stream) Bits(attempt uint64, index int) uint64 {
	return mix(mix(uint64(s)^mix(attempt+golden)) + golden*uint64(index+1))
}

// golden is 2^64 over the golden ratio, SplitMix64's increment.
const golden = 0x9e3779b97f4a7c15

// mix is the finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable
// Pseudorandom Number Generators, 2014; the constants are Stafford's variant 13).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
