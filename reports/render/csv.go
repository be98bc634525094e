package render

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/reports/summary"
)

// errorClasses are those of the record, so that every file has the same columns.
var errorClasses = [...]string{"auth", "rate_limit", "timeout", "transport", "server", "client", "contract", "budget"}

// CSV prints a row for each arm. The names are the summary's, joined by an
// underscore where one lies inside another; an unknown figure is an empty cell.
// Behind the figures stands what is known against the row, the run's and the arm's
// own, then where the time went, and last the search for the arm's capacity.
func CSV(w io.Writer, j *summary.Judged) error {
	rec, s := j.Record, j.Summary()
	axes := axisNames(rec)
	out := csv.NewWriter(w)
	if err := out.Write(csvNames(axes)); err != nil {
		return err
	}
	for i, arm := range s.Arms {
		row := slices.Concat(csvCells(arm, axes), csvTrust(rec, arm), csvParts(arm.Parts), capacityCells(rec.Arms[i].Capacity))
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func csvNames(axes []string) []string {
	names := []string{"arm"}
	for _, axis := range axes {
		names = append(names, "levels_"+axis)
	}
	names = append(names, strings.Fields("due answered failed never_sent requests attempts offered tps tps_from error_rate")...)
	for _, class := range errorClasses {
		names = append(names, "errors_"+class)
	}
	for _, latency := range strings.Fields("response_ms service_ms failed_ms slot_wait_ms send_lag_ms ttft_ms tpot_ms") {
		for _, figure := range strings.Fields("mean p50 p90 p95 p99 p999 max") {
			names = append(names, latency+"_"+figure)
		}
	}
	names = append(names, strings.Fields(`auth_ms_per_request_client auth_ms_per_request_server
		wire_bytes_per_request_sent wire_bytes_per_request_received wire_bytes_per_request_header_sent wire_bytes_per_request_header_received
		connections protocol tokens_input tokens_output token_requests
		ledger_matches ledger_attempts ledger_absent ledger_latency_error_ms_p50 ledger_latency_error_ms_p99
		complete valid invalid warnings`)...)
	for _, part := range new(record.Parts).All() {
		names = append(names, "part_ms_"+part.Name)
	}
	return append(append(names, "part_ms_server_total"), capacityNames()...)
}

func csvCells(a summary.Arm, axes []string) []string {
	cells := []string{a.Arm}
	for _, axis := range axes {
		cells = append(cells, a.Levels[axis])
	}
	cells = append(cells, whole(a.Due), whole(a.Answered), whole(a.Failed), whole(a.NeverSent), whole(a.Requests), whole(a.Attempts),
		number(a.Offered), number(a.TPS), word(a.TPSFrom), number(a.ErrorRate))
	for _, class := range errorClasses {
		cells = append(cells, whole(a.Errors[class]))
	}
	for _, l := range []*summary.Latency{a.Response, a.Service, a.FailedMS, a.SlotWait, a.SendLag, a.TTFT, a.TPOT} {
		cells = append(cells, latencyNumbers(l)...)
	}
	cells = append(cells, number(a.Auth.Client), number(a.Auth.Server),
		number(a.Wire.Sent), number(a.Wire.Received), number(a.Wire.HeaderSent), number(a.Wire.HeaderReceived),
		whole(a.Connections), word(a.Protocol), wholeOrNone(a.Tokens.Input), wholeOrNone(a.Tokens.Output), whole(a.TokenRequests))
	return append(cells, ledgerCells(a.Ledger)...)
}

// csvTrust says whether the run counts, and every warning that the row's figures rest under.
func csvTrust(rec *record.Record, arm summary.Arm) []string {
	const separator = "; "
	return []string{
		strconv.FormatBool(rec.Complete), strconv.FormatBool(len(rec.Invalid) == 0), strings.Join(rec.Invalid, separator),
		strings.Join(slices.Concat(rec.Warnings, arm.Warnings), separator),
	}
}

// csvParts are the means of csvNames' parts, and of the server's total per answered prompt.
func csvParts(p *summary.Parts) []string {
	if p == nil {
		return make([]string, len(new(record.Parts).All())+1)
	}
	var out []string
	for _, part := range p.Means {
		out = append(out, number(&part.MS))
	}
	total, reported := p.Server["total"]
	if !reported {
		return append(out, "")
	}
	return append(out, number(&total))
}

func latencyNumbers(l *summary.Latency) []string {
	if l == nil {
		return make([]string, 7)
	}
	var out []string
	for _, v := range []float64{l.Mean, l.P50, l.P90, l.P95, l.P99, l.P999, l.Max} {
		out = append(out, number(&v))
	}
	return out
}

func ledgerCells(l *summary.Ledger) []string {
	if l == nil {
		return make([]string, 5)
	}
	cells := []string{strconv.FormatBool(l.Matches), whole(l.Attempts), whole(l.Absent)}
	if l.LatencyError == nil {
		return append(cells, "", "")
	}
	return append(cells, number(&l.LatencyError.P50), number(&l.LatencyError.P99))
}

func whole(n uint64) string { return strconv.FormatUint(n, 10) }

func wholeOrNone(n *uint64) string {
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

// capacityNames and capacityCells are the columns of capacity; empty cells where it is not known.
func capacityNames() []string {
	return strings.Fields("capacity capacity_bound capacity_held capacity_failed capacity_confirmed capacity_complete capacity_probes")
}

func capacityCells(c *record.Capacity) []string {
	if c == nil {
		return make([]string, len(capacityNames()))
	}
	rate := func(v float64) string {
		if v == 0 {
			return ""
		}
		return number(&v)
	}
	return []string{
		rate(c.HeldPerS), string(summary.BoundOf(c)), rate(c.HeldPerS), rate(c.FailedPerS),
		fmt.Sprint(c.Confirmed), fmt.Sprint(c.Complete), whole(uint64(len(c.Probes))),
	}
}

func axisNames(rec *record.Record) []string {
	var out []string
	for _, axis := range rec.Axes {
		out = append(out, axis.Name)
	}
	return out
}
