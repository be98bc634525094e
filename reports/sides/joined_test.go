package sides

import (
	"slices"
	"strings"
	"testing"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
)

// recordOf has an arm for each name: axis=level of every axis, joined by commas; "all" has no axes.
func recordOf(title string, names ...string) *record.Record {
	rec := &record.Record{Complete: true, Scenario: record.Scenario{Title: title}}
	for _, name := range names {
		arm := recordtest.Steady(name, 20, 5e6, 7)
		arm.Levels = map[string]string{}
		for i, pair := range strings.Split(name, ",") {
			axis, level, ok := strings.Cut(pair, "=")
			if !ok {
				continue
			}
			arm.Levels[axis] = level
			if len(rec.Axes) <= i {
				rec.Axes = append(rec.Axes, record.Axis{Name: axis})
			}
			if !slices.Contains(rec.Axes[i].Levels, level) {
				rec.Axes[i].Levels = append(rec.Axes[i].Levels, level)
			}
		}
		rec.Arms = append(rec.Arms, arm)
	}
	return rec
}

func TestTwoRecordsAreOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		base, head *record.Record
		arms       []string
		axes       string
		// names and heads are what the deltas of p50 are called, and the arms that they are about.
		names, heads []string
	}{
		"the same arms": {
			recordOf("", "a=x", "a=y"), recordOf("", "a=x", "a=y"),
			[]string{"a=x,run=base", "a=x,run=head", "a=y,run=base", "a=y,run=head"},
			"a:x,y run:base,head",
			[]string{"x", "y"},
			[]string{"a=x,run=head", "a=y,run=head"},
		},
		"one arm": {recordOf("", "all"), recordOf("", "all"), []string{"run=base", "run=head"}, "run:base,head", []string{"all"}, []string{"run=head"}},
		"an arm of each is missing": {
			recordOf("", "a=x", "a=z"), recordOf("", "a=x", "a=y"),
			[]string{"a=x,run=base", "a=x,run=head", "a=y,run=head", "a=z,run=base"},
			"a:x,y,z run:base,head",
			[]string{"x"},
			[]string{"a=x,run=head"},
		},
		"other axes": {
			recordOf("", "a=x"), recordOf("", "b=y"), []string{"b=y,run=head", "a=x,run=base"}, "arm:b=y,a=x run:base,head", nil, nil,
		},
		"an axis called run": {
			recordOf("", "run=x"), recordOf("", "run=x"),
			[]string{"run=x,which run=base", "run=x,which run=head"},
			"run:x which run:base,head",
			[]string{"x"},
			[]string{"run=x,which run=head"},
		},
	} {
		compared := Compared{Base: c.base, Head: c.head}
		deltas, _ := figures.BetweenRecords(figures.Run{Record: c.base}, figures.Run{Record: c.head})
		compared.Deltas = slices.DeleteFunc(deltas, func(d figures.Delta) bool { return d.Metric != "p50" })
		j := compared.Joined()
		var arms, axes, heads []string
		for _, arm := range j.Record.Arms {
			arms = append(arms, arm.Name)
		}
		for _, axis := range j.Record.Axes {
			axes = append(axes, axis.Name+":"+strings.Join(axis.Levels, ","))
		}
		for _, n := range j.Arms {
			heads = append(heads, j.Record.Arms[n].Name)
		}
		if !slices.Equal(arms, c.arms) || strings.Join(axes, " ") != c.axes {
			t.Errorf("%s: arms %q, axes %q", name, arms, axes)
		}
		if !slices.Equal(heads, c.heads) || !slices.Equal(j.Names, c.names) || j.Axis != j.Record.Axes[len(j.Record.Axes)-1].Name {
			t.Errorf("%s: deltas are called %q, of arms %q; the axis is %q", name, j.Names, heads, j.Axis)
		}
		if want := strings.Join(axesNames(c.head, c.base), " · "); name != "one arm" && j.Heading() != want || name == "one arm" && j.Heading() != "arm" {
			t.Errorf("%s: the names are of %q, want %q", name, j.Heading(), want)
		}
		if n := len(j.Summary().Comparisons); n > 0 {
			t.Errorf("%s: %d comparisons of arms that were not measured side by side", name, n)
		}
		if len(c.base.Axes) > 0 && len(c.base.Arms[0].Levels) != len(c.base.Axes) {
			t.Errorf("%s: the record is changed: %v", name, c.base.Arms[0].Levels)
		}
	}
}

// axesNames are the names of the axes that both have, or arm.
func axesNames(a, b *record.Record) (names []string) {
	for i, axis := range a.Axes {
		if b.Axes[i].Name != axis.Name {
			return []string{"arm"}
		}
		names = append(names, axis.Name)
	}
	return names
}

func TestLevelsStayOneRecord(t *testing.T) {
	t.Parallel()
	c := Compared{Base: recordOf("Which?", "a=x", "a=y"), Axis: "a"}
	c.Deltas, _ = figures.BetweenLevels(c.Base, "a")
	j := c.Joined()
	if j.Record != c.Base || j.Axis != "a" || j.Arms[0] != 1 || j.Names[0] != "a=x → y" || j.Heading() != "arm" || c.Title() != "Which?: a" {
		t.Errorf("%v %v %v %v", j.Axis, j.Arms, j.Names, c.Title())
	}
	if (Compared{}).Joined() != nil {
		t.Error("nothing is joined to a record")
	}
}

func TestLinesBySide(t *testing.T) {
	t.Parallel()
	c := Compared{Base: recordOf("Which?", "all"), Head: recordOf("Whose?", "all")}
	got := c.BySide(func(rec *record.Record, _ summary.Summary) []string { return []string{"same", rec.Scenario.Title} })
	if want := []string{"Both: same", "Base: Which?", "Head: Whose?"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := c.Title(), "Whose? compared with Which?"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
