package summary

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/ratelimit"
	"weighbridge/reports/format"
)

// RateLimit is a rate limit of an arm's server, as the answers of its measured slices told of it.
// What they did not say is nil.
type RateLimit struct {
	// Name is the name of its headers, without limit, remaining and reset.
	Name string `json:"name"`
	// Limit is how many there may be, by the answer that told last.
	Limit *uint64 `json:"limit"`
	// LeastRemaining is the least that was left of it, LeastAtMS when, in ms after the start of the
	// run, and Headroom the share of the limit that this was, 0…1.
	LeastRemaining *uint64  `json:"least_remaining"`
	LeastAtMS      *float64 `json:"least_at_ms"`
	Headroom       *float64 `json:"headroom"`
	// LastRemaining is what was left by the answer that told last, and ResetMS in how many ms the
	// limit was whole again then.
	LastRemaining *uint64  `json:"last_remaining"`
	ResetMS       *float64 `json:"reset_ms"`
	// Refused is the number of answers with status 429 that it refused, as far as they tell.
	Refused uint64 `json:"refused"`
}

// Limits is what answers told of rate limits, and how the load was held back to keep to them.
type Limits struct {
	// RateLimits is what answers told of the server's rate limits, by name; empty if none did.
	RateLimits []RateLimit `json:"rate_limits"`
	// LimitWait is how long requests were held back to keep to rate limits (load.respect_limits); nil
	// if no limits were kept to. HeldBy counts the requests held back, by limit, and HeldBack the
	// NeverSent prompts that were held back to the end.
	LimitWait *Latency          `json:"limit_wait_ms"`
	HeldBy    map[string]uint64 `json:"held_by"`
	HeldBack  uint64            `json:"held_back"`
}

func limitsOf(arm *record.Arm, main *record.Slice) Limits {
	return Limits{RateLimits: rateLimits(arm), LimitWait: latency(main.LimitWait), HeldBy: counted(main.HeldBy), HeldBack: main.HeldBack}
}

// rateLimits returns the rate limits of an arm's server by name; none if no answer told of any.
func rateLimits(arm *record.Arm) []RateLimit {
	all := allSlices(arm)
	out := []RateLimit{}
	for _, l := range all.RateLimits {
		one := RateLimit{
			Name: l.Name, Limit: l.Last.Limit, LastRemaining: l.Last.Remaining, ResetMS: l.Last.ResetMS,
			Headroom: l.Headroom(), Refused: all.Refused[l.Name],
		}
		if l.Least != nil {
			one.LeastRemaining, one.LeastAtMS = l.Least.Remaining, &l.Least.AtMS
		}
		out = append(out, one)
	}
	return out
}

// allSlices merges what the measured slices of an arm, open and closed, tell of rate limits.
func allSlices(arm *record.Arm) *record.Slice {
	all := &record.Slice{}
	for _, b := range arm.Blocks {
		for _, s := range []*record.Slice{b.Open, b.Closed} {
			if s != nil {
				all.Merge(&record.Slice{RateLimits: s.RateLimits, Refused: s.Refused})
			}
		}
	}
	return all
}

// refusedWarnings say which rate limits refused requests: what is measured then is the limit.
func refusedWarnings(arm *record.Arm) []string {
	refused := allSlices(arm).Refused
	var out []string
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		if name != ratelimit.Unknown {
			out = append(out, fmt.Sprintf("the rate limit %s refused %s (429): TPS and errors are those of this limit", name, answers(refused[name])))
		}
	}
	return out
}

func answers(n uint64) string {
	if n == 1 {
		return "1 attempt"
	}
	return format.Count(n) + " attempts"
}

// heldWarnings say for how long rate limits held an arm's requests back.
func heldWarnings(arm Arm) []string {
	var by []string
	held := uint64(0)
	for _, name := range slices.Sorted(maps.Keys(arm.HeldBy)) {
		held += arm.HeldBy[name]
		by = append(by, name+" "+format.Count(arm.HeldBy[name]))
	}
	if held == 0 {
		return nil
	}
	longest := arm.main.LimitWait.Quantile(1).Round(time.Millisecond)
	out := []string{fmt.Sprintf("%s of %s requests were held back to keep to rate limits, for up to %v, which is part of the response latency (limit_wait): %s",
		format.Count(held), format.Count(arm.main.LimitWait.Count()), longest, strings.Join(by, ", "))}
	if arm.HeldBack > 0 {
		out = append(out, fmt.Sprintf("%s of %s prompts were held back to the end and never sent: no latency includes them, and they are the ones that waited longest",
			format.Count(arm.HeldBack), format.Count(arm.Due)))
	}
	return out
}
