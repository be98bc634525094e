// Package table holds tables of typed values: a cell is a value with its metric, and renderers
// format it last.
package table

import (
	"slices"

	"weighbridge/bench/gate"
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
	case gate.Pass, gate.Holds:
		return Good
	case gate.Regression, gate.Invalid:
		return Bad
	}
	return Doubtful
}

// Table is columns and rows, and a line that explains them. Without rows it is not shown.
type Table struct {
	About   string
	Columns []Column
	Rows    [][]Cell
	// Sentences says that cells hold sentences, which renderers may fold.
	Sentences bool
	// Arms are the numbers of the arms that the rows are about; nil if rows are not about one.
	Arms []int
}

// Column is the head of a column.
type Column struct {
	Heading string
	// Metric is the metric of the column's figures; the zero Metric for words, and for figures
	// of several metrics.
	Metric metric.Metric
	// Figures says that the column holds figures, which are aligned to the right.
	Figures bool
	// Names says that the column is part of what a row is called.
	Names bool
}

// Cell is a value with its severity.
type Cell struct {
	Value
	Severity Severity
}

// ColumnOf is a column of a table that has a row for each T, with how its values are made.
type ColumnOf[T any] struct {
	Column
	Value func(T) Value
}

// Figures makes a column of figures of one metric.
func Figures[T any](m metric.Metric, value func(T) *float64) ColumnOf[T] {
	return ColumnOf[T]{Column{Heading: m.Heading, Metric: m, Figures: true}, func(row T) Value { return Figure{m, value(row)} }}
}

// Words makes a column of words.
func Words[T any](heading string, value func(T) Value) ColumnOf[T] {
	return ColumnOf[T]{Column{Heading: heading}, value}
}

// Names makes a column of words that rows are called by.
func Names[T any](heading string, value func(T) Value) ColumnOf[T] {
	return ColumnOf[T]{Column{Heading: heading, Names: true}, value}
}

// Numbers makes a column of other numbers, such as ratios.
func Numbers[T any](heading string, value func(T) Value) ColumnOf[T] {
	return ColumnOf[T]{Column{Heading: heading, Figures: true}, value}
}

// New makes a table with a row for each of rows.
func New[T any](about string, rows []T, columns []ColumnOf[T]) Table {
	t := Table{About: about}
	for _, c := range columns {
		t.Columns = append(t.Columns, c.Column)
	}
	for _, row := range rows {
		var cells []Cell
		for _, c := range columns {
			cells = append(cells, cell(c.Value(row)))
		}
		t.Rows = append(t.Rows, cells)
		if about, ok := any(row).(interface{ ArmNumber() int }); ok {
			t.Arms = append(t.Arms, about.ArmNumber())
		}
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

// WithoutBlank returns the table without the columns of words in which nothing stands.
func (t Table) WithoutBlank() Table {
	return t.Without(func(c Column, values []Value) bool {
		return !c.Figures && len(values) > 0 && !slices.ContainsFunc(values, func(v Value) bool { return v.String() != "" })
	})
}

// Without returns the table without the columns for whose values drop is true.
func (t Table) Without(drop func(Column, []Value) bool) Table {
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
