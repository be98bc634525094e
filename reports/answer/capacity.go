package answer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
)

// eachCapacity is up to how many arms the capacity of each is said; of more only the lowest and the
// highest.
const eachCapacity = 3

// capacities say the bracket of each arm's capacity and what gave way, and compare the levels of
// each axis with its first, the other axes pooled.
func capacities(rec *record.Record) []string {
	var searched []*record.Arm
	for i := range rec.Arms {
		if rec.Arms[i].Capacity != nil {
			searched = append(searched, &rec.Arms[i])
		}
	}
	n := len(searched)
	if n > eachCapacity {
		slices.SortStableFunc(searched, func(a, b *record.Arm) int { return cmp.Compare(a.Capacity.HeldPerS, b.Capacity.HeldPerS) })
		searched = []*record.Arm{searched[0], searched[n-1]}
	}
	var out []string
	for i, arm := range searched {
		name := arm.Name
		switch {
		case n > eachCapacity && i == 0:
			name = fmt.Sprintf("lowest of %d arms, %s", n, name)
		case n > eachCapacity:
			name = fmt.Sprintf("highest of %d arms, %s", n, name)
		}
		out = append(out, "Capacity, "+name+": "+bracket(arm.Capacity)+".")
	}
	return append(out, capacityRatios(rec)...)
}

// bracket says which rate held, which did not, and what gave way there.
func bracket(c *record.Capacity) string {
	held, failed := format.PerSecond(&c.HeldPerS), format.PerSecond(&c.FailedPerS)
	why := WhyNotHigher(c)
	switch {
	case c.TooShort != "" || summary.BoundOf(c) == summary.Unbounded:
		return why
	case c.HeldPerS == 0:
		return "under " + failed + " prompts/s: " + why
	case c.FailedPerS == 0:
		return "at least " + held + " prompts/s: " + why
	case summary.BoundOf(c) == summary.AtLeast:
		return fmt.Sprintf("at least %s prompts/s; at %s the generator was the limit: %s", held, failed, strings.TrimSuffix(why, ": the generator was the limit"))
	}
	return fmt.Sprintf("%s prompts/s held, %s did not: %s", held, failed, why)
}

// WhyNotHigher says why no higher rate held, and what weakens the search.
func WhyNotHigher(c *record.Capacity) string {
	said := "nothing failed up to " + format.Significant(c.ToPerS, 4) + "/s"
	for _, p := range c.Probes {
		if p.RatePerS == c.FailedPerS && !p.Held {
			said = p.WhyNot
		}
	}
	switch {
	case c.TooShort != "":
		return "not searched for: " + c.TooShort
	case !c.Complete:
		return "cut short after " + format.Plural(len(c.Probes), "probe")
	case !c.Confirmed:
		return "NOT CONFIRMED, the probes disagree: " + said
	}
	return said
}

// capacityRatios compare the capacity of each level of an axis with that of its first. There are
// none unless the capacity of every arm is known.
func capacityRatios(rec *record.Record) []string {
	var out []string
	for _, axis := range rec.Axes {
		for _, head := range axis.Levels[min(1, len(axis.Levels)):] {
			if ratio, known := summary.CapacityRatio(rec, axis, head); known {
				out = append(out, fmt.Sprintf("%s: the capacity of %s is %s× that of %s (by search: no interval).", axis.Name, head, format.Significant(ratio, 3), axis.Levels[0]))
			}
		}
	}
	return out
}
