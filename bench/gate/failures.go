package gate

import (
	"fmt"
	"slices"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
	"weighbridge/scenarios/rule"
)

// haveClosedErrors says whether all of the arms have closed load beside open load. If they do, a rule
// that judges error_rate judges closed_error_rate as well.
func haveClosedErrors(arms []*record.Arm) bool {
	return len(arms) > 0 && !slices.ContainsFunc(arms, func(a *record.Arm) bool { return !figures.HasClosedErrors(a) })
}

// withClosedErrors adds the error rate under closed load after that under open load, if all of the
// arms have both, and puts error rates before the other metrics: fast failures look like speed-ups.
func withClosedErrors(metrics []metric.Metric, arms []*record.Arm) []metric.Metric {
	var errors, others []metric.Metric
	for _, m := range metrics {
		if m.Kind != metric.OfShare {
			others = append(others, m)
			continue
		}
		errors = append(errors, m)
		if m.Name == metric.ErrorRate && haveClosedErrors(arms) && !slices.ContainsFunc(metrics, isClosedErrors) {
			closed, _ := metric.Named(metric.ClosedErrorRate)
			errors = append(errors, closed)
		}
	}
	return append(errors, others...)
}

func isClosedErrors(m metric.Metric) bool { return m.Name == metric.ClosedErrorRate }

// ofClosedErrors rewrites an assertion about error_rate to judge closed_error_rate. ok is false if
// it does not name error_rate, or names closed_error_rate itself.
func ofClosedErrors(n rule.Node) (closed rule.Node, ok bool) {
	from, _ := metric.Named(metric.ErrorRate)
	to, _ := metric.Named(metric.ClosedErrorRate)
	if rule.Names(n, to) || !rule.Names(n, from) {
		return nil, false
	}
	return rule.Replace(n, from, to), true
}

// failed holds the failed prompts of one comparison, under the name of the error rate that counts them.
type failed map[string]failures

// failures are the failed prompts of the two sides, block by block.
type failures struct{ base, head []stat.Cluster }

func failedOf(count func(name string) failures) failed {
	out := failed{}
	for _, name := range []string{metric.ErrorRate, metric.ClosedErrorRate} {
		out[name] = count(name)
	}
	return out
}

// effect is the head's error rate less the base's; NaN if either has no prompts.
func (f failures) effect() float64 { return stat.RateOf(f.head).Value - stat.RateOf(f.base).Value }

// differences are the heads' error rates less the bases', block by block.
func (f failures) differences() []float64 { return figures.ErrorRateDifferences(f.head, f.base) }

// sum is the sum of the two error rates: 2 if nothing was answered, 0 if nothing failed.
func (f failures) sum() float64 { return stat.RateOf(f.head).Value + stat.RateOf(f.base).Value }

// prompts is the number of prompts due on the side that has fewer.
func (f failures) prompts() float64 { return min(promptsIn(f.head), promptsIn(f.base)) }

func promptsIn(blocks []stat.Cluster) (n float64) {
	for _, b := range blocks {
		n += b.Of
	}
	return n
}

// bar says why a metric can neither pass nor be a regression: the head fails more prompts than the
// base, by more than the margin. It is empty otherwise, and for error rates. Failures under closed
// load bar only what is measured under closed load.
func (f failed) bar(m metric.Metric, margin float64, head, base string) string {
	open, closed := f[metric.ErrorRate].effect(), f[metric.ClosedErrorRate].effect()
	switch {
	case m.Kind == metric.OfShare:
	case open > margin:
		return fmt.Sprintf("%s fails %s more of its prompts than %s: those it answers are not comparable", head, points(open), base)
	case m.NeedsClosedLoad && closed > margin:
		return fmt.Sprintf("%s fails %s more of its prompts under closed load than %s: those it answers are not comparable", head, points(closed), base)
	}
	return ""
}

// generatorBar says why a figure of closed load can neither pass nor be a regression: the
// generator, or a rate limit that it kept to, was the limit of one of the arms. It is empty
// otherwise.
func (g *gate) generatorBar(m metric.Metric, arms []*record.Arm) string {
	for _, arm := range arms {
		if m.Kind == metric.OfShare || !m.NeedsClosedLoad && arm.Load.OpenDurationMS > 0 {
			continue
		}
		if why := figures.GeneratorLimit(arm, g.validity); why != "" {
			return fmt.Sprintf("%s: %s, so the generator was the limit and it is at least what was measured", arm.Name, why)
		}
		if why := figures.LimitBound(arm); why != "" {
			return fmt.Sprintf("%s: %s, so it is what that limit allows", arm.Name, why)
		}
	}
	return ""
}
