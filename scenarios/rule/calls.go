package rule

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"

	"weighbridge/scenarios/metric"
)

// forms are the functions of expressions, with their arguments.
func forms() map[string]string {
	return map[string]string{
		"ratio": `ratio(metric, "head", "base")`,
		"at":    `at(metric, "axis=level")`,
		"edge":  `edge("axis=first..last", condition)`,
	}
}

// calledName is the name of a function that is called.
func calledName(n *ast.CallNode) string {
	if name, ok := n.Callee.(*ast.IdentifierNode); ok {
		return name.Value
	}
	return ""
}

// call reads a function with its arguments.
func (r reader) call(n *ast.CallNode, depth int) (Node, error) {
	name := calledName(n)
	if want := strings.Count(forms()[name], ",") + 1; len(n.Arguments) != want {
		return nil, at(n, "expected %s, found %d arguments", forms()[name], len(n.Arguments))
	}
	switch name {
	case "at":
		return r.at(n)
	case "edge":
		return r.edge(n, depth)
	}
	return r.ratio(n)
}

// single reads the name of a metric.
func (r reader) single(n ast.Node) (metric.Metric, error) {
	name, ok := n.(*ast.IdentifierNode)
	if !ok {
		return metric.Metric{}, r.mismatch(n, "a single metric")
	}
	of, err := readMetric(name)
	return of.Metric, err
}

// at reads at(metric, "axis=level"), which names a level of every axis of the scenario that has
// several.
func (r reader) at(n *ast.CallNode) (Node, error) {
	of, err := r.single(n.Arguments[0])
	if err != nil {
		return nil, err
	}
	levels, err := r.selector(n.Arguments[1])
	if err != nil {
		return nil, err
	}
	for _, axis := range r.axes {
		if levels[axis.Name] == "" && len(axis.Levels) > 1 && !axis.Added {
			return nil, at(n.Arguments[1], "expected the levels of one arm: a level of %s is missing", axis.Name)
		}
	}
	return At{of, levels}, nil
}

// edge reads edge("axis=first..last", condition). The condition names one level of the range, in
// whose place each of the others is put.
func (r reader) edge(n *ast.CallNode, depth int) (Node, error) {
	along, err := r.rangeOf(n.Arguments[0])
	if err != nil {
		return nil, err
	}
	condition, err := r.condition(n.Arguments[1], depth+1)
	if err != nil {
		return nil, err
	}
	if PerArm(condition) {
		return nil, at(n.Arguments[1], "expected %s or %s in the condition of an edge, found a metric by itself", forms()["at"], forms()["ratio"])
	}
	nested := false
	Walk(condition, func(n Node) {
		_, is := n.(Edge)
		nested = nested || is
	})
	if nested {
		return nil, at(n.Arguments[1], "expected a condition without another edge in it")
	}
	if err := along.fits(condition, r.axes); err != nil {
		return nil, at(n.Arguments[1], "%v", err)
	}
	return Edge{along, condition}, nil
}

// rangeOf reads a text of levels of one axis.
func (r reader) rangeOf(n ast.Node) (Range, error) {
	text, ok := n.(*ast.StringNode)
	if !ok {
		return Range{}, r.mismatch(n, rangeText)
	}
	found, offset, err := r.parseRange(text.Value)
	if err != nil {
		return Range{}, Error{r.column(text, offset), err.Error()}
	}
	return found, nil
}

const rangeText = `levels of an axis in quotes, "axis" or "axis=first..last"`

// parseRange reads "axis" or "axis=first..last". offset is the byte where it is wrong.
func (r reader) parseRange(text string) (found Range, offset int, err error) {
	axis, levels, some := strings.Cut(text, "=")
	found.Axis = strings.TrimSpace(axis)
	known := r.levelsOf(found.Axis)
	if known == nil {
		return found, blanks(axis), errors.New(r.unknownAxis(found.Axis))
	}
	if !some {
		return found, 0, nil
	}
	first, last, spanned := strings.Cut(levels, "..")
	if !spanned {
		return found, len(axis) + 1, fmt.Errorf("expected axis=first..last, found %q", text)
	}
	found.First, found.Last = strings.TrimSpace(first), strings.TrimSpace(last)
	for _, end := range []struct {
		level  string
		offset int
	}{{found.First, len(axis) + 1}, {found.Last, len(axis) + 1 + len(first) + 2}} {
		if !slices.Contains(known, end.level) {
			return found, end.offset, fmt.Errorf("unknown level %q of the axis %s: %s", end.level, found.Axis, suggestion(end.level, known))
		}
	}
	if len(found.Of(known)) < 2 {
		return found, len(axis) + 1, fmt.Errorf("expected at least two levels in the order of the axis, %s", strings.Join(known, ", "))
	}
	return found, 0, nil
}

// fits reports what keeps a node from being moved along the range: it must name one level of it.
func (r Range) fits(n Node, axes []Axis) error {
	levels := r.Of(reader{axes: axes}.levelsOf(r.Axis))
	switch level, ok := LevelIn(n, r.Axis, levels); {
	case !ok:
		return fmt.Errorf("expected one level of %s, found several of them", r)
	case level == "":
		return fmt.Errorf("expected a level of %s, found none", r)
	case len(levels) < 2:
		return fmt.Errorf("expected at least two levels of the axis %s", r.Axis)
	}
	return nil
}

// Quantity is the number that a setting's text stands for: a plain number, or a duration in
// seconds. False for any other text.
func Quantity(text string) (float64, bool) {
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	}
	d, err := time.ParseDuration(text)
	return d.Seconds(), err == nil
}

// Fits reports what keeps an expression from being evaluated at the other levels of a range.
func Fits(n Node, along Range, axes []Axis) error { return along.fits(n, axes) }
