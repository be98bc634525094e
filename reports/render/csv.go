package render

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/page"
	"weighbridge/reports/summary"
)

// csvRow is the data for an arm's row.
type csvRow struct {
	rec *record.Record
	arm summary.Arm
	// search is the search for the arm's capacity; nil if there was none.
	search *record.Capacity
}

// csvColumn is the name of a column and its cell of a row, which is empty if a figure is unknown.
type csvColumn struct {
	name string
	cell func(csvRow) string
}

// CSV prints a row for each arm. The columns have the names of the keys of the summary, those
// of nested keys joined by underscores.
func CSV(w io.Writer, j *summary.Judged) error {
	columns := append(csvColumns(j.Record), csvClaims(j.Summary().Claims)...)
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	out := newCSV(w)
	if err := out.Write(names); err != nil {
		return err
	}
	for i, arm := range j.Summary().Arms {
		row, cells := csvRow{j.Record, arm, j.Record.Arms[i].Capacity}, make([]string, len(columns))
		for k, c := range columns {
			cells[k] = c.cell(row)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// csvWriter writes rows whose texts no spreadsheet takes for a formula: one that begins like a formula
// begins with an apostrophe instead.
type csvWriter struct{ *csv.Writer }

func newCSV(w io.Writer) csvWriter { return csvWriter{csv.NewWriter(w)} }

// Write writes a row.
func (w csvWriter) Write(row []string) error {
	row = slices.Clone(row)
	for i, cell := range row {
		if _, err := strconv.ParseFloat(cell, 64); err != nil && cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			row[i] = "'" + cell
		}
	}
	return w.Writer.Write(row)
}

// csvColumns lists the columns: the arm and its figures, whether the run counts and every
// warning, where the time went, the search for the capacity, the further metrics, the
// failures under closed load, and why requests failed.
func csvColumns(rec *record.Record) []csvColumn {
	return slices.Concat(csvArm(rec.Axes), csvLatencies(), csvTotals(), csvTrust(), csvParts(), csvCapacity(), csvFurther(), csvClosed(), csvFailures())
}

// errorClasses are the classes of errors with a column, the same in every file.
var errorClasses = [...]string{"auth", "rate_limit", "timeout", "transport", "server", "client", "contract", "budget", "cut_off", "generator"}

// csvClaims returns the columns of the claims, which are the same in every row.
func csvClaims(claims []gate.ClaimResult) (columns []csvColumn) {
	for _, c := range claims {
		for _, of := range []struct{ name, cell string }{
			{"is", c.Is},
			{"claimed", number(&c.Claimed)},
			{"measured", number(c.Measured)},
			{"low", number(c.Low)},
			{"high", number(c.High)},
			{"verdict", string(c.Verdict)},
		} {
			columns = append(columns, csvColumn{"claims_" + format.OneLine(c.ID) + "_" + of.name, func(csvRow) string { return of.cell }})
		}
	}
	return columns
}

func csvArm(axes []record.Axis) []csvColumn {
	columns := []csvColumn{{"arm", func(r csvRow) string { return r.arm.Arm }}}
	for _, axis := range axes {
		columns = append(columns, csvColumn{"levels_" + axis.Name, func(r csvRow) string { return r.arm.Levels[axis.Name] }})
	}
	columns = append(
		columns,
		csvColumn{"due", func(r csvRow) string { return whole(r.arm.Due) }},
		csvColumn{"answered", func(r csvRow) string { return whole(r.arm.Answered) }},
		csvColumn{"failed", func(r csvRow) string { return whole(r.arm.Failed) }},
		csvColumn{"never_sent", func(r csvRow) string { return whole(r.arm.NeverSent) }},
		csvColumn{"cut_off", func(r csvRow) string { return whole(r.arm.CutOff) }},
		csvColumn{"generator", func(r csvRow) string { return whole(r.arm.Generator) }},
		csvColumn{"requests", func(r csvRow) string { return whole(r.arm.Requests) }},
		csvColumn{"attempts", func(r csvRow) string { return whole(r.arm.Attempts) }},
		csvColumn{"offered", func(r csvRow) string { return number(r.arm.Offered) }},
		csvColumn{"tps", func(r csvRow) string { return number(r.arm.TPS) }},
		csvColumn{"tps_from", func(r csvRow) string { return word(r.arm.TPSFrom) }},
		csvColumn{"error_rate", func(r csvRow) string { return number(r.arm.ErrorRate) }},
	)
	for _, class := range errorClasses {
		columns = append(columns, csvColumn{"errors_" + class, func(r csvRow) string { return whole(r.arm.Errors[class]) }})
	}
	return columns
}

// csvLatencies returns the columns of the summary's latencies.
func csvLatencies() []csvColumn {
	latencies := []struct {
		name string
		of   func(summary.Arm) *summary.Latency
	}{
		{"response_ms", func(a summary.Arm) *summary.Latency { return a.Response }},
		{"service_ms", func(a summary.Arm) *summary.Latency { return a.Service }},
		{"failed_ms", func(a summary.Arm) *summary.Latency { return a.FailedMS }},
		{"slot_wait_ms", func(a summary.Arm) *summary.Latency { return a.SlotWait }},
		{"send_lag_ms", func(a summary.Arm) *summary.Latency { return a.SendLag }},
		{"ttft_ms", func(a summary.Arm) *summary.Latency { return a.TTFT }},
		{"ttfo_ms", func(a summary.Arm) *summary.Latency { return a.TTFO }},
		{"tpot_ms", func(a summary.Arm) *summary.Latency { return a.TPOT }},
	}
	figures := []struct {
		name string
		of   func(*summary.Latency) *float64
	}{
		{"mean", func(l *summary.Latency) *float64 { return &l.Mean }},
		{"p50", func(l *summary.Latency) *float64 { return &l.P50 }},
		{"p90", func(l *summary.Latency) *float64 { return &l.P90 }},
		{"p95", func(l *summary.Latency) *float64 { return &l.P95 }},
		{"p99", func(l *summary.Latency) *float64 { return &l.P99 }},
		{"p999", func(l *summary.Latency) *float64 { return &l.P999 }},
		{"max", func(l *summary.Latency) *float64 { return l.Max }},
	}
	var columns []csvColumn
	for _, l := range latencies {
		for _, f := range figures {
			columns = append(columns, csvColumn{l.name + "_" + f.name, func(r csvRow) string {
				latency := l.of(r.arm)
				if latency == nil {
					return ""
				}
				return number(f.of(latency))
			}})
		}
	}
	return columns
}

// csvTotals returns the columns of figures of the whole run.
func csvTotals() []csvColumn {
	ledger := func(cell func(*summary.Ledger) string) func(csvRow) string {
		return func(r csvRow) string {
			if r.arm.Ledger == nil {
				return ""
			}
			return cell(r.arm.Ledger)
		}
	}
	latencyError := func(figure func(*summary.LatencyError) float64) func(csvRow) string {
		return ledger(func(l *summary.Ledger) string {
			if l.LatencyError == nil {
				return ""
			}
			return number(new(figure(l.LatencyError)))
		})
	}
	return []csvColumn{
		{"auth_ms_per_request_client", func(r csvRow) string { return number(r.arm.Auth.Client) }},
		{"auth_ms_per_request_server", func(r csvRow) string { return number(r.arm.Auth.Server) }},
		{"wire_bytes_per_request_sent", func(r csvRow) string { return number(r.arm.Wire.Sent) }},
		{"wire_bytes_per_request_received", func(r csvRow) string { return number(r.arm.Wire.Received) }},
		{"wire_bytes_per_request_header_sent", func(r csvRow) string { return number(r.arm.Wire.HeaderSent) }},
		{"wire_bytes_per_request_header_received", func(r csvRow) string { return number(r.arm.Wire.HeaderReceived) }},
		{"connections", func(r csvRow) string { return whole(r.arm.Connections) }},
		{"protocol", func(r csvRow) string { return word(r.arm.Protocol) }},
		{"tokens_input", func(r csvRow) string { return wholeIfKnown(r.arm.Tokens.Input) }},
		{"tokens_output", func(r csvRow) string { return wholeIfKnown(r.arm.Tokens.Output) }},
		{"token_requests", func(r csvRow) string { return whole(r.arm.TokenRequests) }},
		{"ledger_matches", ledger(func(l *summary.Ledger) string { return strconv.FormatBool(l.Matches) })},
		{"ledger_attempts", ledger(func(l *summary.Ledger) string { return whole(l.Attempts) })},
		{"ledger_absent", ledger(func(l *summary.Ledger) string { return whole(l.Absent) })},
		{"ledger_latency_error_ms_p50", latencyError(func(e *summary.LatencyError) float64 { return e.P50 })},
		{"ledger_latency_error_ms_p99", latencyError(func(e *summary.LatencyError) float64 { return e.P99 })},
	}
}

// csvTrust returns the columns of whether the run counts, and of every warning about the row.
func csvTrust() []csvColumn {
	const separator = "; "
	return []csvColumn{
		{"complete", func(r csvRow) string { return strconv.FormatBool(r.rec.Complete) }},
		{"valid", func(r csvRow) string { return strconv.FormatBool(len(r.rec.Invalid) == 0) }},
		{"invalid", func(r csvRow) string { return strings.Join(r.rec.Invalid, separator) }},
		{"warnings", func(r csvRow) string { return strings.Join(slices.Concat(r.rec.Warnings, r.arm.Warnings), separator) }},
	}
}

// csvParts returns the columns of the mean parts of response latency, and of the server's total.
func csvParts() []csvColumn {
	var columns []csvColumn
	for _, part := range new(record.Parts).All() {
		columns = append(columns, csvColumn{"part_ms_" + part.Name, func(r csvRow) string {
			if r.arm.Parts == nil {
				return ""
			}
			return number(new(r.arm.Parts.Mean(part.Name)))
		}})
	}
	return append(columns, csvColumn{"part_ms_server_total", func(r csvRow) string {
		if r.arm.Parts == nil {
			return ""
		}
		total, reported := r.arm.Parts.Server["total"]
		if !reported {
			return ""
		}
		return number(&total)
	}})
}

func csvCapacity() []csvColumn {
	search := func(cell func(*record.Capacity) string) func(csvRow) string {
		return func(r csvRow) string {
			if r.search == nil {
				return ""
			}
			return cell(r.search)
		}
	}
	rate := func(of func(*record.Capacity) float64) func(csvRow) string {
		return search(func(c *record.Capacity) string {
			v := of(c)
			if v == 0 {
				return ""
			}
			return number(&v)
		})
	}
	held := rate(func(c *record.Capacity) float64 { return c.HeldPerS })
	return []csvColumn{
		{"capacity", held},
		{"capacity_bound", search(func(c *record.Capacity) string { return string(summary.BoundOf(c)) })},
		{"capacity_held", held},
		{"capacity_failed", rate(func(c *record.Capacity) float64 { return c.FailedPerS })},
		{"capacity_confirmed", search(func(c *record.Capacity) string { return strconv.FormatBool(c.Confirmed) })},
		{"capacity_complete", search(func(c *record.Capacity) string { return strconv.FormatBool(c.Complete) })},
		{"capacity_probes", search(func(c *record.Capacity) string { return whole(uint64(len(c.Probes))) })},
	}
}

// csvFurther returns the columns of the metrics that have none above.
func csvFurther() []csvColumn {
	var columns []csvColumn
	for _, m := range summary.FurtherMetrics() {
		columns = append(columns, csvColumn{m.Expr(), func(r csvRow) string { return number(r.arm.Figure(m)) }})
	}
	return columns
}

// csvClosed returns the columns of failures under closed load, of arms that have open load too.
func csvClosed() []csvColumn {
	columns := []csvColumn{{"closed_error_rate", func(r csvRow) string { return number(r.arm.ClosedErrorRate) }}}
	for _, class := range errorClasses {
		columns = append(columns, csvColumn{"closed_errors_" + class, func(r csvRow) string {
			if r.arm.ClosedErrors == nil {
				return ""
			}
			return whole(r.arm.ClosedErrors[class])
		}})
	}
	return columns
}

// csvFailures returns the column of why requests failed, a line for each kind.
func csvFailures() []csvColumn {
	return []csvColumn{{"failures", func(r csvRow) string {
		var all []string
		for _, f := range r.arm.Failures {
			all = append(all, f.Phase+" "+page.FailureLine(f))
		}
		return strings.Join(all, "; ")
	}}}
}

func whole(n uint64) string { return strconv.FormatUint(n, 10) }

func wholeIfKnown(n *uint64) string {
	if n == nil {
		return ""
	}
	return whole(*n)
}

func number(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', -1, 64)
}

func word(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
