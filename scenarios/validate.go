package scenarios

import (
	"regexp"

	"weighbridge/scenarios/tree"
	"weighbridge/target"
)

var namePattern = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// reporter records an error about the value at a path.
type reporter func(path, format string, args ...any)

func reporterAt(at tree.Positions, p *tree.Problems) reporter {
	return func(path, format string, args ...any) { p.Add(at.Of(path), path, format, args...) }
}

// validate checks the scenario, then each arm, for errors that single values do not show. Arms
// are not checked if anything else is wrong, because they would repeat it.
func (s *Scenario) validate(at tree.Positions, arms *expansion, p *tree.Problems) {
	report := reporterAt(at, p)
	switch {
	case s.Name == "":
		report("name", "missing: expected 1 to 64 of a-z, 0-9 and -")
	case !namePattern.MatchString(s.Name):
		report("name", "expected 1 to 64 of a-z, 0-9 and -, found %q", s.Name)
	}
	s.validateExperiment(report)
	s.validateRules(at, p)
	s.validateDurations(p)
	if p.AddAll(arms.problems.Sorted()); p.Len() > 0 {
		return
	}
	for i, arm := range s.arms {
		report := reporterAt(arms.positions[i], p)
		arm.validate(report)
		if !s.literalSecrets {
			arm.refuseLiteralSecrets(report)
		}
		s.validateRestarts(arm, report)
	}
}

func (s *Scenario) validateExperiment(report reporter) {
	if e := s.Experiment; e.MaxBlocks < e.Blocks {
		report("experiment.max_blocks", "expected at least experiment.blocks (%d), found %d", e.Blocks, e.MaxBlocks)
	}
}

// validateRestarts rejects restarts of a target that is not a mock.
func (s *Scenario) validateRestarts(arm Arm, report reporter) {
	if s.Experiment.RestartEvery > 0 && arm.Target.URL != target.Mock {
		report("target.url", "experiment.restart_every restarts the mocks: expected %s in every arm", target.Mock)
	}
}

// validateDurations rejects concurrent slices of different lengths.
func (s *Scenario) validateDurations(p *tree.Problems) {
	if s.Experiment.Order != Concurrent {
		return
	}
	for _, axis := range s.Matrix {
		axis.leaves(func(_ tree.Patch, leaf string, value *tree.Node) {
			if leaf == "load.open.duration" || leaf == "load.closed.duration" {
				p.Add(value.At, tree.Join("matrix", axis.Name), "levels that set %s need experiment.order: sequential", leaf)
			}
		})
	}
}
