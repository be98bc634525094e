package summary

import (
	"slices"

	"weighbridge/bench/record"
)

// Parts are where an arm's response latency went: means in milliseconds over its
// answered prompts.
type Parts struct {
	// Response is the mean response latency, the sum of Means.
	Response float64
	// Means are the parts in the order in which a prompt lives through them, the
	// remainder last.
	Means []PartMean
	// Server is what the server reports of the last attempt by Server-Timing, by
	// entry, over the prompts whose answers report it.
	Server map[string]float64
}

// PartMean is one part's mean, named as in the record.
type PartMean struct {
	Name string
	MS   float64
}

// partsOf is nil where the record does not tell, or no prompt was answered.
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

// Mean is the mean of the named parts together, in ms.
func (p *Parts) Mean(names ...string) float64 {
	sum := 0.0
	for _, part := range p.Means {
		if slices.Contains(names, part.Name) {
			sum += part.MS
		}
	}
	return sum
}

// Remainder is the part that is shown even where there is none of it.
const Remainder = "remainder"

// PartNames are those that any arm had, in order, and the remainder; none where
// no arm's parts are known.
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
