package gate

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// enoughBaselines is how many baselines it takes to show how much runs differ: on shared machines they
// differ by more than the blocks within one run do.
const enoughBaselines = 5

// checkBaselines refuses baselines that the run cannot be compared with. A run that is given twice, or
// compared with itself, would make the runs look more alike than they are.
func checkBaselines(rec *record.Record, baselines []figures.Run) error {
	for i, b := range baselines {
		twin := slices.IndexFunc(baselines[:i], func(other figures.Run) bool { return sameRun(other.Record, b.Record) })
		switch {
		case b.Record.Scenario.Name != rec.Scenario.Name:
			return fmt.Errorf("baseline %s is of scenario %s: expected %s", b.Name, b.Record.Scenario.Name, rec.Scenario.Name)
		case len(b.Record.Invalid) > 0:
			return fmt.Errorf("baseline %s is invalid (%s): expected a valid run", b.Name, b.Record.Invalid[0])
		case !b.Record.Complete:
			return fmt.Errorf("baseline %s was cut short: expected a complete run", b.Name)
		case b.Record.Quick:
			return fmt.Errorf("baseline %s is of a --quick run, which is indicative only: expected a full run", b.Name)
		case sameRun(b.Record, rec):
			return fmt.Errorf("baseline %s is the judged run itself: expected an earlier one", b.Name)
		case twin >= 0:
			return fmt.Errorf("baselines %s and %s are the same run: expected different runs", baselines[twin].Name, b.Name)
		}
	}
	return nil
}

// sameRun compares the moments at which two runs began; a run that has not begun equals none.
func sameRun(a, b *record.Record) bool { return !a.Started.IsZero() && a.Started.Equal(b.Started) }

// againstBaselines returns the hypotheses of a rule that compares every arm with earlier runs. The
// statistical unit is the run: the test asks whether this run lies among the earlier ones.
func (g *gate) againstBaselines(r parsedRule, rec *record.Record, l look) []hypothesis {
	n := r.noRegression
	var out []hypothesis
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		earlier, absent := g.sameArm(arm)
		of := failedOf(func(name string) failures { return failuresAgainst(name, arm, earlier) })
		for _, m := range withClosedErrors(r.metrics, []*record.Arm{arm}) {
			h := hypothesis{subject: fmt.Sprintf("%s, %s", m.Name, arm.Name), metric: m, margin: marginOf(n, m)}
			switch {
			case absent != "":
				h.evidence = missing("%s", absent)
			case m.Kind == metric.OfShare:
				h.evidence = errorRateAgainst(of[m.Name], failuresOfEach(m.Name, earlier), l.pass)
			default:
				h.evidence = g.amongRuns(arm, earlier, m, l.pass)
			}
			if h.bar = of.bar(m, errorMargin(n), "it", "the baselines"); h.bar == "" && m.Kind != metric.OfShare {
				h.bar = g.otherMachine(rec)
			}
			if h.bar == "" && absent == "" {
				h.bar = g.otherLoad(m, rec, arm, earlier)
			}
			if h.bar == "" {
				h.bar = g.generatorBar(m, append([]*record.Arm{arm}, earlier...))
			}
			out = append(out, h)
		}
	}
	return append(out, g.lostArms(r, rec)...)
}

// otherMachine says which baseline was measured on another machine than the record: latency and
// TPS depend on the machine as much as on the target. It is empty if none was.
func (g *gate) otherMachine(rec *record.Record) string {
	for _, b := range g.baselines {
		there, here := b.Record.Env, rec.Env
		if there.OS != here.OS || there.Arch != here.Arch || there.CPU != here.CPU || there.CPUs != here.CPUs {
			return fmt.Sprintf("baseline %s was measured on another machine: its latency and TPS are not comparable", b.Name)
		}
	}
	return ""
}

// otherLoad says which baseline offered the arm another load of the kind that the metric is measured under: a
// server that is offered more is slower, and fails more. It is empty if none did.
func (g *gate) otherLoad(m metric.Metric, rec *record.Record, arm *record.Arm, earlier []*record.Arm) string {
	is := figures.LoadOf(m, rec, arm)
	for i, other := range earlier {
		if was := figures.LoadOf(m, g.baselines[i].Record, other); !was.Like(is) {
			return fmt.Sprintf("baseline %s was measured under another load, %s: it is not comparable", g.baselines[i].Name, was.InsteadOf(is))
		}
	}
	return ""
}

// lostArms returns a hypothesis for each arm that a baseline has and this run lacks. Nothing is
// known of such an arm, and without a hypothesis the gate would pass.
func (g *gate) lostArms(r parsedRule, rec *record.Record) (out []hypothesis) {
	seen := map[string]bool{}
	for i := range rec.Arms {
		seen[rec.Arms[i].Name] = true
	}
	for _, b := range g.baselines {
		for i := range b.Record.Arms {
			name := b.Record.Arms[i].Name
			if seen[name] {
				continue
			}
			seen[name] = true
			for _, m := range withClosedErrors(r.metrics, nil) {
				out = append(out, hypothesis{
					subject: fmt.Sprintf("%s, %s", m.Name, name), metric: m, margin: marginOf(r.noRegression, m),
					evidence: missing("this run has no arm %s, which baseline %s has", name, b.Name),
				})
			}
		}
	}
	return out
}

