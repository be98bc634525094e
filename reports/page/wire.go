package page

import (
	"fmt"
	"slices"

	"weighbridge/bench/record"
	"weighbridge/bench/record/byregion"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
	"weighbridge/scenarios/metric"
)

// wire is the table of each arm's connections, of what opening one took, and of the bytes of
// a request and its answer.
func wire(from Source) Section {
	whole := func(n uint64) *float64 { return new(float64(n)) }
	columns := append(levelsOfArm(from.Record.Axes),
		table.Figures(mustMetric("connections"), func(row armRow) *float64 { return whole(row.s.Connections) }),
		table.Figures(metric.Metric{Name: "attempts_per_connection", Heading: "attempts each", Unit: metric.Count, Kind: metric.Ratio, Meaning: "Attempts sent per connection."},
			func(row armRow) *float64 {
				return summary.Ratio(float64(row.arm.Totals.Attempts), float64(row.s.Connections))
			}),
		table.Figures(count("peak_streams", "streams at most", "Most requests that were open at once on one HTTP/2 connection."),
			func(row armRow) *float64 { return whole(row.arm.Totals.PeakStreams) }),
		table.Figures(milliseconds("connect", "connect ms", "Mean time to open a TCP connection."),
			func(row armRow) *float64 { return mean(row.arm.Totals.Opening.Connect) }),
		table.Figures(milliseconds("tls", "TLS ms", "Mean time of a connection's TLS handshake."),
			func(row armRow) *float64 { return mean(row.arm.Totals.Opening.TLS) }),
		table.Figures(milliseconds("first_byte_p50", "first byte p50 ms", "Median time from when a request was sent to the first byte of its answer."),
			func(row armRow) *float64 { return p50(row.s.FirstByte) }),
	)
	columns = append(columns, bytesColumns("sent", func(w record.Wire) record.Bytes { return w.Sent })...)
	columns = append(columns, bytesColumns("received", func(w record.Wire) record.Bytes { return w.Received })...)
	return Section{Title: "Connections and bytes", Details: true, Table: table.New(
		"Connections over the whole run; bytes per measured request, on the wire (under TLS) "+
			"and of these the headers (for HTTP/2 as HPACK encodes them) and bodies (above TLS).", armRows(from), columns)}
}

// bytesColumns makes the columns of the bytes per request in one direction.
func bytesColumns(direction string, of func(record.Wire) record.Bytes) []table.ColumnOf[armRow] {
	perRequest := func(n func(record.Bytes) uint64) func(armRow) *float64 {
		return func(row armRow) *float64 {
			w := row.arm.Totals.Wire
			return summary.Ratio(float64(n(of(w))), float64(w.Requests))
		}
	}
	return []table.ColumnOf[armRow]{
		table.Figures(bytes(direction, direction+" B", "Bytes "+direction+" per request, as they cross the wire."),
			perRequest(func(b record.Bytes) uint64 { return b.WireBytes })),
		table.Figures(bytes(direction+"_headers", direction+" headers B", "Bytes of headers "+direction+" per request, as they are encoded."),
			perRequest(func(b record.Bytes) uint64 { return b.HeaderBytes })),
		table.Figures(bytes(direction+"_body", direction+" body B", "Bytes of bodies "+direction+" per request, before encryption."),
			perRequest(func(b record.Bytes) uint64 { return b.BodyBytes })),
	}
}

// pushes is the table of what became of the resources that mocks wanted to push.
func pushes(from Source) Section {
	rows := slices.DeleteFunc(armRows(from), func(row armRow) bool {
		return row.arm.Ledger == nil || row.arm.Ledger.Pushes.Wanted == 0
	})
	column := func(heading string, of func(record.Pushes) uint64) table.ColumnOf[armRow] {
		return table.Numbers(heading, func(row armRow) table.Value { return table.Text(format.Count(of(row.arm.Ledger.Pushes))) })
	}
	columns := append(levelsOfArm(from.Record.Axes),
		column("wanted to push", func(p record.Pushes) uint64 { return p.Wanted }),
		column("pushed", func(p record.Pushes) uint64 { return p.Sent }),
		column("switched off by the client", func(p record.Pushes) uint64 { return p.SwitchedOff }),
		column("not in HTTP/1.1", func(p record.Pushes) uint64 { return p.NoProtocol }),
		column("failed", func(p record.Pushes) uint64 { return p.Failed }),
		table.Numbers("received", func(row armRow) table.Value { return table.Text(format.Count(row.arm.Totals.Pushes)) }),
	)
	return Section{Title: "Server push", Details: true, Table: table.New(
		"What became of the resources that the mock wanted to push, over the whole run, and how many the client was promised. Nothing may be "+
			"pushed to a client that sends SETTINGS_ENABLE_PUSH = 0 (RFC 9113, section 8.4), as Go's HTTP client always does. Only answers "+
			"to GET and HEAD can be pushed at all, not those to POST.", rows, columns)}
}

