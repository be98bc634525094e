package rule

import (
	"math"
	"time"

	"weighbridge/scenarios/metric"
)

// Walk visits n and every node in it, each before its operands. The metric of a Ratio is not
// visited.
func Walk(n Node, visit func(Node)) {
	visit(n)
	switch n := n.(type) {
	case Arithmetic:
		Walk(n.X, visit)
		Walk(n.Y, visit)
	case Comparison:
		Walk(n.X, visit)
		Walk(n.Y, visit)
	case Logic:
		Walk(n.X, visit)
		Walk(n.Y, visit)
	case Not:
		Walk(n.X, visit)
	case Negative:
		Walk(n.X, visit)
	}
}

// Names says whether n has the metric, in a Ratio or by itself.
func Names(n Node, m metric.Metric) bool {
	found := false
	Walk(n, func(n Node) {
		switch n := n.(type) {
		case Metric:
			found = found || n.Name == m.Name
		case Ratio:
			found = found || n.Metric.Name == m.Name
		}
	})
	return found
}

// Replace is n with one metric in place of another, in ratios too.
func Replace(n Node, from, to metric.Metric) Node {
	switch n := n.(type) {
	case Metric:
		if n.Name == from.Name {
			return Metric{to}
		}
	case Ratio:
		if n.Metric.Name == from.Name {
			n.Metric = to
		}
		return n
	case Arithmetic:
		return Arithmetic{n.Op, Replace(n.X, from, to), Replace(n.Y, from, to)}
	case Comparison:
		return Comparison{n.Op, Replace(n.X, from, to), Replace(n.Y, from, to)}
	case Logic:
		return Logic{n.Op, Replace(n.X, from, to), Replace(n.Y, from, to)}
	case Not:
		return Not{Replace(n.X, from, to)}
	case Negative:
		return Negative{Replace(n.X, from, to)}
	}
	return n
}

// PerArm says whether n has a Metric outside of a Ratio, so that it is judged in every arm.
func PerArm(n Node) bool {
	found := false
	Walk(n, func(n Node) {
		_, is := n.(Metric)
		found = found || is
	})
	return found
}

// hasMetric reports whether n has a Metric or a Ratio.
func hasMetric(n Node) bool {
	found := PerArm(n)
	Walk(n, func(n Node) {
		_, is := n.(Ratio)
		found = found || is
	})
	return found
}

// Objectives are the upper bounds on response latency, by quantile, that must hold for n to be
// true: {0.99: 800ms} for `p99_ms < 800 && error_rate < 0.01`, and the tightest where there are
// several. Bounds that are not positive are left out.
func Objectives(n Node) map[float64]time.Duration {
	found := map[float64]time.Duration{}
	visitUpperBounds(n, func(quantile, ms float64) {
		if ms <= 0 || ms > float64(math.MaxInt64)/float64(time.Millisecond) {
			return
		}
		bound := time.Duration(math.Round(ms * float64(time.Millisecond)))
		if other, given := found[quantile]; !given || bound < other {
			found[quantile] = bound
		}
	})
	return found
}

// visitUpperBounds visits the upper bounds on response latency that must all hold for n to be
// true.
func visitUpperBounds(n Node, visit func(quantile, ms float64)) {
	switch n := n.(type) {
	case Logic:
		if n.Op == "and" {
			visitUpperBounds(n.X, visit)
			visitUpperBounds(n.Y, visit)
		}
	case Comparison:
		small, large := n.X, n.Y
		if n.Op == ">" || n.Op == ">=" {
			small, large = large, small
		}
		m, ok := small.(Metric)
		if !ok || m.Latency != metric.Response || !m.Percentile() {
			return
		}
		if ms, ok := constant(large); ok {
			visit(m.Quantile, ms)
		}
	}
}

// constant is the value of a number without a metric; ok is false for other nodes.
func constant(n Node) (value float64, ok bool) {
	switch n := n.(type) {
	case Number:
		return float64(n), true
	case Negative:
		x, ok := constant(n.X)
		return -x, ok
	case Arithmetic:
		x, okX := constant(n.X)
		y, okY := constant(n.Y)
		return calculate(n.Op, x, y), okX && okY
	}
	return 0, false
}

func calculate(op string, x, y float64) float64 {
	switch op {
	case "+":
		return x + y
	case "-":
		return x - y
	case "*":
		return x * y
	}
	return x / y
}
