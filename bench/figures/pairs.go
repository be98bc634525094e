package figures

import (
	"maps"

	"weighbridge/bench/record"
	"weighbridge/scenarios/metric"
)

// Pair is two arms of a record that differ only in the levels of the axes compared.
type Pair struct {
	Base, Head *record.Arm
	// Others are the levels of the other axes.
	Others map[string]string
}

// PairsOf pairs each arm at the base level of an axis with the arm that differs from it only
// by having the head level. They are in the order of the record's arms.
func PairsOf(rec *record.Record, axis, base, head string) []Pair {
	return PairsBetween(rec, map[string]string{axis: base}, map[string]string{axis: head})
}

// PairsBetween pairs each arm that has all of the base levels with the arm that differs from
// it only by having the head levels, which are of the same axes.
func PairsBetween(rec *record.Record, base, head map[string]string) []Pair {
	var pairs []Pair
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		if !hasLevels(arm, base) {
			continue
		}
		want, others := maps.Clone(arm.Levels), maps.Clone(arm.Levels)
		for axis, level := range head {
			want[axis] = level
			delete(others, axis)
		}
		for j := range rec.Arms {
			if maps.Equal(rec.Arms[j].Levels, want) {
				pairs = append(pairs, Pair{arm, &rec.Arms[j], others})
			}
		}
	}
	return pairs
}

// ArmAt is the arm that has all of the levels; nil if there is none or if there are several.
func ArmAt(rec *record.Record, levels map[string]string) (found *record.Arm) {
	for i := range rec.Arms {
		switch {
		case !hasLevels(&rec.Arms[i], levels):
		case found != nil:
			return nil
		default:
			found = &rec.Arms[i]
		}
	}
	return found
}

func hasLevels(arm *record.Arm, levels map[string]string) bool {
	for axis, level := range levels {
		if arm.Levels[axis] != level {
			return false
		}
	}
	return true
}

// Arms are all the arms of the pairs, each base before its head.
func Arms(pairs []Pair) []*record.Arm {
	var out []*record.Arm
	for _, p := range pairs {
		out = append(out, p.Base, p.Head)
	}
	return out
}

func bases(pairs []Pair) []*record.Arm {
	var out []*record.Arm
	for _, p := range pairs {
		out = append(out, p.Base)
	}
	return out
}

func heads(pairs []Pair) []*record.Arm {
	var out []*record.Arm
	for _, p := range pairs {
		out = append(out, p.Head)
	}
	return out
}

// streamed returns the pairs in which both arms measured a latency of streams, such as TTFT.
func streamed(pairs []Pair, of metric.Latency) (both []Pair) {
	for _, p := range pairs {
		if streams(p.Base, of) && streams(p.Head, of) {
			both = append(both, p)
		}
	}
	return both
}

// streams says whether a complete block of the arm has the latency.
func streams(arm *record.Arm, of metric.Latency) bool {
	return len(sharedBlocks([]*record.Arm{arm}, mainSlice, hasAny(of))) > 0
}
