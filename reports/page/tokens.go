package page

import (
	"fmt"
	"maps"
	"slices"

	"weighbridge/bench/record"
	"weighbridge/bench/record/billing"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
	"weighbridge/scenarios/metric"
)

// tokens is the table of the arms whose answers reported tokens.
func tokens(from Source) Section {
	if summary.CapacityOnly(from.Record) {
		return Section{}
	}
	metrics := slices.DeleteFunc(summary.Shown(from.Summary.Arms), func(m metric.Metric) bool { return !m.Tokens })
	columns := levelsOfArm(from.Record.Axes)
	for _, m := range metrics {
		columns = append(columns, table.Figures(m, func(row armRow) *float64 { return row.s.Figure(m) }))
	}
	if slices.ContainsFunc(from.Summary.Arms, func(a summary.Arm) bool { return len(a.Finish) > 0 }) {
		columns = append(columns, table.Words("finish reasons", func(row armRow) table.Value { return finishReasons(row.s.Finish) }))
	}
	rows := slices.DeleteFunc(armRows(from), func(row armRow) bool {
		return !slices.ContainsFunc(metrics, func(m metric.Metric) bool { return row.s.Figure(m) != nil })
	})
	about := "Tokens, as the answers report them."
	if slices.ContainsFunc(metrics, func(m metric.Metric) bool { return m.Unit == metric.USD }) {
		about = "Tokens, as the answers report them, and their cost."
	}
	return Section{Table: table.New(about, rows, columns)}
}

// finishReasons lists why answers ended, in the API's words.
func finishReasons(counts map[string]uint64) table.Value {
	var reasons table.List
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		reasons = append(reasons, reason+" "+format.Count(counts[reason]))
	}
	if len(reasons) == 0 {
		return table.Text(format.Unknown)
	}
	return reasons
}

// billedRow is one account of an arm's tokens.
type billedRow struct {
	armRow
	account string
	tokens  billing.Tokens
}

// billed is the table of the accounts of each arm whose mock sent usage callbacks, beside the truth.
func billed(from Source) Section {
	var rows []billedRow
	for _, row := range armRows(from) {
		b, l := row.arm.Billing, row.arm.Ledger
		if b == nil || l == nil || l.Unread != "" {
			continue
		}
		of := func(t record.Tokens) billing.Tokens { return billing.Tokens{Input: t.Input, Output: t.Output} }
		rows = append(rows,
			billedRow{row, "billed (ledger)", of(l.Tokens)}, billedRow{row, "answers", of(row.arm.Totals.Tokens)},
			billedRow{row, "callbacks", b.Naive}, billedRow{row, "idempotent", b.Idempotent}, billedRow{row, "reconciled", b.Reconciled})
	}
	columns := append(levels(from.Record.Axes, func(row billedRow) summary.Arm { return row.s }),
		table.Words("account", func(row billedRow) table.Value { return table.Text(row.account) }),
		table.Numbers("input tokens", func(row billedRow) table.Value { return table.Text(format.Count(row.tokens.Input)) }),
		table.Numbers("output tokens", func(row billedRow) table.Value { return table.Text(format.Count(row.tokens.Output)) }),
		table.Numbers("drift", func(row billedRow) table.Value { return table.Text(row.drift()) }),
		table.Figures(share("drift_share", "drift share", "Tokens too many or too few, as a share of those billed."), billedRow.driftShare),
		table.Numbers("drift USD", func(row billedRow) table.Value { return table.Text(row.driftUSD()) }),
	)
	return Section{Table: table.New("Token accounts by source, compared with what the mock billed, over the whole run. Callbacks counts every usage "+
		"callback, idempotent each ID once, and reconciled adds the answers without a callback to that. Drift is the tokens too many (+) or too few (-).", rows, columns)}
}

// truth is what the mock billed.
func (row billedRow) truth() billing.Tokens {
	t := row.arm.Ledger.Tokens
	return billing.Tokens{Input: t.Input, Output: t.Output}
}

func (row billedRow) drift() string {
	counted, truth := row.tokens.Sum(), row.truth().Sum()
	switch {
	case counted > truth:
		return "+" + format.Count(counted-truth)
	case counted < truth:
		return "-" + format.Count(truth-counted)
	}
	return "0"
}

func (row billedRow) driftShare() *float64 {
	return summary.Ratio(float64(row.tokens.Sum())-float64(row.truth().Sum()), float64(row.truth().Sum()))
}

// driftUSD is the drift at the scenario's prices.
func (row billedRow) driftUSD() string {
	if row.arm.Price == nil {
		return format.Unknown
	}
	cost := func(t billing.Tokens) float64 {
		return row.arm.Price.Cost(record.Tokens{Input: t.Input, Output: t.Output})
	}
	return fmt.Sprintf("%+.4f", cost(row.tokens)-cost(row.truth()))
}

// sentCallbacks is the table of what became of the usage callbacks of each arm.
func sentCallbacks(from Source) Section {
	rows := slices.DeleteFunc(armRows(from), func(row armRow) bool {
		return row.arm.Billing == nil || row.arm.Ledger == nil || row.arm.Ledger.Callbacks == nil
	})
	count := func(heading string, of func(*billing.Sent, *billing.Accounts) uint64) table.ColumnOf[armRow] {
		return table.Numbers(heading, func(row armRow) table.Value {
			return table.Text(format.Count(of(row.arm.Ledger.Callbacks, row.arm.Billing)))
		})
	}
	columns := append(levelsOfArm(from.Record.Axes),
		count("billed", func(s *billing.Sent, _ *billing.Accounts) uint64 { return s.Billed }),
		count("lost", func(s *billing.Sent, _ *billing.Accounts) uint64 { return s.Lost }),
		count("late", func(s *billing.Sent, _ *billing.Accounts) uint64 { return s.Undelivered }),
		count("sent twice", func(s *billing.Sent, _ *billing.Accounts) uint64 { return s.Duplicated }),
		count("forged", func(s *billing.Sent, _ *billing.Accounts) uint64 { return s.Forged }),
		count("replayed", func(s *billing.Sent, _ *billing.Accounts) uint64 { return s.Replayed }),
		count("received", func(_ *billing.Sent, a *billing.Accounts) uint64 { return a.Received }),
		count("out of order", func(_ *billing.Sent, a *billing.Accounts) uint64 { return a.OutOfOrder }),
		count("refused: signature", func(_ *billing.Sent, a *billing.Accounts) uint64 { return a.Forged }),
		count("refused: too old", func(_ *billing.Sent, a *billing.Accounts) uint64 { return a.Stale }),
	)
	return Section{Title: "Usage callbacks", Details: true, Table: table.New(
		"What the mock did with its usage callbacks (billed to replayed), and what the harness received and refused. Late are those that had not come when the run had ended.", rows, columns)}
}
