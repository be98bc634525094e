package page

import (
	"slices"

	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

// Severity says how much a text or a figure can be trusted, or how bad it is.
type Severity int

// The severities.
const (
	// Plain is neither good nor bad.
	Plain Severity = iota
	// Good: the figures count, or the rule holds.
	Good
	// Doubtful: incomplete, indicative only, or not decided.
	Doubtful
	// Bad: the figures do not count, or there is a regression.
	Bad
)

// String returns the severity as one word; empty for Plain.
func (s Severity) String() string { return [...]string{"", "good", "doubtful", "bad"}[s] }

// SeverityOf returns the severity of a verdict. An empty one is Doubtful: nothing says that it is good.
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
	// Title is the heading of a section with details; other sections have none.
	Title string
	// Details sections stand after the plots, and the terminal leaves them out.
	Details bool
	// Short is the sentence that the terminal prints in place of the section; may be empty.
	Short string
	Table
}

// Table is columns and rows, and a line that explains them. Without rows it is not shown.
type Table struct {
	About   string
	Columns []Column
	Rows    [][]Cell
	// Sentences says that cells hold sentences, which renderers may fold.
	Sentences bool
}

// Column is the head of a column.
type Column struct {
	Heading string
	// Metric is the metric of the column's figures; the zero Metric for words, and for figures
	// of several metrics.
	Metric metric.Metric
	// Figures says that the column holds figures, which are aligned to the right.
	Figures bool
}

// Cell is a value with its severity.
type Cell struct {
	Value
	Severity Severity
}

// column is a column of a table that has a row for each T.
type column[T any] struct {
	Column
	value func(T) Value
}

// figure makes a column of figures of one metric.
func figure[T any](m metric.Metric, value func(T) *float64) column[T] {
	return column[T]{Column{m.Heading, m, true}, func(row T) Value { return Figure{m, value(row)} }}
}

// words makes a column of words.
func words[T any](heading string, value func(T) Value) column[T] {
	return column[T]{Column{Heading: heading}, value}
}

// numbers makes a column of other numbers, such as ratios.
func numbers[T any](heading string, value func(T) Value) column[T] {
	return column[T]{Column{Heading: heading, Figures: true}, value}
}

// table makes a table with a row for each of rows.
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

// cell gives a value its severity: verdicts have one.
func cell(v Value) Cell {
	if verdict, ok := v.(Verdict); ok {
		return Cell{v, SeverityOf(gate.Verdict(verdict))}
	}
	return Cell{Value: v}
}

// without returns the table without the columns for whose values drop is true.
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

// armRow is what the row of an arm is made from.
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

// levels returns the columns that name an arm: its level of each axis, or its name if there
// are no axes.
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
