package sides

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/reports/summary"
)

// The levels of the axis that says of which run an arm is.
const (
	BaseRun = "base"
	HeadRun = "head"
)

// Joined is what is compared as one record, for tables and plots.
type Joined struct {
	*summary.Judged
	// Axis is the axis that tells the sides apart.
	Axis string
	// Arms holds the number of the arm that each delta is about, the head's; −1 if there is none.
	Arms []int
	// Names is what each delta is called: the levels of its arm without the axis that tells the sides apart.
	Names []string

	// levels says that they are levels of one record.
	levels bool
}

// Joined makes two records one: each arm stands in it twice, beside each other, with a further axis that says
// of which run it is. Of levels it is the record itself. It is nil without records.
func (c Compared) Joined() *Joined {
	if c.Base == nil {
		return nil
	}
	out := &Joined{levels: c.Head == nil}
	rec, axis := c.Base, c.Axis
	if c.Head != nil {
		rec, axis = both(c.Base, c.Head)
	}
	for _, d := range c.Deltas {
		levels := d.Levels
		if c.Head != nil {
			levels = withLevel(named(d.Levels, d.Arm, rec.Axes), axis, HeadRun)
		}
		out.Arms = append(out.Arms, slices.IndexFunc(rec.Arms, func(a record.Arm) bool { return maps.Equal(a.Levels, levels) }))
	}
	at := slices.IndexFunc(rec.Axes, func(a record.Axis) bool { return a.Name == axis })
	out.Judged = (&summary.Judged{Record: rec, Apart: true}).Printable()
	out.Axis = out.Record.Axes[at].Name
	for i, d := range c.Deltas {
		out.Names = append(out.Names, out.nameOf(out.Arms[i], d.Arm))
	}
	return out
}

// Heading is what the Names are: the axes that they are levels of, or arms.
func (j *Joined) Heading() string {
	if j == nil || j.levels || len(j.Record.Axes) < 2 {
		return "arm"
	}
	var names []string
	for _, axis := range j.Record.Axes {
		if axis.Name != j.Axis {
			names = append(names, axis.Name)
		}
	}
	return strings.Join(names, " · ")
}

// nameOf returns what a delta about an arm is called: the arm's levels of the axes other than that of the sides.
// If there are no other axes, or if levels are compared, it is the delta's own name.
func (j *Joined) nameOf(arm int, own string) string {
	if j.levels || arm < 0 || len(j.Record.Axes) < 2 {
		return own
	}
	var names []string
	for _, axis := range j.Record.Axes {
		if axis.Name != j.Axis {
			names = append(names, j.Record.Arms[arm].Levels[axis.Name])
		}
	}
	return strings.Join(names, " · ")
}

// both makes two records one.
func both(base, head *record.Record) (rec *record.Record, axis string) {
	out := *head
	out.Invalid, out.Warnings, out.Rules, out.Claims, out.Budget = nil, nil, nil, nil, nil
	out.Complete, out.Quick = base.Complete && head.Complete, base.Quick || head.Quick
	out.Axes = axesOf(base, head)
	axis = "run"
	for slices.ContainsFunc(out.Axes, func(a record.Axis) bool { return a.Name == axis }) {
		axis = "which " + axis
	}
	out.Arms = nil
	add := func(arm record.Arm, run string) {
		arm.Levels = withLevel(named(arm.Levels, arm.Name, out.Axes), axis, run)
		name := axis + "=" + run
		if len(out.Axes) > 0 {
			name = arm.Name + "," + name
		}
		arm.Name = name
		out.Arms = append(out.Arms, arm)
	}
	for _, arm := range head.Arms {
		if before := counterpart(arm, base.Arms); before >= 0 {
			add(base.Arms[before], BaseRun)
		}
		add(arm, HeadRun)
	}
	for _, arm := range base.Arms {
		if counterpart(arm, head.Arms) < 0 {
			add(arm, BaseRun)
		}
	}
	out.Axes = append(out.Axes, record.Axis{Name: axis, Levels: []string{BaseRun, HeadRun}})
	return &out, axis
}

// counterpart is the number of the same arm among those of another record, or −1.
func counterpart(arm record.Arm, others []record.Arm) int {
	return slices.IndexFunc(others, func(a record.Arm) bool { return a.Name == arm.Name && maps.Equal(a.Levels, arm.Levels) })
}

// armAxis is the axis of two records whose axes are not the same: its levels are the arms' names.
const armAxis = "arm"

// axesOf returns the axes of both records with all their levels. If the records have different axes, it returns
// one axis whose levels are the arms.
func axesOf(base, head *record.Record) []record.Axis {
	name := func(a record.Axis) string { return a.Name }
	if !slices.EqualFunc(base.Axes, head.Axes, func(a, b record.Axis) bool { return name(a) == name(b) }) {
		all := record.Axis{Name: armAxis}
		for _, arm := range slices.Concat(head.Arms, base.Arms) {
			if !slices.Contains(all.Levels, arm.Name) {
				all.Levels = append(all.Levels, arm.Name)
			}
		}
		return []record.Axis{all}
	}
	var out []record.Axis
	for i, axis := range head.Axes {
		axis.Levels, axis.Sets = slices.Clone(axis.Levels), slices.Clone(axis.Sets)
		for k, level := range base.Axes[i].Levels {
			if slices.Contains(axis.Levels, level) {
				continue
			}
			axis.Levels = append(axis.Levels, level)
			if axis.Sets != nil && k < len(base.Axes[i].Sets) {
				axis.Sets = append(axis.Sets, base.Axes[i].Sets[k])
			}
		}
		out = append(out, axis)
	}
	return out
}

// named are the levels of an arm along the axes: its own, or its name on an axis of arms.
func named(levels map[string]string, arm string, axes []record.Axis) map[string]string {
	if len(axes) == 1 && axes[0].Name == armAxis && levels[armAxis] == "" {
		return map[string]string{armAxis: arm}
	}
	return levels
}

func withLevel(levels map[string]string, axis, level string) map[string]string {
	out := maps.Clone(levels)
	if out == nil {
		out = map[string]string{}
	}
	out[axis] = level
	return out
}

// BySide returns lines about each of the sides, those that both have once. of makes them from one
// record, without comparisons.
func (c Compared) BySide(of func(*record.Record, summary.Summary) []string) []string {
	lines := func(rec *record.Record) []string {
		j := (&summary.Judged{Record: rec, Apart: true}).Printable()
		return of(j.Record, j.Summary())
	}
	base := lines(c.Base)
	if c.Head == nil {
		return base
	}
	head := lines(c.Head)
	var out []string
	for _, line := range base {
		side := map[bool]string{true: "Both: ", false: "Base: "}[slices.Contains(head, line)]
		out = append(out, side+line)
	}
	for _, line := range head {
		if !slices.Contains(base, line) {
			out = append(out, "Head: "+line)
		}
	}
	return out
}

// Title is what is compared, in words.
func (c Compared) Title() string {
	title := func(rec *record.Record) string { return cmp.Or(rec.Scenario.Title, rec.Scenario.Name) }
	switch {
	case c.Base == nil:
		return c.Old + " and " + c.New
	case c.Head == nil:
		return title(c.Base) + ": " + c.Axis
	case title(c.Base) == title(c.Head):
		return title(c.Head) + ": two runs compared"
	}
	return title(c.Head) + " compared with " + title(c.Base)
}
