package page

import (
	"fmt"
	"strconv"
	"strings"

	"weighbridge/bench/gate"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

// Value is what stands in a cell. Renderers turn it into text last, by String; one that
// needs the numbers, or styles by what a value is, looks at its type.
type Value interface{ String() string }

// Text is a word or a sentence.
type Text string

// List is words that belong together.
type List []string

// Verdict is that of a rule, a finding or a claim.
type Verdict gate.Verdict

// Figure is a metric's value; nil where it is not known.
type Figure struct {
	Of metric.Metric
	V  *float64
}

// Ratio is a metric of a head over that of its base, with its interval, as far as known.
type Ratio struct {
	Of           metric.Metric
	V, Low, High *float64
}

// Part is a part of a whole, in milliseconds.
type Part struct{ V, Whole float64 }

// Measured is what a rule or a claim measured, with its bounds: the ratio of a metric, a
// difference of shares, or, where Of is the zero Metric, the figure of an expression. Where
// failed prompts decide it, Failed is their share of the prompts due.
type Measured struct {
	Of                   metric.Metric
	V, Low, High, Failed *float64
}

// Effect is a margin or the smallest visible effect, of the base or of prompts.
type Effect struct {
	Of metric.Metric
	V  *float64
}

// P is a p-value or the α that it is compared with.
type P struct{ V *float64 }

// Claimed is the figure of a claim, as its author wrote it.
type Claimed float64

// Capacity is a capacity in prompts/s as far as its search bounds it.
type Capacity struct {
	Bound      summary.Bound
	Held, Fail float64
}

// Bracket is the highest rate that held and the lowest that failed; 0 for an end not found.
type Bracket struct{ Held, Fail float64 }

// Change is a ratio of new over old as a percentage, unless its interval holds 1.
type Change struct{ V, Low, High *float64 }

// ChangeInterval is the interval of a Change.
type ChangeInterval struct{ Low, High *float64 }

// known is a figure of a metric that is known.
func known(of metric.Metric, v float64) Figure { return Figure{of, &v} }

func (t Text) String() string { return format.OneLine(string(t)) }

// String joins the words; a comma and a space is where renderers may break it.
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

func (p Part) String() string { return format.PartOf(p.V, p.Whole) }

func (m Measured) String() string { return format.Measured(m.Of, m.V, m.Low, m.High, m.Failed) }

func (e Effect) String() string { return format.Effect(e.Of, e.V) }

func (p P) String() string { return format.P(p.V) }

func (c Claimed) String() string { return strconv.FormatFloat(float64(c), 'g', -1, 64) }

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

// String has a question mark for an end that was not found.
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

// String is ~ where the interval holds 1 or is not known: no difference can be told.
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
