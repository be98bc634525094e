package summary

import (
	"slices"

	"weighbridge/bench/record"
)

// Parts says where an arm's response latency went: means in milliseconds over its
// answered prompts.
type Parts struct {
	// Response is the mean response latency, the sum of Means.
	Response float64 `json:"response_ms"`
	// Means holds the parts in the order in which a prompt goes through them, the
	// remainder last.
	Means []PartMean `json:"means"`
	// Server holds what the server reports about the last attempt by Server-Timing, by
	// entry: means over the prompts whose answers have the entry.
	Server map[string]float64 `json:"server_ms"`
}

// PartMean is one part's mean, named as in the record.
type PartMean struct {
	Name string  `json:"part"`
	MS   float64 `json:"mean_ms"`
}

// partsOf returns nil if the record has no parts, or no prompt was answered.
func partsOf(blocks []*record.Slice) *Parts {
	var sums record.Parts
	prompts := uint64(0)
	for _, s := range blocks {
		if s.Parts != nil {
			sums.Merge(s.Parts)
			prompts += s.Answered
		}
	}
	if prompts == 0 {
		return nil
	}
	out := &Parts{Server: map[string]float64{}}
	for _, part := range sums.All() {
		mean := part.TotalMS / float64(prompts)
		out.Response += mean
		out.Means = append(out.Means, PartMean{part.Name, mean})
	}
	for name, sum := range sums.Server {
		out.Server[name] = sum.TotalMS / float64(sum.Count)
	}
	return out
}

// Mean returns the sum of the means of the named parts, in ms.
func (p *Parts) Mean(names ...string) float64 {
	sum := 0.0
	for _, part := range p.Means {
		if slices.Contains(names, part.Name) {
			sum += part.MS
		}
	}
	return sum
}

// Remainder is the part that is always shown, even if it is 0.
const Remainder = "remainder"

// PartNames returns the parts that some arm has, in order, and the remainder; none if no
// arm's parts are known.
func PartNames(arms []Arm) []string {
	var names []string
	known := slices.DeleteFunc(slices.Clone(arms), func(a Arm) bool { return a.Parts == nil })
	for _, part := range new(record.Parts).All() {
		had := slices.ContainsFunc(known, func(a Arm) bool { return a.Parts.Mean(part.Name) != 0 })
		if had || part.Name == Remainder && len(known) > 0 {
			names = append(names, part.Name)
		}
	}
	return names
}
