package scenarios

import (
	"fmt"
	"maps"
	"reflect"
	"time"

	"weighbridge/scenarios/tree"
)

// Arms are the scenario's arms: one for every combination of levels, the last axis
// turning fastest; one without axes. Parse expands at least 1 and at most 256 of them,
// once: every call returns the same arms, which nobody may change.
func (s *Scenario) Arms() []Arm { return s.arms }

// Expand makes the arms anew. Whoever changes a field of a scenario calls it before Arms.
// Arms share no memory with each other or with the scenario.
func (s *Scenario) Expand() { s.expand(tree.Places{}) }

// expansion is what making the arms found out about them.
type expansion struct {
	// places says of each arm where its values stand.
	places []tree.Places
	// problems are what is wrong with the patches.
	problems tree.Problems
}

// expand makes the arms; base says where the scenario's own values stand. Axes that make
// too many arms or none, which reading the matrix reports, leave the scenario without.
func (s *Scenario) expand(base tree.Places) *expansion {
	var x expansion
	s.arms = nil
	arms := s.Matrix.arms()
	if arms > maxArms {
		return &x
	}
	s.arms, x.places = make([]Arm, arms), make([]tree.Places, arms)
	for i := range s.arms {
		x.places[i] = maps.Clone(base)
		s.arms[i] = s.arm(i, s.decoder(x.places[i], &x.problems))
	}
	return &x
}

// arm is the i-th arm; what is wrong with its patches is told to d.
func (s *Scenario) arm(i int, d *tree.Decoder) Arm {
	levels := s.Matrix.levels(i)
	arm := Arm{
		Index:   i,
		Name:    armName(s.Matrix, levels),
		Levels:  make(map[string]string, len(levels)),
		Target:  tree.Clone(s.Target),
		Prompts: tree.Clone(s.Prompts),
		Client:  tree.Clone(s.Client),
		Load:    tree.Clone(s.Load),
		Mock:    tree.Clone(s.Mock),
	}
	for axis, level := range levels {
		arm.Levels[s.Matrix[axis].Name] = level.Name
		for _, patch := range level.Patches {
			patch.Apply(&arm, d)
		}
	}
	s.fill(&arm)
	return arm
}

// arms is how many arms the axes make; 0 where an axis has no level.
func (m Matrix) arms() int {
	n := 1
	for _, axis := range m {
		n *= len(axis.Levels)
	}
	return n
}

// levels is the i-th arm's level of every axis.
func (m Matrix) levels(i int) []Level {
	levels := make([]Level, len(m))
	for axis := len(m) - 1; axis >= 0; axis-- {
		choices := m[axis].Levels
		levels[axis] = choices[i%len(choices)]
		i /= len(choices)
	}
	return levels
}

// Warnings are doubts about a scenario that is not wrong: levels of an axis
// that make the same arms, which compares an arm with itself.
func (s *Scenario) Warnings() []string {
	var warnings []string
	arms := s.Arms()
	stride := len(arms)
	for _, axis := range s.Matrix {
		stride /= len(axis.Levels)
		for head := range axis.Levels {
			for base := range head {
				if sameArms(arms, stride, len(axis.Levels), base, head) {
					warnings = append(warnings, fmt.Sprintf("axis %s: the levels %s and %s make the same arms",
						axis.Name, axis.Levels[base].Name, axis.Levels[head].Name))
				}
			}
		}
	}
	return warnings
}

// sameArms reports whether every arm at level base of an axis equals the one at
// level head that differs from it in nothing else. Arms stride apart are at
// neighbouring levels of the axis.
func sameArms(arms []Arm, stride, levels, base, head int) bool {
	for i, arm := range arms {
		if i/stride%levels == base && !equal(arm, arms[i+(head-base)*stride]) {
			return false
		}
	}
	return true
}

// equal compares what arms do, not what they are called.
func equal(a, b Arm) bool {
	b.Index, b.Name, b.Levels = a.Index, a.Name, a.Levels
	return reflect.DeepEqual(a, b)
}

// The bounds of the short run.
const (
	quickBlocks = 3
	quickWarmup = time.Second
	quickOpen   = time.Second
	quickClosed = 200 * time.Millisecond
	// Of a search for capacity.
	quickStep      = 500 * time.Millisecond
	quickConfirm   = 1
	quickPrecision = 0.1
)

// Quick turns s into the short run: 3 blocks, a warm-up and open slices of at
// most 1 s, closed slices of at most 200 ms, a search for capacity in probes of at most
// 500 ms to a precision of 10%. Arms keep durations that their own levels set.
func (s *Scenario) Quick() {
	s.quick = true
	s.Experiment.Blocks, s.Experiment.MaxBlocks = quickBlocks, quickBlocks
	s.Load.Warmup = min(s.Load.Warmup, quickWarmup)
	if s.Load.Open != nil {
		s.Load.Open.Duration = min(s.Load.Open.Duration, quickOpen)
	}
	if s.Load.Closed != nil {
		s.Load.Closed.Duration = min(s.Load.Closed.Duration, quickClosed)
	}
	if s.Load.Capacity != nil {
		s.Load.Capacity.shorten()
	}
	s.Expand()
}
