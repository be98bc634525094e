package figures

import (
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/record"
)

// DifferentConditions are what a run and its baselines differ in that no axis declares: the
// machine, the scenario, the load. Each weakens every comparison with them.
func DifferentConditions(rec *record.Record, baselines []Run) []string {
	var out []string
	say := func(what string, differing []string) {
		if len(differing) > 0 {
			out = append(out, fmt.Sprintf("%s differs from this run's in %s", what, strings.Join(differing, ", ")))
		}
	}
	differ := func(same func(*record.Record) bool) []string {
		var names []string
		for _, b := range baselines {
			if !same(b.Record) {
				names = append(names, "baseline "+b.Name)
			}
		}
		return names
	}
	say("the machine or its Go", differ(func(r *record.Record) bool { return r.Env == rec.Env }))
	say("the version of weighbridge", differ(func(r *record.Record) bool { return r.Tool == rec.Tool }))
	say("the text of the scenario", differ(func(r *record.Record) bool { return r.Scenario.Source == rec.Scenario.Source }))
	say("--set or --axis", differ(func(r *record.Record) bool {
		return slices.Equal(r.Scenario.Set, rec.Scenario.Set) && slices.Equal(r.Scenario.Axis, rec.Scenario.Axis)
	}))
	say("the load of an arm", differ(func(r *record.Record) bool { return sameLoads(r, rec) }))
	say("the order of arms", differ(func(r *record.Record) bool { return r.Plan.Order == rec.Plan.Order }))
	return out
}

// sameLoads compares the loads of the arms that both have.
func sameLoads(a, b *record.Record) bool {
	for i := range a.Arms {
		for k := range b.Arms {
			if a.Arms[i].Name == b.Arms[k].Name && a.Arms[i].Load != b.Arms[k].Load {
				return false
			}
		}
	}
	return true
}