// sameArm finds the arm in every baseline, or says why that is not possible.
func (g *gate) sameArm(arm *record.Arm) (earlier []*record.Arm, absent string) {
	if len(g.baselines) == 0 {
		return nil, "no --baseline was given"
	}
	for _, b := range g.baselines {
		found := false
		for i := range b.Record.Arms {
			if other := &b.Record.Arms[i]; other.Name == arm.Name && maps.Equal(other.Levels, arm.Levels) {
				earlier, found = append(earlier, other), true
			}
		}
		if !found {
			return nil, fmt.Sprintf("baseline %s has no arm %s", b.Name, arm.Name)
		}
	}
	return earlier, ""
}

// failuresAgainst are the failures of an arm in this run and in all earlier runs.
func failuresAgainst(name string, arm *record.Arm, earlier []*record.Arm) failures {
	f := failures{head: figures.FailuresByBlock(name, arm)}
	for _, other := range earlier {
		f.base = append(f.base, figures.FailuresByBlock(name, other)...)
	}
	return f
}

// failuresOfEach are the failures of an arm in each of the earlier runs.
func failuresOfEach(name string, earlier []*record.Arm) [][]stat.Cluster {
	out := make([][]stat.Cluster, len(earlier))
	for i, other := range earlier {
		out[i] = figures.FailuresByBlock(name, other)
	}
	return out
}

// errorRateAgainst tests an error rate against that of earlier runs by a permutation test of the blocks'
// rates. The p is at least that of the bounds of the difference, which take into account that blocks
// follow each other, and that runs differ.
func errorRateAgainst(f failures, runs [][]stat.Cluster, passAlpha float64) evidence {
	test := stat.Permutation(figures.ErrorRates(f.head), figures.ErrorRates(f.base))
	switch {
	case test == nil:
		return missing("no block with prompts due was measured on both sides")
	case f.sum() == 2:
		return missing(nothingAnswered)
	}
	d := stat.DifferenceFromRuns(f.head, runs)
	out := evidence{effect: d.Value, p: max(test.Greater, d.Greater())}
	if !out.boundShare(d, passAlpha) {
		out.missing = fmt.Sprintf("%d blocks against %d are too few", len(f.head), len(f.base))
		return out
	}
	out.detects = detectedByMeans(out.sd, float64(min(len(f.head), len(f.base))-1))
	switch above, _ := d.BetweenRuns(passAlpha); {
	case f.sum() == 0:
	case len(runs) < stat.FewestRuns:
		out.warn("%d of at least %d baselines: fewer do not show how much error rates differ from run to run", len(runs), stat.FewestRuns)
	case above > d.Within().Reach(passAlpha):
		out.following = fmt.Sprintf("the error rates of the %d baselines differ by more than their blocks explain, so another run may differ from them by %s", len(runs), points(above))
	}
	return out
}

// amongRuns tests one run's figure against those of earlier runs by Student's prediction
// interval for their logarithms, whose spread is that between runs (Hahn & Meeker,
// Statistical Intervals, 1991, §4.7).
func (g *gate) amongRuns(arm *record.Arm, earlier []*record.Arm, m metric.Metric, passAlpha float64) evidence {
	sign := 1.0
	if m.Better == metric.Higher {
		sign = -1
	}
	now, ok := g.calculator.OfRun(m, arm)
	if !ok {
		return missing("%s of %s is not known", m.Name, arm.Name)
	}
	n := float64(len(earlier))
	logs := make([]float64, len(earlier))
	for i, other := range earlier {
		then, ok := g.calculator.OfRun(m, other)
		if !ok {
			return missing("%s of %s in baseline %s is not known", m.Name, arm.Name, g.baselines[i].Name)
		}
		logs[i] = math.Log(then)
	}
	mean, square := stat.MeanAndSquares(logs)
	out := evidence{effect: sign * (math.Log(now) - mean)}
	if len(earlier) < enoughBaselines {
		out.missing = fmt.Sprintf("%d of at least %d baselines: runs differ by more than the blocks within one show", len(earlier), enoughBaselines)
		return out
	}
	out.sd = math.Sqrt(square / (n - 1) * (1 + 1/n))
	t := distuv.StudentsT{Sigma: 1, Nu: n - 1}
	out.detects = detectedByMeans(out.sd, float64(len(earlier)-1))
	reach := t.Quantile(1-passAlpha) * out.sd
	out.p, out.low, out.high = t.Survival(out.effect/max(out.sd, math.SmallestNonzeroFloat64)), out.effect-reach, out.effect+reach
	return out
}
