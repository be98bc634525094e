// Package metric is the table of metrics: what each is called, in which unit, which
// direction is better and what it means. Rules, the schema, comparisons, every report and
// completion read this table. How a metric is calculated from a record is bench/figures'.
package metric

import "strings"

// Metric is one figure of an arm.
type Metric struct {
	// Name is the metric's name in comparisons, no_regression.metrics and JSON, such as p99 or tps.
	Name string
	// Unit is the unit of its figures.
	Unit Unit
	// Better is which way an improvement goes.
	Better Direction
	// Kind says how a figure is made and how two are compared.
	Kind Kind
	// Latency is the distribution that a percentile or mean is of; empty for other kinds.
	Latency Latency
	// Quantile is the share of prompts at or below a percentile, 0…1; 0 for what is no percentile.
	Quantile float64
	// Per says what one figure is about: a prompt, a request or the run as a whole.
	Per Per
	// ByBlock says that every block has a figure of its own, from which bounds are made.
	// A metric without it has one figure for the run and no bounds.
	ByBlock bool
	// NeedsClosedLoad says that the metric compares arms only under closed load: under open load it
	// equals the rate offered.
	NeedsClosedLoad bool
	// Streamed says that only arms that were answered by streams have it.
	Streamed bool
	// Tokens says that it is calculated from the tokens that answers report.
	Tokens bool
	// Objectives says that reports have it only if the scenario has objectives.
	Objectives bool
	// Retried says that reports have it only if an arm sent a request more than once.
	Retried bool
	// Expression says that expressions may name it, as Expr does.
	Expression bool
	// Margin is the default margin of no_regression: a share of the base, or of prompts
	// for a share. 0 says that no_regression does not take the metric.
	Margin float64
	// Default says that no_regression judges it if a rule names no metrics.
	Default bool
	// Compared says that reports compare the levels of an axis by it.
	Compared bool
	// Shown says that a table of arms has a column of it: the table of streams if it is Streamed, the table
	// of tokens if it is about Tokens, otherwise the first. If it is not a latency, it also has a plot, a key
	// in the summary's arms and a column in csv.
	Shown bool
	// Heading is the heading of its column, with the unit.
	Heading string
	// Meaning is one sentence for the glossary.
	Meaning string
}

// Unit is the unit of a figure.
type Unit string

// The units.
const (
	Milliseconds Unit = "ms"
	PerSecond    Unit = "/s"
	Share        Unit = "share" // 0…1
	Bytes        Unit = "bytes"
	Count        Unit = "count"
	USD          Unit = "USD"
)

// Direction is which way an improvement goes.
type Direction int

// The directions.
const (
	// Neither says that more is not better or worse by itself.
	Neither Direction = iota
	Lower
	Higher
)

// Kind says how a figure is made and how two are compared.
type Kind string

// The kinds.
const (
	// OfLatency is a percentile or mean of a latency; two are compared by their ratio.
	OfLatency Kind = "latency"
	// Rate is a count per second; two are compared by their ratio.
	Rate Kind = "rate"
	// OfShare is a share of prompts; two are compared by their difference.
	OfShare Kind = "share"
	// OfCount is a count over the run.
	OfCount Kind = "count"
	// Ratio is one count over another.
	Ratio Kind = "ratio"
)

// Latency is a distribution of durations that prompts have.
type Latency string

// The latencies.
const (
	// Response is from the moment due to the last byte.
	Response Latency = "response"
	// TTFT is from the moment due to the first content of a stream.
	TTFT Latency = "ttft"
	// TTFO is from the moment due to the first content of a stream that is not reasoning.
	TTFO Latency = "ttfo"
	// TPOT is, of a stream, the time per output token after the first.
	TPOT Latency = "tpot"
)

// Words returns the latency as sentences name it.
func (l Latency) Words() string {
	if l == Response {
		return string(l)
	}
	return strings.ToUpper(string(l))
}

// Per says what one figure is about.
type Per string

// What figures count.
const (
	Prompt     Per = "prompt"
	Request    Per = "request"
	Run        Per = "run"
	InputToken Per = "input token"
)

// Expr is the metric's name in expressions: latencies carry their unit, as in p99_ms.
func (m Metric) Expr() string {
	if m.Unit == Milliseconds {
		return m.Name + "_ms"
	}
	return m.Name
}

// Judged says whether no_regression takes the metric.
func (m Metric) Judged() bool { return m.Margin > 0 }

// Percentile says whether the metric is a percentile of a latency.
func (m Metric) Percentile() bool { return m.Quantile > 0 }

// Tail says whether the metric is a percentile that few prompts lie beyond.
func (m Metric) Tail() bool { return m.Quantile >= 0.99 }
