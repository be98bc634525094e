package scenarios

import (
	"regexp"

	"weighbridge/target"
)

var namePattern = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// reporter takes one thing wrong with the value at a path.
type reporter func(path, format string, args ...any)

func (p *problems) reporter(at places) reporter {
	return func(path, format string, args ...any) { p.add(at.of(path), path, format, args...) }
}

// validate checks what no single value shows: of the scenario, then of each arm.
// Arms made of values that are wrong in themselves would only repeat it in other words.
func (s *Scenario) validate(at places, p *problems) {
	report := p.reporter(at)
	switch {
	case s.Name == "":
		report("name", "missing: expected 1 to 64 of a-z, 0-9 and -")
	case !namePattern.MatchString(s.Name):
		report("name", "expected 1 to 64 of a-z, 0-9 and -, found %q", s.Name)
	}
	s.validateExperiment(report)
	s.validateRules(at, p)
	s.validateDurations(p)
	if arms := s.Matrix.arms(); arms == 0 || arms > maxArms {
		return // said where the matrix was read
	}
	sound := len(p.found) == 0
	var patches problems
	s.expand(at, &patches, func(arm Arm, at places) {
		if sound && len(patches.found) == 0 {
			arm.validate(p.reporter(at))
			s.validateRestarts(arm, p.reporter(at))
		}
	})
	p.found = append(p.found, patches.found...)
}

func (s *Scenario) validateExperiment(report reporter) {
	if e := s.Experiment; e.MaxBlocks < e.Blocks {
		report("experiment.max_blocks", "expected at least experiment.blocks, which is %d, found %d", e.Blocks, e.MaxBlocks)
	}
}

// validateRestarts refuses to start anew what is not ours to start.
func (s *Scenario) validateRestarts(arm Arm, report reporter) {
	if s.Experiment.RestartEvery > 0 && arm.Target.URL != target.Mock {
		report("target.url", "experiment.restart_every starts mocks anew: expected %s in every arm", target.Mock)
	}
}

// validateDurations refuses slices of different lengths side by side.
func (s *Scenario) validateDurations(p *problems) {
	if s.Experiment.Order != Concurrent {
		return
	}
	for _, axis := range s.Matrix {
		axis.leaves(func(_ Patch, leaf string, value *node) {
			if leaf == "load.open.duration" || leaf == "load.closed.duration" {
				p.add(value.at, join("matrix", axis.Name), "levels that set %s need experiment.order: sequential", leaf)
			}
		})
	}
}
