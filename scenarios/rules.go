package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"weighbridge/scenarios/metric"
	"weighbridge/scenarios/rule"
	"weighbridge/scenarios/tree"
)

// Rule is a condition on the result: an assertion, or that one level is no worse than another.
type Rule struct {
	// Name identifies the rule in reports; required, and unique.
	Name string `yaml:"name"`
	// Assert is an expression that must be true, such as error_rate < 0.01 (in every arm) or ratio(tps, "axis=head", "axis=base") > 1.5; default none.
	Assert string `yaml:"assert"`
	// NoRegression compares two levels, or this run with earlier records; default none.
	NoRegression *NoRegression `yaml:"no_regression"`
}

// NoRegression asks that a head is no worse than a base: two levels of an axis or, without
// Axis, Base and Head, this run and earlier records.
type NoRegression struct {
	// Axis is the axis whose levels are compared; default none, which compares this run with earlier records.
	Axis string `yaml:"axis"`
	// Base is the level that head is compared with; required with axis.
	Base string `yaml:"base"`
	// Head is the level that must be no worse; required with axis.
	Head string `yaml:"head"`
	// By is what is compared if the scenario has other axes: pooled (over all of them together), combination (one comparison for each combination of their levels) or both; default both.
	By string `yaml:"by" check:"enum=pooled|combination|both"`
	// Metrics are the metrics compared, each of which must have a default margin; default the bold ones in the table of metrics, tps only if an arm has closed load.
	Metrics JudgedMetrics `yaml:"metrics"`
	// Margin is how much worse the head may be in rates and latencies, as a share of the base, 0.001…1; default each metric's own.
	Margin float64 `yaml:"margin" check:"min=0.001,max=1"`
	// ErrorMargin is how much worse the head may be in error_rate, as a difference between shares of prompts, 0.0001…1; default 0.0025, a quarter of a percentage point.
	ErrorMargin float64 `yaml:"error_margin" check:"min=0.0001,max=1"`
}

// JudgedMetrics are names of metrics that no_regression compares.
type JudgedMetrics []string

// Words returns the names of the metrics that a rule can judge.
func (JudgedMetrics) Words() []string { return metric.Names(metric.Judged()) }

// AboutClaimed is the default of Claim.Is.
const AboutClaimed = "about"

// Claim is a stated figure and the expression that measures it.
type Claim struct {
	// ID identifies the claim in reports; required, and unique.
	ID string `yaml:"id"`
	// Says is the claim in words; default empty.
	Says string `yaml:"says"`
	// Measure is the expression whose value is the figure, such as ratio(tps, "axis=head", "axis=base") or at(error_rate, "axis=level"); required.
	Measure string `yaml:"measure"`
	// Is says what the measured figure must be for the claim to hold: about the claimed one, at_least or at_most that; default about.
	Is string `yaml:"is" check:"enum=about|at_least|at_most"`
	// Claimed is the stated figure, -1000000000000…1000000000000; default 0.
	Claimed float64 `yaml:"claimed" check:"min=-1000000000000,max=1000000000000"`
	// Within is how far from the claimed figure about reaches, as a share of it, 0.001…1; default 0.1.
	Within float64 `yaml:"within" check:"min=0.001,max=1"`
	// Along is the levels at which the claim is measured as well, each in place of the level that measure names: all levels of an axis (rate) or a range of them (rate=50..200). If the verdict changes along them, the claim depends on what they set; default none.
	Along string `yaml:"along"`
	// NotMeasurable says in a sentence why no run can decide the claim, whose figure is shown anyway; default none.
	NotMeasurable string `yaml:"not_measurable"`
	// Otherwise says in a sentence when the verdict would be different; default none, or with along where the verdict changes.
	Otherwise string `yaml:"otherwise"`
	// Source is where the claim was made; default empty.
	Source string `yaml:"source"`
}

