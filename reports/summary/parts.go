package summary

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/bench/record/byregion"
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

// Region is what an arm sent to one region, in the slices that its latencies come from. Dark, of the
// whole run, is by the mock's ledger; nil without one.
type Region struct {
	Name     string `json:"region"`
	Attempts uint64 `json:"attempts"`
	Answered uint64 `json:"answered"`
	// Moved is the attempts that were retries of one in another region.
	Moved uint64 `json:"moved"`
	// Share is the region's share of the arm's attempts, and MeanMS the mean time from sent to last byte
	// over the answered ones; nil if none was.
	Share  float64  `json:"share"`
	MeanMS *float64 `json:"mean_ms"`
	Dark   *uint64  `json:"dark"`
	// Sessions is the answers by what they told of the state of their session; nil without sessions.
	Sessions map[string]uint64 `json:"sessions,omitempty"`
}

// RegionsOf returns the regions of an arm, by name; none without regions.
func RegionsOf(arm *record.Arm) (all []Region) {
	var sums byregion.Regions
	for i := range arm.Blocks {
		if s := arm.Main(&arm.Blocks[i]); s != nil && arm.Blocks[i].Complete {
			sums.Merge(s.Regions)
		}
	}
	attempts := uint64(0)
	for _, r := range sums {
		attempts += r.Attempts
	}
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		r := sums[name]
		one := Region{Name: name, Attempts: r.Attempts, Answered: r.Answered, Moved: r.Moved, Share: float64(r.Attempts) / float64(attempts), Sessions: r.Sessions}
		if r.Answered > 0 {
			one.MeanMS = new(float64(r.TookUS) / float64(r.Answered) / 1000)
		}
		if arm.Ledger != nil {
			if l, known := arm.Ledger.Regions[name]; known {
				one.Dark = new(l.Dark)
			}
		}
		all = append(all, one)
	}
	return all
}

// Caches is an arm's answered prompts by the cache that answered them.
type Caches struct {
	// Client is the prompts that the client's own cache answered, without a request, of which Waited
	// waited for the answer to an equal request; Edge those that a cache between client and server
	// answered, and Server those that no cache did.
	Client uint64 `json:"client"`
	Waited uint64 `json:"waited"`
	Edge   uint64 `json:"edge"`
	Server uint64 `json:"server"`
	// ClientMS, EdgeMS and ServerMS are their response latencies; nil if there were none.
	ClientMS *Latency `json:"client_ms"`
	EdgeMS   *Latency `json:"edge_ms"`
	ServerMS *Latency `json:"server_ms"`
	// Current and Stale are the prompts whose answer had the server's content of the moment, or an
	// older one; of the others that is not known.
	Current uint64 `json:"current"`
	Stale   uint64 `json:"stale"`
	// ClientSaved and EdgeSaved are what the answers of caches would have taken, as they report it.
	ClientSaved Saved `json:"client_saved"`
	EdgeSaved   Saved `json:"edge_saved"`
}

// Saved is tokens that were not billed again, and their price; nil if that is not known.
type Saved struct {
	Input  uint64   `json:"input_tokens"`
	Output uint64   `json:"output_tokens"`
	USD    *float64 `json:"usd"`
}

func savedOf(price *record.Price, t record.Tokens) Saved {
	s := Saved{Input: t.Input, Output: t.Output}
	if price != nil && t != (record.Tokens{}) {
		s.USD = new(price.Cost(t))
	}
	return s
}

// cachesOf returns nil if no cache tells.
func cachesOf(arm *record.Arm, main *record.Slice) *Caches {
	c := main.Caches
	if c == nil {
		return nil
	}
	return &Caches{
		Client: c.Client, Waited: c.Waited, Edge: c.Edge, Server: c.Server,
		ClientMS: latency(main.FromClient), EdgeMS: latency(main.FromEdge), ServerMS: latency(main.FromServer),
		Current: c.Current, Stale: c.Stale,
		ClientSaved: savedOf(arm.Price, c.ClientSaved), EdgeSaved: savedOf(arm.Price, c.EdgeSaved),
	}
}

// warning says which figures have the prompts that caches answered; "" if none did.
func (c *Caches) warning() string {
	if c == nil || c.Client+c.Edge == 0 {
		return ""
	}
	share := func(n uint64) float64 { return 100 * float64(n) / float64(c.Client+c.Edge+c.Server) }
	var by []string
	if c.Client > 0 {
		by = append(by, fmt.Sprintf("%.3g%% by the client's own cache, which are in no figure of requests or service latency", share(c.Client)))
	}
	if c.Edge > 0 {
		by = append(by, fmt.Sprintf("%.3g%% by a cache on the way, as their headers say", share(c.Edge)))
	}
	return "caches answered prompts (" + strings.Join(by, "; ") + "): response latency and TPS include them"
}
