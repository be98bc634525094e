package figures

import (
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/record"
)

// DifferentConditions are the conditions, such as the machine or the load, in which a run and
// its baselines differ although no axis says so. Each weakens every comparison with them.
func DifferentConditions(rec *record.Record, baselines []Run) []string {
	var out []string
	compare := func(what string, equal func(*record.Record) bool) {
		var names []string
		for _, b := range baselines {
			if !equal(b.Record) {
				names = append(names, "baseline "+b.Name)
			}
		}
		if len(names) > 0 {
			out = append(out, fmt.Sprintf("%s differs from this run's in %s", what, strings.Join(names, ", ")))
		}
	}
	compare("the machine or its Go", func(r *record.Record) bool { return r.Env == rec.Env })
	compare("the version of weighbridge", func(r *record.Record) bool { return r.Tool == rec.Tool })
	compare("the text of the scenario", func(r *record.Record) bool { return r.Scenario.Source == rec.Scenario.Source })
	compare("--set or --axis", func(r *record.Record) bool {
		return slices.Equal(r.Scenario.Set, rec.Scenario.Set) && slices.Equal(r.Scenario.Axis, rec.Scenario.Axis)
	})
	compare("the load of an arm", func(r *record.Record) bool { return equalLoads(r, rec) })
	compare("the order of arms", func(r *record.Record) bool { return r.Plan.Order == rec.Plan.Order })
	return out
}

// equalLoads says whether the arms that both records have were under the same load.
func equalLoads(a, b *record.Record) bool {
	for i := range a.Arms {
		for k := range b.Arms {
			if a.Arms[i].Name == b.Arms[k].Name && a.Arms[i].Load != b.Arms[k].Load {
				return false
			}
		}
	}
	return true
}
