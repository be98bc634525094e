package recordtest

import (
	"maps"
	"strings"
	"time"

	"weighbridge/bench/record"
)

// Base is the record of a complete and valid run in concurrent order, with an arm for each
// combination of levels, but without any block.
func Base(scenario record.Scenario, axes []record.Axis, blocks int) *record.Record {
	started := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	return &record.Record{
		Schema: record.Schema, Tool: "v0.1.0", Scenario: scenario,
		Started: started, Ended: started.Add(100 * time.Second), Complete: true,
		Env:  record.Env{Go: "go1.26.8", OS: "linux", Arch: "amd64", CPU: "Example CPU @ 2.60GHz", CPUs: 2, Kernel: "6.1"},
		Plan: record.Plan{Order: record.Concurrent, Blocks: blocks, Seed: 1, WarmupMS: 2000},
		Axes: axes, Arms: arms(axes), Invalid: []string{}, Warnings: []string{},
	}
}

// arms has one for each combination of levels, the last axis varying fastest.
func arms(axes []record.Axis) []record.Arm {
	all := []map[string]string{{}}
	for _, axis := range axes {
		var next []map[string]string
		for _, levels := range all {
			for _, level := range axis.Levels {
				longer := maps.Clone(levels)
				longer[axis.Name] = level
				next = append(next, longer)
			}
		}
		all = next
	}
	out := make([]record.Arm, len(all))
	for i, levels := range all {
		out[i] = record.Arm{Name: armName(axes, levels), Levels: levels, Protocol: "HTTP/1.1"}
	}
	return out
}

func armName(axes []record.Axis, levels map[string]string) string {
	if len(axes) == 0 {
		return "all"
	}
	var parts []string
	for _, axis := range axes {
		parts = append(parts, axis.Name+"="+levels[axis.Name])
	}
	return strings.Join(parts, ",")
}
