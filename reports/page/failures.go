package page

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
)

// shortFailures is how many kinds of failure of each arm and phase the short table shows.
const shortFailures = 3

// failureRow is a kind of failure of an arm.
type failureRow struct {
	armRow
	failure summary.Failure
}

// failureRows lists the failures of all arms; of the warm-up's only if warmup.
func failureRows(from Source, warmup bool) []failureRow {
	var rows []failureRow
	for _, arm := range armRows(from) {
		for _, f := range arm.s.Failures {
			if warmup || f.Phase != "warmup" {
				rows = append(rows, failureRow{arm, f})
			}
		}
	}
	return rows
}

// shortened keeps the most frequent kinds of each arm and phase, and adds up the others.
func shortened(rows []failureRow) []failureRow {
	var out []failureRow
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].s.Arm == rows[0].s.Arm && rows[n].failure.Phase == rows[0].failure.Phase {
			n++
		}
		out = append(out, rows[:min(n, shortFailures)]...)
		if left := rows[min(n, shortFailures):n]; len(left) == 1 {
			out = append(out, left[0])
		} else if len(left) > 1 {
			others := summary.Failure{Phase: rows[0].failure.Phase, Class: reasons.Others, OverTime: timesOf(left)}
			for _, row := range left {
				others.Requests += row.failure.Requests
			}
			out = append(out, failureRow{rows[0].armRow, others})
		}
		rows = rows[n:]
	}
	return out
}

// timesOf is when the requests of several rows failed; nil if that is not known.
func timesOf(rows []failureRow) *reasons.Times {
	var all []*reasons.Times
	for _, row := range rows {
		all = append(all, row.failure.OverTime)
	}
	return reasons.MergedTimes(all...)
}

// whenColumn is when the requests of a row failed, beside when the load of its phase ran.
func whenColumn(from Source) table.ColumnOf[failureRow] {
	end := summary.EndOf(from.Record)
	return table.Words("when", func(row failureRow) table.Value {
		return table.When{When: summary.When{Times: row.failure.OverTime, Ran: summary.Ran(row.failure.Phase, row.arm), EndMS: end}}
	})
}

// Failures is the table of the section failures.
func Failures(from Source) table.Table { return failures(from).Table }

// fewArms is the number of failing arms up to which each has its own rows in the short table.
const fewArms = 3

// failures is the table of why requests failed, with a row for each of the most frequent kinds of each arm
// or, if many arms have failures, for each kind over all arms.
func failures(from Source) Section {
	rows := failureRows(from, false)
	arms := map[string]bool{}
	for _, row := range rows {
		arms[row.s.Arm] = true
	}
	if len(arms) > fewArms {
		return failuresByKind(from, rows)
	}
	rows = shortened(rows)
	columns := append(levels(from.Record.Axes, func(row failureRow) summary.Arm { return row.s }),
		table.Words("load", func(row failureRow) table.Value { return table.Text(row.failure.Phase) }),
		whenColumn(from),
		table.Words("failures", func(row failureRow) table.Value { return table.Text(FailureLine(row.failure)) }),
	)
	t := table.New("Why requests failed: the class, how many, and what the server said.", rows, columns)
	t.Sentences = true
	return Section{Table: t.WithoutBlank().Without(func(c table.Column, _ []table.Value) bool {
		return c.Heading == "load" && !slices.ContainsFunc(rows, func(row failureRow) bool { return row.failure.Phase != summary.Main(row.arm) })
	})}
}

// failureKind is a kind of failure of several arms: the failures of all arms together, the row of each arm,
// and the row of the arm that has most.
type failureKind struct {
	failure summary.Failure
	rows    []failureRow
	worst   failureRow
}

// when is when the requests failed, beside when the load of its phase ran in any of its arms.
func (k failureKind) when(end float64) table.Value {
	var arms []*record.Arm
	for _, row := range k.rows {
		arms = append(arms, row.arm)
	}
	return table.When{When: summary.When{Times: timesOf(k.rows), Ran: summary.Ran(k.failure.Phase, arms...), EndMS: end}}
}

