package table

import (
	"fmt"
	"strconv"
	"strings"

	"weighbridge/bench/gate"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

// Value is the content of a cell. String formats it, and renderers call that last; a renderer
// that needs the numbers, or styles values by what they are, looks at the type.
type Value interface{ String() string }

// Text is a word or a sentence.
type Text string

// List is several words.
type List []string

// Verdict is the verdict of a rule, a finding or a claim.
type Verdict gate.Verdict

// Figure is the value V of a metric; nil if unknown.
type Figure struct {
	Of metric.Metric
	V  *float64
}

// Ratio is head over base by a metric, with its interval; nil if unknown.
type Ratio struct {
	Of           metric.Metric
	V, Low, High *float64
}

// Points is a difference of shares, as a share, with its interval; nil if unknown.
type Points struct{ V, Low, High *float64 }

// PointsChange is Points as a change.
type PointsChange Points

// PointsInterval is the interval of Points.
type PointsInterval Points

// Part is a part of a latency, in milliseconds.
type Part struct{ V, Whole float64 }

// Measured is what a rule or a claim measured, with its bounds: a ratio by a metric, a
// difference of shares, or the figure of an expression if Of is the zero Metric. If failed
// prompts make it or its upper bound infinite, Failed is their share of the prompts due.
type Measured struct {
	Of                   metric.Metric
	V, Low, High, Failed *float64
}

// Effect is a margin or a smallest visible effect, as a share of the base, or of prompts.
type Effect struct {
	Of metric.Metric
	V  *float64
}

// PValue is a p value or the α that it is compared with.
type PValue struct{ V *float64 }

// Claimed is the figure of a claim as its author wrote it: about V, or by Is at least or at most.
type Claimed struct {
	Is string
	V  float64
}

// Capacity is a capacity in prompts/s, as far as the search bounds it.
type Capacity struct {
	Bound      summary.Bound
	Held, Fail float64
}

// Bracket is the highest rate that held and the lowest that failed; 0 for one that was not found.
type Bracket struct{ Held, Fail float64 }

// Change is the ratio of new to old with its interval.
type Change struct{ V, Low, High *float64 }

// ChangeInterval is the interval of a Change.
type ChangeInterval struct{ Low, High *float64 }

// When is when requests failed.
type When struct{ summary.When }

// String prints it in a few words; empty if it is not known.
func (w When) String() string {
	var stretches [][2]float64
	for _, s := range w.Stretches() {
		stretches = append(stretches, [2]float64{s.From, s.To})
	}
	return format.When(stretches, w.Throughout())
}

func (t Text) String() string { return format.OneLine(string(t)) }

// String joins the words. Renderers may break a line after ", ".
func (l List) String() string {
	if len(l) == 0 {
		return format.Unknown
	}
	return strings.Join(l, ", ")
}

func (v Verdict) String() string {
	if v == "" {
		return format.Unknown
	}
	return string(v)
}

func (f Figure) String() string { return format.Figure(f.Of, f.V) }

func (r Ratio) String() string {
	ratio, interval := format.Ratio(r.V, r.Low, r.High)
	if interval == "" {
		return ratio
	}
	return ratio + " (" + interval + ")"
}

func (p Points) String() string {
	points, interval := format.Points(p.V, p.Low, p.High)
	if interval == "" {
		return points
	}
	return points + " (" + interval + ")"
}

// String prints the difference, or ~ if its interval includes 0 or it is not known.
func (p PointsChange) String() string {
	if p.V == nil || *p.V == 0 || p.Low != nil && p.High != nil && *p.Low <= 0 && *p.High >= 0 {
		return "~"
	}
	points, _ := format.Points(p.V, p.Low, p.High)
	return points
}

func (p PointsInterval) String() string {
	if _, interval := format.Points(p.V, p.Low, p.High); interval != "" {
		return interval
	}
	return format.Unknown
}

func (p Part) String() string { return format.PartOf(p.V, p.Whole) }

func (m Measured) String() string { return format.Measured(m.Of, m.V, m.Low, m.High, m.Failed) }

func (e Effect) String() string { return format.Effect(e.Of, e.V) }

func (p PValue) String() string { return format.PValue(p.V) }

func (c Claimed) String() string {
	return strings.ReplaceAll(c.Is, "_", " ") + " " + strconv.FormatFloat(c.V, 'g', -1, 64)
}

func (c Capacity) String() string {
	switch c.Bound {
	case summary.Unbounded:
		return format.Unknown
	case summary.Under:
		return "under " + rate(c.Fail)
	case summary.AtLeast:
		return "at least " + rate(c.Held)
	}
	return rate(c.Held)
}

// String prints a question mark for an end that was not found.
func (b Bracket) String() string {
	end := func(v float64) string {
		if v == 0 {
			return "?"
		}
		return rate(v)
	}
	return end(b.Held) + "–" + end(b.Fail)
}

func rate(v float64) string { return format.PerSecond(&v) }

// String prints the change as a percentage, or ~ if the interval includes 1 or is unknown.
func (c Change) String() string {
	if c.V == nil || c.Low == nil || c.High == nil || *c.Low <= 1 && *c.High >= 1 {
		return "~"
	}
	return format.PercentMore(*c.V)
}

func (c ChangeInterval) String() string {
	if c.Low == nil || c.High == nil {
		return format.Unknown
	}
	return fmt.Sprintf("%s to %s", format.PercentMore(*c.Low), format.PercentMore(*c.High))
}
