package page

import (
	"fmt"

	"weighbridge/bench/gate"
	"weighbridge/reports/format"
)

// sentences say for each level of an axis but the base what it does to TPS and to p90
// response latency, with the other axes pooled.
func sentences(comparisons []gate.Comparison) []string {
	var out []string
	for _, row := range pooled(comparisons) {
		out = append(out, sentence(row))
	}
	return out
}

func sentence(row ratioRow) string {
	tps, latency := row["tps"], row["p90"]
	if latency.Ratio == nil {
		latency = row["p50"]
	}
	return tps.Axis + ": " + clauses(tps, latency) + "."
}

// clauses says both in one sentence.
func clauses(tps, latency gate.Comparison) string {
	switch {
	case tps.Ratio == nil && latency.Ratio == nil:
		return fmt.Sprintf("too little was answered to compare %s and %s", tps.Head, tps.Base)
	case tps.Ratio == nil:
		return aboutLatency(latency)
	case latency.Ratio == nil:
		return aboutTPS(tps)
	case includesOne(tps) && includesOne(latency):
		return fmt.Sprintf("no difference between %s and %s could be told apart from noise, in TPS (%s) or in %s response latency (%s)",
			tps.Head, tps.Base, certainty(tps), latency.Metric, certainty(latency))
	case includesOne(tps) || includesOne(latency):
		return aboutTPS(tps) + "; " + aboutLatency(latency)
	}
	ratio, bounds := times(tps)
	its, itsBounds := times(latency)
	said := fmt.Sprintf("%s carries %s× the TPS of %s", tps.Head, ratio, tps.Base)
	if tps.Low == nil && latency.Low == nil {
		return fmt.Sprintf("%s; its %s response latency is %s× (too few blocks for intervals)", said, latency.Metric, its)
	}
	return fmt.Sprintf("%s (%s); its %s response latency is %s× (%s)", said, interval(bounds), latency.Metric, its, interval(itsBounds))
}

func aboutTPS(c gate.Comparison) string {
	ratio, bounds := times(c)
	if includesOne(c) {
		return fmt.Sprintf("no difference in TPS between %s and %s could be told apart from noise (%s)", c.Head, c.Base, certainty(c))
	}
	return fmt.Sprintf("%s carries %s× the TPS of %s (%s)", c.Head, ratio, c.Base, interval(bounds))
}

func aboutLatency(c gate.Comparison) string {
	ratio, bounds := times(c)
	if includesOne(c) {
		return fmt.Sprintf("no difference in %s response latency between %s and %s could be told apart from noise (%s)", c.Metric, c.Head, c.Base, certainty(c))
	}
	return fmt.Sprintf("the %s response latency of %s is %s× that of %s (%s)", c.Metric, c.Head, ratio, c.Base, interval(bounds))
}

// certainty returns the ratio with its interval.
func certainty(c gate.Comparison) string {
	ratio, bounds := times(c)
	return ratio + "×, " + interval(bounds)
}

func interval(bounds string) string {
	if bounds == "" {
		return "too few blocks for an interval"
	}
	return "95% interval " + bounds
}

// includesOne reports whether the interval includes 1, so that no difference can be told.
func includesOne(c gate.Comparison) bool { return c.Low != nil && *c.Low <= 1 && *c.High >= 1 }

// times prints the ratio and its interval, "" if there is none.
func times(c gate.Comparison) (ratio, interval string) { return format.Ratio(c.Ratio, c.Low, c.High) }