// mean returns milliseconds; nil if nothing was counted.
func mean(s record.Sum) *float64 { return summary.Ratio(s.TotalMS, float64(s.Count)) }

// limitRow is a rate limit of an arm's server.
type limitRow struct {
	armRow
	limit summary.RateLimit
}

// rateLimits is the table of what answers told of the rate limits of each arm's server.
func rateLimits(from Source) Section {
	var rows []limitRow
	for _, arm := range armRows(from) {
		for _, l := range arm.s.RateLimits {
			rows = append(rows, limitRow{arm, l})
		}
	}
	columns := append(levels(from.Record.Axes, func(row limitRow) summary.Arm { return row.s }),
		table.Words("rate limit", func(row limitRow) table.Value { return table.Text(row.limit.Name) }),
		table.Numbers("limit", func(row limitRow) table.Value { return wholeOrUnknown(row.limit.Limit) }),
		table.Numbers("least left", func(row limitRow) table.Value { return wholeOrUnknown(row.limit.LeastRemaining) }),
		table.Figures(share("headroom", "headroom", "Smallest share of a rate limit that was left."),
			func(row limitRow) *float64 { return row.limit.Headroom }),
		table.Numbers("at s", func(row limitRow) table.Value { return secondsOrUnknown(row.limit.LeastAtMS) }),
		table.Numbers("429s", func(row limitRow) table.Value { return table.Text(format.Count(row.limit.Refused)) }),
	)
	return Section{Table: table.New("Rate limits, as the answers' headers report them, at the moment when the least was left; and the attempts that each refused (429).", rows, columns)}
}

func wholeOrUnknown(n *uint64) table.Value {
	if n == nil {
		return table.Text(format.Unknown)
	}
	return table.Text(format.Count(*n))
}

func secondsOrUnknown(ms *float64) table.Value {
	if ms == nil {
		return table.Text(format.Unknown)
	}
	return table.Text(fmt.Sprintf("%.1f", *ms/1000))
}

// regionRow is the data for a row of one region of an arm.
type regionRow struct {
	armRow
	region summary.Region
}

// regions is the table of what each arm sent to which region.
func regions(from Source) Section {
	var rows []regionRow
	dark, sessions, moved := false, false, false
	for _, arm := range armRows(from) {
		for _, r := range summary.RegionsOf(arm.arm) {
			moved = moved || r.Moved > 0
			rows, dark, sessions = append(rows, regionRow{arm, r}), dark || r.Dark != nil && *r.Dark > 0, sessions || r.Sessions != nil
		}
	}
	number := func(name, heading, meaning string, of func(summary.Region) uint64) table.ColumnOf[regionRow] {
		return table.Figures(count(name, heading, meaning), func(row regionRow) *float64 { return new(float64(of(row.region))) })
	}
	columns := append(levels(from.Record.Axes, func(row regionRow) summary.Arm { return row.s }),
		table.Words("region", func(row regionRow) table.Value { return table.Text(row.region.Name) }),
		table.Words("share", func(row regionRow) table.Value { return table.Text(format.Percent(&row.region.Share)) }),
		number("region_attempts", "attempts", "Attempts that went to the region.", func(r summary.Region) uint64 { return r.Attempts }),
		number("region_failed", "failed", "Attempts that got no whole answer, or one with a status of 400 or more.", func(r summary.Region) uint64 { return r.Attempts - r.Answered }),
		table.Figures(milliseconds("region_mean", "mean ms", "Mean time of the region's answered attempts, from sent to last byte."), func(row regionRow) *float64 { return row.region.MeanMS }),
	)
	if moved {
		columns = append(columns, number("region_moved", "from elsewhere", "Attempts that were retries of one in another region.", func(r summary.Region) uint64 { return r.Moved }))
	}
	if dark {
		columns = append(columns, table.Figures(count("region_dark", "came while dark", "Attempts that reached the region during an outage, by the mock's ledger, over the whole run."), func(row regionRow) *float64 {
			if row.region.Dark == nil {
				return nil
			}
			return new(float64(*row.region.Dark))
		}))
	}
	if sessions {
		columns = append(columns,
			number("region_lost", "lost", "Answers whose region lacked the state of their session, although another region had it.", func(r summary.Region) uint64 { return r.Sessions[byregion.Lost] }),
			number("region_stale", "stale", "Answers whose region had an outdated state of their session.", func(r summary.Region) uint64 { return r.Sessions[byregion.Stale] }),
		)
	}
	return Section{Table: table.New("Regions: which attempts went where.", rows, columns)}
}
