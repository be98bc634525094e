package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"weighbridge/scenarios/metric"
	"weighbridge/scenarios/rule"
	"weighbridge/scenarios/tree"
)

// ruleChecker checks rules and claims against the matrix and the load.
type ruleChecker struct {
	// axes are what selectors may name.
	axes []rule.Axis
	// closes says that some arm has closed load, streams that some is answered by streams.
	closes, streams bool

	at       tree.Places
	problems *tree.Problems
}

func (s *Scenario) validateRules(at tree.Places, p *tree.Problems) {
	if len(s.Rules)+len(s.Claims) == 0 {
		return
	}
	c := ruleChecker{axes: s.Matrix.axes(), closes: s.closes(), streams: s.streams(), at: at, problems: p}
	c.rules(s.Rules)
	c.claims(s.Claims)
}

// closes reports whether some arm has closed load.
func (s *Scenario) closes() bool {
	return s.some(func(arm Arm) bool { return arm.Load.Closed != nil })
}

// streams reports whether some arm asks for streams.
func (s *Scenario) streams() bool {
	return s.some(func(arm Arm) bool { return arm.Target.Stream })
}

// some reports whether any arm has a property. A matrix too large to expand is an error
// by itself: its arms are taken to have everything.
func (s *Scenario) some(has func(Arm) bool) bool {
	return len(s.arms) == 0 || slices.ContainsFunc(s.arms, has)
}

func (m Matrix) axes() []rule.Axis {
	var axes []rule.Axis
	for _, axis := range m {
		var levels []string
		for _, level := range axis.Levels {
			levels = append(levels, level.Name)
		}
		axes = append(axes, rule.Axis{Name: axis.Name, Levels: levels})
	}
	return axes
}

func (c ruleChecker) report(path, format string, args ...any) {
	c.problems.Add(c.at.Of(path), path, format, args...)
}

func (c ruleChecker) rules(rules []Rule) {
	names := map[string]string{}
	for i, r := range rules {
		path := fmt.Sprintf("rules.%d", i)
		c.unique(names, path, "name", r.Name)
		switch {
		case (r.Assert == "") == (r.NoRegression == nil):
			c.report(path, "expected one of assert, no_regression")
		case r.NoRegression != nil:
			c.levels(path+".no_regression", r.NoRegression)
			c.metrics(path+".no_regression.metrics", r.NoRegression.Metrics)
		default:
			c.expression(path+".assert", r.Assert, rule.Assert)
		}
	}
}

func (c ruleChecker) claims(claims []Claim) {
	ids := map[string]string{}
	for i, claim := range claims {
		path := fmt.Sprintf("claims.%d", i)
		c.unique(ids, path, "id", claim.ID)
		if claim.Measure == "" {
			c.report(path+".measure", "missing")
			continue
		}
		c.expression(path+".measure", claim.Measure, rule.Measure)
	}
}

// unique asks for a name under a key of the mapping at path that none before it has.
func (c ruleChecker) unique(taken map[string]string, path, key, name string) {
	first, given := taken[name]
	switch {
	case name == "":
		c.report(tree.Join(path, key), "missing")
	case given:
		c.report(tree.Join(path, key), "%q is taken by %s", name, first)
	default:
		taken[name] = path
	}
}

// expression says what is wrong with one where in it that is, or at its start
// where it stands on several lines.
func (c ruleChecker) expression(path, text string, parse func(string, []rule.Axis) (rule.Node, error)) {
	n, err := parse(text, c.axes)
	var wrong rule.Error
	switch {
	case errors.As(err, &wrong):
		place, exact := c.at.Of(path).Within(text, wrong.Column)
		if !exact {
			wrong.Message = fmt.Sprintf("column %d of the expression: %s", wrong.Column, wrong.Message)
		}
		c.problems.Add(place, path, "%s", wrong.Message)
	case !c.closes && comparesTPS(n):
		c.report(path, "a ratio of tps needs closed load: under open load it is what was offered")
	case !c.streams:
		rule.Walk(n, func(n rule.Node) {
			if metric := metricOf(n); ofStreams(metric) {
				c.report(path, noStreams, metric)
			}
		})
	}
}

const noStreams = "%s is of streams: expected target.stream in some arm"

// ofStreams reports whether a metric is known of streams alone.
func ofStreams(metric string) bool {
	return strings.HasPrefix(metric, "ttft_") || strings.HasPrefix(metric, "tpot_")
}

// metricOf is the metric that a node names; empty for none.
func metricOf(n rule.Node) string {
	switch n := n.(type) {
	case rule.Metric:
		return n.Expr()
	case rule.Ratio:
		return n.Metric.Expr()
	}
	return ""
}

// comparesTPS reports whether an expression sets the TPS of arms against each other.
func comparesTPS(n rule.Node) bool {
	found := false
	rule.Walk(n, func(n rule.Node) {
		ratio, is := n.(rule.Ratio)
		found = found || is && ratio.Metric.Name == metric.TPS
	})
	return found
}

func (c ruleChecker) metrics(path string, metrics []string) {
	seen := map[string]bool{}
	for i, metric := range metrics {
		at := fmt.Sprintf("%s.%d", path, i)
		switch {
		case metric != "" && seen[metric]:
			c.report(at, "%s is named twice", metric)
		case metric == "tps" && !c.closes:
			c.report(at, "tps needs closed load: under open load it is what was offered")
		case ofStreams(metric) && !c.streams:
			c.report(at, noStreams, metric)
		}
		seen[metric] = true
	}
}

// levels checks that base and head are two levels of the axis, or that all three
// are left out.
func (c ruleChecker) levels(path string, r *NoRegression) {
	switch {
	case r.Axis == "" && r.Base == "" && r.Head == "":
		return
	case r.Axis == "" || r.Base == "" || r.Head == "":
		c.report(path, "expected axis, base and head, or none of them, which compares with records")
		return
	case len(c.axes) == 0:
		c.report(tree.Join(path, "axis"), "unknown axis %q: the matrix has none", r.Axis)
		return
	}
	var names []string
	for _, axis := range c.axes {
		names = append(names, axis.Name)
	}
	i := slices.Index(names, r.Axis)
	if i < 0 {
		c.report(tree.Join(path, "axis"), "%s", tree.NoneOf(r.Axis, names))
		return
	}
	for _, given := range []struct{ key, level string }{{"base", r.Base}, {"head", r.Head}} {
		if levels := c.axes[i].Levels; !slices.Contains(levels, given.level) {
			c.report(tree.Join(path, given.key), "%s", tree.NoneOf(given.level, levels))
		}
	}
	if r.Base == r.Head {
		c.report(tree.Join(path, "head"), "expected another level than base, found %q in both", r.Head)
	}
}
