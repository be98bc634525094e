package rule

import (
	"maps"
	"math"
	"slices"
	"time"

	"weighbridge/scenarios/metric"
)

// Walk visits n and every node in it, each before its operands, the condition of an Edge too. The
// metric of a Ratio or an At is not visited.
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
	case Edge:
		Walk(n.Condition, visit)
	}
}

// Names says whether n has the metric, in a Ratio or an At or by itself.
func Names(n Node, m metric.Metric) bool {
	found := false
	Walk(n, func(n Node) {
		switch n := n.(type) {
		case Metric:
			found = found || n.Name == m.Name
		case Ratio:
			found = found || n.Metric.Name == m.Name
		case At:
			found = found || n.Metric.Name == m.Name
		}
	})
	return found
}

// Replace is n with one metric in place of another, in ratios and of single arms too.
func Replace(n Node, from, to metric.Metric) Node {
	other := func(m metric.Metric) metric.Metric {
		if m.Name == from.Name {
			return to
		}
		return m
	}
	return mapped(n, func(n Node) Node {
		switch n := n.(type) {
		case Metric:
			return Metric{other(n.Metric)}
		case Ratio:
			return Ratio{other(n.Metric), n.Head, n.Base}
		case At:
			return At{other(n.Metric), n.Levels}
		}
		return n
	})
}

// Moved is n with the level to of an axis wherever n names one of the levels from.
func Moved(n Node, axis string, from []string, to string) Node {
	move := func(l Levels) Levels {
		if !slices.Contains(from, l[axis]) {
			return l
		}
		l = maps.Clone(l)
		l[axis] = to
		return l
	}
	return mapped(n, func(n Node) Node {
		switch n := n.(type) {
		case Ratio:
			return Ratio{n.Metric, move(n.Head), move(n.Base)}
		case At:
			return At{n.Metric, move(n.Levels)}
		}
		return n
	})
}

// LevelIn is the one of some levels of an axis that n names: "" if it names none of them, and
// false if it names several.
func LevelIn(n Node, axis string, levels []string) (level string, ok bool) {
	ok = true
	note := func(l Levels) {
		if found := l[axis]; found != "" && slices.Contains(levels, found) {
			ok = ok && (level == "" || level == found)
			level = found
		}
	}
	Walk(n, func(n Node) {
		switch n := n.(type) {
		case Ratio:
			note(n.Head)
			note(n.Base)
		case At:
			note(n.Levels)
		}
	})
	return level, ok
}

// mapped is n with leaf applied to every Metric, Ratio, At and Number in it.
func mapped(n Node, leaf func(Node) Node) Node {
	switch n := n.(type) {
	case Arithmetic:
		return Arithmetic{n.Op, mapped(n.X, leaf), mapped(n.Y, leaf)}
	case Comparison:
		return Comparison{n.Op, mapped(n.X, leaf), mapped(n.Y, leaf)}
	case Logic:
		return Logic{n.Op, mapped(n.X, leaf), mapped(n.Y, leaf)}
	case Not:
		return Not{mapped(n.X, leaf)}
	case Negative:
		return Negative{mapped(n.X, leaf)}
	case Edge:
		return Edge{n.Range, mapped(n.Condition, leaf)}
	}
	return leaf(n)
}

// PerArm says whether n has a Metric outside of a Ratio or an At, so that it is judged in every arm.
func PerArm(n Node) bool {
	found := false
	Walk(n, func(n Node) {
		_, is := n.(Metric)
		found = found || is
	})
	return found
}

// hasMetric reports whether n has a Metric, a Ratio or an At.
func hasMetric(n Node) bool {
	found := false
	Walk(n, func(n Node) {
		switch n.(type) {
		case Metric, Ratio, At:
			found = true
		}
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
