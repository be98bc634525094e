package page

import (
	"slices"

	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

// Severity says how far something can be trusted, or how bad it is.
type Severity int

// The severities.
const (
	// Plain is of what is neither good nor bad.
	Plain Severity = iota
	// Good is of figures that count and of rules that hold.
	Good
	// Doubtful is of what is incomplete, indicative only or not decided.
	Doubtful
	// Bad is of what does not count, and of regressions.
	Bad
)

// String is the severity in one word; empty for Plain.
func (s Severity) String() string { return [...]string{"", "good", "doubtful", "bad"}[s] }

// SeverityOf is that of a verdict. No verdict is Doubtful: nothing says that it is good.
func SeverityOf(v gate.Verdict) Severity {
	switch v {
	case gate.Pass, "holds":
		return Good
	case gate.Regression, gate.Invalid:
		return Bad
	}
	return Doubtful
}

// Section is a table with its place on the page.
type Section struct {
	// Title is the heading of a section of details; other sections have none.
	Title string
	// Details says that the section stands after the plots, and that the terminal's table
	// leaves it out.
	Details bool
	// Short is a sentence that stands for the section where it is left out.
	Short string
	Table
}

// Table is a line about it, its columns and its rows; without rows it is not shown.
type Table struct {
	About   string
	Columns []Column
	Rows    [][]Cell
	// Sentences says that its cells hold sentences, which may be folded.
	Sentences bool
}

// Column is a heading and what stands under it.
type Column struct {
	Heading string
	// Metric is what the column's figures are of; the zero Metric where they are of several
	// metrics, and for words.
	Metric metric.Metric
	// Figures says that the column holds figures, which stand to the right.
	Figures bool
}

// Cell is one value.
type Cell struct {
	Value
	Severity Severity
}

// column is a column of a table whose rows are made of Ts.
type column[T any] struct {
	Column
	value func(T) Value
}

// figure is a column of a metric.
func figure[T any](m metric.Metric, value func(T) *float64) column[T] {
	return column[T]{Column{m.Heading, m, true}, func(row T) Value { return Figure{m, value(row)} }}
}

// words is a column of words.
func words[T any](heading string, value func(T) Value) column[T] {
	return column[T]{Column{Heading: heading}, value}
}

// numbers is a column of values that are not plain figures of one metric.
func numbers[T any](heading string, value func(T) Value) column[T] {
	return column[T]{Column{Heading: heading, Figures: true}, value}
}

// table has a row for each of rows.
func table[T any](about string, rows []T, columns []column[T]) Table {
	t := Table{About: about}
	for _, c := range columns {
		t.Columns = append(t.Columns, c.Column)
	}
	for _, row := range rows {
		var cells []Cell
		for _, c := range columns {
			cells = append(cells, cell(c.value(row)))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// cell is a value with its severity: only verdicts have one.
func cell(v Value) Cell {
	if verdict, ok := v.(Verdict); ok {
		return Cell{v, SeverityOf(gate.Verdict(verdict))}
	}
	return Cell{Value: v}
}

// without leaves out the columns that drop says so of, from all of their values.
func (t Table) without(drop func(Column, []Value) bool) Table {
	for i := len(t.Columns) - 1; i >= 0; i-- {
		var values []Value
		for _, row := range t.Rows {
			values = append(values, row[i].Value)
		}
		if !drop(t.Columns[i], values) {
			continue
		}
		t.Columns = slices.Delete(t.Columns, i, i+1)
		for k := range t.Rows {
			t.Rows[k] = slices.Delete(t.Rows[k], i, i+1)
		}
	}
	return t
}

// armRow is what the row of an arm is made of.
type armRow struct {
	arm *record.Arm
	s   summary.Arm
}

func armRows(from Source) []armRow {
	var rows []armRow
	for i := range from.Record.Arms {
		rows = append(rows, armRow{&from.Record.Arms[i], from.Summary.Arms[i]})
	}
	return rows
}

// levels are the columns that name an arm: a level of each axis, or its name without axes.
func levels[T any](axes []record.Axis, of func(T) summary.Arm) []column[T] {
	if len(axes) == 0 {
		return []column[T]{words("arm", func(row T) Value { return Text(of(row).Arm) })}
	}
	var columns []column[T]
	for _, axis := range axes {
		columns = append(columns, words(axis.Name, func(row T) Value { return Text(of(row).Levels[axis.Name]) }))
	}
	return columns
}

func levelsOfArm(axes []record.Axis) []column[armRow] {
	return levels(axes, func(row armRow) summary.Arm { return row.s })
}