// failuresByKind is the short table with a row for each kind of failure, the most frequent first.
func failuresByKind(from Source, rows []failureRow) Section {
	const most = 12
	type key struct{ phase, class, said string }
	at := map[key]int{}
	var kinds []failureKind
	for _, row := range rows {
		k := key{row.failure.Phase, row.failure.Class, row.failure.Said}
		i, known := at[k]
		if !known {
			i = len(kinds)
			at[k] = i
			kinds = append(kinds, failureKind{failure: row.failure, worst: row})
			kinds[i].failure.Requests = 0
		}
		kinds[i].failure.Requests += row.failure.Requests
		kinds[i].rows = append(kinds[i].rows, row)
		if row.failure.Requests > kinds[i].worst.failure.Requests {
			kinds[i].worst = row
		}
	}
	slices.SortStableFunc(kinds, func(a, b failureKind) int { return cmp.Compare(b.failure.Requests, a.failure.Requests) })
	about := "Why requests failed: the class, how many in all arms, and what the server said."
	if n := len(kinds) - most; n > 0 {
		kinds, about = kinds[:most], about+fmt.Sprintf(" %s less frequent: see the failures of each arm.", format.Plural(n, "kind"))
	}
	end := summary.EndOf(from.Record)
	t := table.New(about, kinds, []table.ColumnOf[failureKind]{
		table.Words("arms", func(k failureKind) table.Value {
			return table.Text(fmt.Sprintf("%d of %d", len(k.rows), len(from.Record.Arms)))
		}),
		table.Words("load", func(k failureKind) table.Value { return table.Text(k.failure.Phase) }),
		table.Words("most in", func(k failureKind) table.Value {
			return table.Text(fmt.Sprintf("%s (%s)", k.worst.s.Arm, format.Count(k.worst.failure.Requests)))
		}),
		table.Words("when", func(k failureKind) table.Value { return k.when(end) }),
		table.Words("failures", func(k failureKind) table.Value { return table.Text(FailureLine(k.failure)) }),
	})
	t.Sentences = true
	return Section{Table: t.WithoutBlank()}
}

// FailureLine is one kind of failure in a line, such as
// client 82: 404 The model 'x' does not exist.
func FailureLine(f summary.Failure) string {
	line := f.Class + " " + format.Count(f.Requests)
	if f.Said != "" {
		line += ": " + f.Said
	}
	return line
}

// allFailures is the table of all kinds of failure that the record lists, those of the warm-up too.
func allFailures(from Source) Section {
	columns := append(levels(from.Record.Axes, func(row failureRow) summary.Arm { return row.s }),
		table.Words("load", func(row failureRow) table.Value { return table.Text(row.failure.Phase) }),
		table.Words("class", func(row failureRow) table.Value { return table.Text(row.failure.Class) }),
		table.Numbers("status", func(row failureRow) table.Value { return statusOf(row.failure) }),
		table.Numbers("requests", func(row failureRow) table.Value { return table.Text(format.Count(row.failure.Requests)) }),
		table.Numbers("first at s", func(row failureRow) table.Value { return table.Text(fmt.Sprintf("%.3f", row.failure.FirstMS/1000)) }),
		whenColumn(from),
		table.Words("what the server said", func(row failureRow) table.Value { return wordsOf(row.failure) }),
		table.Words("example", func(row failureRow) table.Value { return table.Text(exampleOf(row.failure)) }),
	)
	t := table.New(fmt.Sprintf("The %d most frequent kinds of failure of each arm and load, by class, status and words; … stands for numbers and ids that differ between texts. "+
		"The times are those when requests ended, in seconds of the run. Failures of the warm-up are in no figure.", reasons.Most), failureRows(from, true), columns)
	t.Sentences = true
	return Section{Title: "Failures", Details: true, Table: t.WithoutBlank()}
}

// statusOf is the HTTP status of a kind; blank without a response.
func statusOf(f summary.Failure) table.Value {
	if f.Status == nil {
		return table.Text("")
	}
	return table.Text(strconv.Itoa(*f.Status))
}

// wordsOf is what the server said beside its status.
func wordsOf(f summary.Failure) table.Value {
	if f.Words == nil {
		return table.Text("")
	}
	return table.Text(*f.Words)
}

// exampleOf is the first text of a kind, if the texts of the kind differ.
func exampleOf(f summary.Failure) string {
	if f.Example == nil || f.Words != nil && *f.Words == *f.Example {
		return ""
	}
	return *f.Example
}