// ruleChecker checks rules and claims against the matrix and the load.
type ruleChecker struct {
	// axes are the axes and levels that expressions may name.
	axes []rule.Axis
	// closes says that at least one arm has closed load, and streams that at least one
	// asks for streamed responses.
	closes, streams bool

	at       tree.Positions
	problems *tree.Problems
}

func (s *Scenario) validateRules(at tree.Positions, p *tree.Problems) {
	if len(s.Rules)+len(s.Claims) == 0 {
		return
	}
	c := ruleChecker{axes: s.Matrix.axes(), closes: s.closes(), streams: s.streams(), at: at, problems: p}
	c.rules(s.Rules)
	c.claims(s.Claims)
}

// closes reports whether at least one arm has closed load, or batches, which its TPS comes from too.
func (s *Scenario) closes() bool {
	return s.anyArm(func(arm Arm) bool { return arm.Load.Closed != nil || arm.Load.Batch != nil })
}

// streams reports whether at least one arm asks for streamed responses.
func (s *Scenario) streams() bool {
	return s.anyArm(func(arm Arm) bool { return arm.Target.Stream })
}

// anyArm reports whether at least one arm has a property. A matrix that cannot be expanded
// is reported elsewhere: its arms are assumed to have every property.
func (s *Scenario) anyArm(has func(Arm) bool) bool {
	return len(s.arms) == 0 || slices.ContainsFunc(s.arms, has)
}

func (m Matrix) axes() []rule.Axis {
	var axes []rule.Axis
	for _, axis := range m {
		var levels []string
		for _, level := range axis.Levels {
			levels = append(levels, level.Name)
		}
		axes = append(axes, rule.Axis{Name: axis.Name, Levels: levels, Added: axis.added})
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
		case r.Assert == "" && r.NoRegression == nil:
			c.report(path, "expected one of assert, no_regression, found neither")
		case r.Assert != "" && r.NoRegression != nil:
			c.report(path, "expected one of assert, no_regression, found both")
		case r.NoRegression != nil:
			c.levels(path+".no_regression", r.NoRegression)
			c.metrics(path+".no_regression.metrics", r.NoRegression.Metrics)
		default:
			c.expression(path+".assert", r.Assert, rule.ParseCondition)
		}
	}
}

func (c ruleChecker) claims(claims []Claim) {
	ids := map[string]string{}
	for i, claim := range claims {
		path := fmt.Sprintf("claims.%d", i)
		c.unique(ids, path, "id", claim.ID)
		if claim.Measure == "" {
			c.report(path+".measure", "missing: expected an expression that is a number")
			continue
		}
		c.expression(path+".measure", claim.Measure, rule.ParseNumber)
		if claim.Is == AboutClaimed && claim.Claimed == 0 && claim.NotMeasurable == "" {
			c.report(path+".claimed", "about 0 allows only 0 itself: expected is: at_most or is: at_least, or another figure")
		}
		c.along(path, claim)
	}
}

// along checks the levels along which a claim is tried.
func (c ruleChecker) along(path string, claim Claim) {
	n, err := rule.ParseNumber(claim.Measure, c.axes)
	if claim.Along == "" || err != nil {
		return // nothing to check, or reported
	}
	along, err := rule.ParseRange(claim.Along, c.axes)
	if err == nil {
		err = rule.Fits(n, along, c.axes)
	}
	var wrong rule.Error
	switch {
	case errors.As(err, &wrong):
		place, _ := c.at.Of(path+".along").Within(claim.Along, wrong.Column)
		c.problems.Add(place, path+".along", "%s", wrong.Message)
	case err != nil:
		c.report(path+".measure", "%v, which along replaces by the others", err)
	}
}

// unique checks that the name under a key of the mapping at path is given, and that no
// earlier mapping has it. taken maps each name so far to the path of its mapping.
func (c ruleChecker) unique(taken map[string]string, path, key, name string) {
	first, given := taken[name]
	switch {
	case name == "":
		c.report(tree.Join(path, key), "missing: expected a unique %s", key)
	case given:
		c.report(tree.Join(path, key), "duplicate: %q is already the %s of %s", name, key, first)
	default:
		taken[name] = path
	}
}

