// Package sides holds what is compared: two records, or the levels of an axis within one.
package sides

import (
	"fmt"
	"slices"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
)

// Compared is two records, or two levels of an axis, side by side.
type Compared struct {
	// Old and New name the two sides: the base and the head.
	Old, New string
	// Deltas holds the differences, in the order of arms, and of metrics within an arm.
	Deltas []figures.Delta
	// Invalid says why the figures of a side do not count.
	Invalid []string
	// Warnings are about the comparison as a whole.
	Warnings []string
	// Base and Head are the records; of levels, Base holds both sides, and Head is nil.
	Base, Head *record.Record
	// Axis is the axis whose levels are compared; empty for two records.
	Axis string
}

// Finite returns the comparison with figures that are NaN or infinite set to nil.
func (c Compared) Finite() Compared {
	c.Deltas = slices.Clone(c.Deltas)
	for i := range c.Deltas {
		d := &c.Deltas[i]
		summary.Finite(&d.Old, &d.New, &d.Ratio, &d.Low, &d.High, &d.P, &d.Difference, &d.DifferenceLow, &d.DifferenceHigh)
	}
	return c
}

// Printable returns the comparison with its texts as format.OneLine prints them. The records stay as
// they are: Joined makes them printable.
func (c Compared) Printable() Compared {
	base, head, deltas := c.Base, c.Head, c.Deltas
	c.Base, c.Head = nil, nil
	c = format.WithTexts(c, format.OneLine)
	c.Base, c.Head = base, head
	for i := range c.Deltas { // they name arms of the records
		c.Deltas[i].Levels = deltas[i].Levels
	}
	return c
}

// Doubts are all reasons not to trust the comparison.
func (c Compared) Doubts() []string { return slices.Concat(c.Invalid, c.Warnings) }

// Sides names the two sides.
func (c Compared) Sides() string {
	base, head := format.OneLine(c.Old), format.OneLine(c.New)
	if c.Axis != "" {
		axis := format.OneLine(c.Axis)
		base, head = axis+"="+base, "each other level of "+axis
		if only := c.otherLevels(); len(only) == 1 {
			head = axis + "=" + format.OneLine(only[0])
		}
	}
	return fmt.Sprintf("Base: %s. Head: %s. ~ means that no difference can be told apart from noise.", base, head)
}

// otherLevels are the levels of the axis besides the base.
func (c Compared) otherLevels() []string {
	i := slices.IndexFunc(c.Base.Axes, func(a record.Axis) bool { return a.Name == c.Axis })
	if i < 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.Base.Axes[i].Levels), func(level string) bool { return level == c.Old })
}
