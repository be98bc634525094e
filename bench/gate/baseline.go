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

// enoughBaselines is how many say how much runs differ: on shared machines by more
// than the blocks within one.
const enoughBaselines = 5

// checkBaselines refuses what cannot be compared with. A run given twice, or judged by
// itself, would count for more than it tells.
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
			return fmt.Errorf("baseline %s is of a --quick run, which is indicative only: expected a whole one", b.Name)
		case sameRun(b.Record, rec):
			return fmt.Errorf("baseline %s is the very run that is judged: expected an earlier one", b.Name)
		case twin >= 0:
			return fmt.Errorf("baselines %s and %s are the same run: expected each once", baselines[twin].Name, b.Name)
		}
	}
	return nil
}

// sameRun tells runs by the moment they began; one that has not begun is no other's.
func sameRun(a, b *record.Record) bool { return !a.Started.IsZero() && a.Started.Equal(b.Started) }

// againstBaselines are the candidates of a rule that compares every arm with earlier
// runs. The unit is the run: what is tested is whether this one lies among them.
func (g *gate) againstBaselines(rule compiledRule, rec *record.Record, l look) []candidate {
	var out []candidate
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		earlier, absent := g.sameArm(arm)
		var failing evidence
		if absent == "" {
			failing = failingMore(arm, earlier, l.pass)
		}
		for _, m := range errorsFirst(rule.metrics) {
			c := candidate{subject: fmt.Sprintf("%s, %s", m.Name, arm.Name), metric: m, margin: marginOf(rule.noRegression, m)}
			switch {
			case absent != "":
				c.evidence = missing("%s", absent)
			case m.Kind == metric.OfShare:
				c.evidence = failing
			default:
				c.evidence = g.amongRuns(arm, earlier, m, l.pass)
			}
			if absent == "" && m.Kind != metric.OfShare && failing.effect > errorMargin(rule.noRegression) {
				c.bar = fmt.Sprintf("it fails %.2g%% more of its prompts than the baselines: those it answers are not the same", failing.effect*100)
			}
			out = append(out, c)
		}
	}
	return append(out, g.dropped(rule, rec)...)
}

// dropped are the arms that a baseline has and this run does not: nothing is known of
// them, and a gate that kept silent would pass without them.
func (g *gate) dropped(rule compiledRule, rec *record.Record) (out []candidate) {
	known := map[string]bool{}
	for i := range rec.Arms {
		known[rec.Arms[i].Name] = true
	}
	for _, b := range g.baselines {
		for i := range b.Record.Arms {
			name := b.Record.Arms[i].Name
			if known[name] {
				continue
			}
			known[name] = true
			for _, m := range errorsFirst(rule.metrics) {
				out = append(out, candidate{
					subject: fmt.Sprintf("%s, %s", m.Name, name), metric: m, margin: marginOf(rule.noRegression, m),
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

// failingMore is the evidence of an arm's failures against all earlier ones: a
// permutation of the blocks' shares, with Welch's t for the bounds.
func failingMore(arm *record.Arm, earlier []*record.Arm, passAlpha float64) evidence {
	head := figures.FailuresByBlock(arm)
	var base []stat.Cluster
	for _, other := range earlier {
		base = append(base, figures.FailuresByBlock(other)...)
	}
	test := stat.Shuffle(figures.ErrorRates(head), figures.ErrorRates(base))
	if test == nil {
		return missing("no block with prompts due was measured on both sides")
	}
	e := stat.DifferenceOf(head, base, passAlpha)
	out := evidence{effect: e.Value, p: test.Greater}
	if e.Interval == nil {
		out.missing = fmt.Sprintf("%d blocks against %d are too few", len(head), len(base))
		return out
	}
	together := stat.RateOf(head).Value + stat.RateOf(base).Value
	out.reach((e.Interval.High-e.Interval.Low)/2, passAlpha, together, min(prompts(head), prompts(base)))
	out.sees = meansSee(out.sd, len(head)+len(base)-2)
	return out
}

func prompts(blocks []stat.Cluster) (n float64) {
	for _, b := range blocks {
		n += b.Of
	}
	return n
}

// amongRuns is the evidence of one run's figure against those of earlier runs: a
// prediction by Student's t of their logarithms, whose spread is that between runs
// (Hahn & Meeker, Statistical Intervals, 1991, §4.7).
func (g *gate) amongRuns(arm *record.Arm, earlier []*record.Arm, m metric.Metric, passAlpha float64) evidence {
	sign := 1.0
	if m.Better == metric.Higher {
		sign = -1
	}
	now, ok := g.reckoner.OfRun(m, arm)
	if !ok {
		return missing("%s of %s is not known", m.Name, arm.Name)
	}
	n, mean := float64(len(earlier)), 0.0
	logs := make([]float64, len(earlier))
	for i, other := range earlier {
		then, ok := g.reckoner.OfRun(m, other)
		if !ok {
			return missing("%s of %s in baseline %s is not known", m.Name, arm.Name, g.baselines[i].Name)
		}
		logs[i] = math.Log(then)
		mean += logs[i] / n
	}
	out := evidence{effect: sign * (math.Log(now) - mean)}
	if len(earlier) < enoughBaselines {
		out.missing = fmt.Sprintf("%d of at least %d baselines: runs differ by more than blocks within one show", len(earlier), enoughBaselines)
		return out
	}
	square := 0.0
	for _, v := range logs {
		square += (v - mean) * (v - mean)
	}
	out.sd = math.Sqrt(square / (n - 1) * (1 + 1/n))
	t := distuv.StudentsT{Sigma: 1, Nu: n - 1}
	out.sees = meansSee(out.sd, len(earlier)-1)
	reach := t.Quantile(1-passAlpha) * out.sd
	out.p, out.low, out.high = t.Survival(out.effect/max(out.sd, math.SmallestNonzeroFloat64)), out.effect-reach, out.effect+reach
	return out
}