// expression reports what is wrong with an expression. The position points at the mistake, or at
// the expression's start if the expression has several lines.
func (c ruleChecker) expression(path, text string, parse func(string, []rule.Axis) (rule.Node, error)) {
	n, err := parse(text, c.axes)
	var wrong rule.Error
	if errors.As(err, &wrong) {
		place, exact := c.at.Of(path).Within(text, wrong.Column)
		if !exact {
			wrong.Message = fmt.Sprintf("column %d of the expression: %s", wrong.Column, wrong.Message)
		}
		c.problems.Add(place, path, "%s", wrong.Message)
		return
	}
	rule.Walk(n, func(n rule.Node) {
		switch n := n.(type) {
		case rule.Metric:
			c.streamed(path, n.Metric, n.Expr())
		case rule.At:
			c.streamed(path, n.Metric, n.Metric.Expr())
		case rule.Ratio:
			c.streamed(path, n.Metric, n.Metric.Expr())
			c.comparable(path, n.Metric)
		}
	})
}

// streamed reports a metric that only streamed responses have where no arm streams; name is
// what it is called at path.
func (c ruleChecker) streamed(path string, m metric.Metric, name string) {
	if m.Streamed && !c.streams {
		c.report(path, "%s needs streamed responses: expected target.stream: true in at least one arm", name)
	}
}

// comparable reports a metric by which arms cannot be compared for lack of closed load.
func (c ruleChecker) comparable(path string, m metric.Metric) {
	if m.NeedsClosedLoad && !c.closes {
		c.report(path, "comparing %s needs closed load: under open load it equals the offered rate", m.Name)
	}
}

// metrics checks the metrics of a no_regression rule; decoding has reported unknown names.
func (c ruleChecker) metrics(path string, names []string) {
	seen := map[string]bool{}
	for i, name := range names {
		at := fmt.Sprintf("%s.%d", path, i)
		m, known := metric.Named(name)
		switch {
		case !known:
		case seen[name]:
			c.report(at, "duplicate metric %s", name)
		default:
			c.streamed(at, m, name)
			c.comparable(at, m)
		}
		seen[name] = true
	}
}

// levels checks that base and head are two levels of the axis, or that all three
// are left out.
func (c ruleChecker) levels(path string, r *NoRegression) {
	switch {
	case r.Axis == "" && r.Base == "" && r.Head == "":
		return
	case r.Axis == "" || r.Base == "" || r.Head == "":
		c.report(path, "expected axis, base and head, or none of the three, which compares with earlier records")
		return
	case len(c.axes) == 0:
		c.report(tree.Join(path, "axis"), "unknown axis %q: the matrix has no axes", r.Axis)
		return
	}
	var names []string
	for _, axis := range c.axes {
		names = append(names, axis.Name)
	}
	i := slices.Index(names, r.Axis)
	if i < 0 {
		c.report(tree.Join(path, "axis"), "%s", tree.UnknownWord(r.Axis, names))
		return
	}
	for _, given := range []struct{ key, level string }{{"base", r.Base}, {"head", r.Head}} {
		if levels := c.axes[i].Levels; !slices.Contains(levels, given.level) {
			c.report(tree.Join(path, given.key), "%s", tree.UnknownWord(given.level, levels))
		}
	}
	if r.Base == r.Head {
		c.report(tree.Join(path, "head"), "expected a level other than base, found %q in both", r.Head)
	}
}

// Alert is an alert on the success rate of open load: answered over all prompts that ended, in a window of time.
type Alert struct {
	// Under is the success rate below which the alert fires, 0…1; default 0, no alert. It is calculated every second over the prompts that were due in the window.
	Under float64 `yaml:"under" check:"min=0,max=1"`
	// Window is how far back the success rate goes, 1s…24h, in whole seconds; default 5m.
	Window time.Duration `yaml:"window" check:"min=1s,max=24h"`
}
