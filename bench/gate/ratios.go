package gate

import (
	"math"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/rule"
)

// ofRatio is a metric at some levels over the same at others, the axes that they do
// not name pooled, with bounds of the one-sided alpha each.
func (f figures) ofRatio(n rule.Ratio, alpha float64) interval {
	pairs := pairsBetween(f.rec, n.Base, n.Head)
	if len(pairs) == 0 {
		f.doubt("no two arms differ as " + n.String() + " asks")
		return unknown()
	}
	metric := string(n.Metric)
	if s, ok := f.sample(pairs, metric); ok {
		for _, doubt := range s.doubts {
			f.doubt(doubt)
		}
		return ofLogs(s.logs, alpha)
	}
	if count, of, ok := f.counted(pairs[0].base, metric); ok {
		return f.ofPooled(pairs, count, of, alpha)
	}
	f.doubt(metric + " is one figure for the whole run: its ratio is judged without bounds")
	sum := 0.0
	for _, p := range pairs {
		head, base := total(p.head, metric), total(p.base, metric)
		if head == nil || base == nil || *head <= 0 || *base <= 0 {
			return unknown()
		}
		sum += math.Log(*head / *base)
	}
	return exactly(math.Exp(sum / float64(len(pairs))))
}

// ofLogs is the ratio of log ratios by blocks.
func ofLogs(logs []float64, alpha float64) interval {
	e := stat.HodgesLehmann(logs, 1-2*alpha)
	if e == nil {
		return unknown()
	}
	if e.Interval == nil {
		return interval{math.Exp(e.Value), math.Inf(-1), math.Inf(1)}
	}
	return interval{math.Exp(e.Value), math.Exp(e.Interval.Low), math.Exp(e.Interval.High)}
}

// sample is the log ratios of a metric that every block has one figure of; false for
// those that are counted or are one for the whole run.
func (f figures) sample(pairs []pair, metric string) (sample, bool) {
	if q, ok := percentile(metric); ok {
		return latencySample(pairs, q, f.known), true
	}
	switch metric {
	case "tps":
		return tpsSample(pairs), true
	case "mean_ms":
		blocks := sharedBlocks(arms(pairs), mainSlice, func(s *record.Slice) bool { return s.Answered > 0 })
		return sample{logs: logRatios(pairs, inGroups(blocks, 1), func(arm *record.Arm, indices []int) float64 {
			return f.known.of(arm, indices, response).mean
		})}, true
	}
	return sample{}, false
}

// ofPooled is the ratio of counts over all pairs together, block by block.
func (f figures) ofPooled(pairs []pair, count, of slicePart, alpha float64) interval {
	var head, base []stat.Cluster
	for _, block := range sharedBlocks(arms(pairs), count.from, anySlice) {
		var h, b stat.Cluster
		for _, p := range pairs {
			add(&h, p.head, block, count, of)
			add(&b, p.base, block, count, of)
		}
		head, base = append(head, h), append(base, b)
	}
	e := stat.RatioOf(head, base, alpha)
	if e == nil {
		f.doubt("a ratio to nothing is not known")
		return unknown()
	}
	return bounded(e.Value, e.Interval)
}

func add(to *stat.Cluster, arm *record.Arm, block int, count, of slicePart) {
	s := slicesOf(arm, []int{block}, count.from)[0]
	to.Count += count.n(s)
	to.Of += of.n(s)
}
