package page

import (
	"slices"
	"strconv"
	"time"

	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
	"weighbridge/scenarios/metric"
)

// streams is the table of the arms that were answered by streams: when their content came.
func streams(from Source) Section {
	if summary.CapacityOnly(from.Record) {
		return Section{}
	}
	columns := levelsOfArm(from.Record.Axes)
	reasoned := slices.ContainsFunc(from.Summary.Arms, summary.Arm.Reasoned)
	for _, m := range metric.Shown() {
		if m.Streamed && (m.Latency != metric.TTFO || reasoned) {
			columns = append(columns, table.Figures(m, func(row armRow) *float64 { return row.s.Figure(m) }))
		}
	}
	columns = append(columns,
		table.Figures(milliseconds("from_sent_p50", "from sent p50 ms", "Median time from sending a stream's request to its first content."),
			func(row armRow) *float64 { return p50(row.s.FirstContent) }),
		table.Figures(milliseconds("gap_p50", "gap p50 ms", "Median time between two pieces of a stream's content; a piece has one token or several."),
			func(row armRow) *float64 { return p50(row.s.ChunkGap) }),
		table.Figures(milliseconds("gap_p99", "gap p99 ms", "99th percentile of the time between two pieces of a stream's content."),
			func(row armRow) *float64 { return p99(row.s.ChunkGap) }),
	)
	rows := slices.DeleteFunc(armRows(from), func(row armRow) bool { return row.s.TTFT == nil })
	return Section{Table: table.New("Streams: times to the first content and between tokens, over the prompts answered by streams.", rows, columns)}
}

func p50(l *summary.Latency) *float64 {
	if l == nil {
		return nil
	}
	return &l.P50
}

func p99(l *summary.Latency) *float64 {
	if l == nil {
		return nil
	}
	return &l.P99
}

// batches is the table of the arms that were answered in batches.
func batches(from Source) Section {
	columns := levelsOfArm(from.Record.Axes)
	words := func(heading string, of func(summary.Batches) table.Value) {
		columns = append(columns, table.Words(heading, func(row armRow) table.Value { return of(*row.s.Batches) }))
	}
	columns = append(columns, table.Words("prompts", func(row armRow) table.Value { return table.Text(format.Count(uint64(row.arm.Load.BatchPrompts))) }))
	words("ended", func(b summary.Batches) table.Value {
		return table.Text(format.Count(b.Ended) + " of " + format.Count(b.Submitted))
	})
	words("completed in", func(b summary.Batches) table.Value { return took(b.CompletionMS, "of which up to", b.DoubtMS) })
	words("by the server's clock", func(b summary.Batches) table.Value { return took(b.ServerMS, "±", b.ServerDoubtMS) })
	words("polls", func(b summary.Batches) table.Value {
		if b.FailedPolls == 0 {
			return table.Text(format.Count(b.Polls))
		}
		return table.Text(format.Count(b.Polls) + ", " + format.Count(b.FailedPolls) + " failed")
	})
	words("results", func(b summary.Batches) table.Value { return finishReasons(b.Results) })
	rows := slices.DeleteFunc(armRows(from), func(row armRow) bool { return row.s.Batches == nil })
	return Section{Table: table.New(batchesTitle, rows, columns)}
}

const batchesTitle = "Batches: the time from submission until the results had been read, of which the last part, between two polls, may have come after a batch's end."

// took is a mean time and by how much it may be off, both in ms.
func took(ms *float64, between string, doubt *float64) table.Value {
	if ms == nil {
		return table.Text(format.Unknown)
	}
	text := record.Duration(*ms).Round(time.Millisecond).String()
	if doubt != nil {
		text += " " + between + " " + record.Duration(*doubt).Round(time.Millisecond).String()
	}
	return table.Text(text)
}

// cacheRow is the data for a row about the prompts of an arm that one cache, or the server, answered.
type cacheRow struct {
	armRow
	by       string
	share    float64
	response *summary.Latency
	saved    *summary.Saved // nil for the server
}

// cacheRows returns a row for each cache, and for the server, that answered prompts of an arm. Arms in which
// no cache answered have none.
func cacheRows(arms []armRow) (rows []cacheRow) {
	for _, arm := range arms {
		c := arm.s.Caches
		if c == nil || c.Client+c.Edge == 0 {
			continue
		}
		add := func(by string, n uint64, response *summary.Latency, saved *summary.Saved) {
			if n > 0 {
				rows = append(rows, cacheRow{arm, by, float64(n) / float64(c.Client+c.Edge+c.Server), response, saved})
			}
		}
		add("the client's cache", c.Client, c.ClientMS, &c.ClientSaved)
		add("a cache on the way", c.Edge, c.EdgeMS, &c.EdgeSaved)
		add("the server", c.Server, c.ServerMS, nil)
	}
	return rows
}

// savedBy is a figure of what a cache saved; unknown for the server.
func savedBy(of func(*summary.Saved) *float64) func(cacheRow) *float64 {
	return func(row cacheRow) *float64 {
		if row.saved == nil {
			return nil
		}
		return of(row.saved)
	}
}

// caches is the table of who answered, in arms in which a cache of answers did.
func caches(from Source) Section {
	rows := cacheRows(armRows(from))
	columns := append(levels(from.Record.Axes, func(row cacheRow) summary.Arm { return row.s }),
		table.Words("answered by", func(row cacheRow) table.Value { return table.Text(row.by) }),
		table.Figures(share("answered_by", "share", "Share of the answered prompts that the cache, or the server, named in the row answered."), func(row cacheRow) *float64 { return &row.share }),
		table.Figures(mustMetric("p50"), func(row cacheRow) *float64 { return p50(row.response) }),
		table.Figures(mustMetric("p99"), func(row cacheRow) *float64 { return p99(row.response) }),
		table.Figures(count("saved_input", "saved input", "Input tokens that the cache's answers report, which were not billed again."), savedBy(func(s *summary.Saved) *float64 { return new(float64(s.Input)) })),
		table.Figures(count("saved_output", "saved output", "Output tokens that the cache's answers report, which were not billed again."), savedBy(func(s *summary.Saved) *float64 { return new(float64(s.Output)) })),
	)
	if slices.ContainsFunc(rows, func(row cacheRow) bool { return row.saved != nil && row.saved.USD != nil }) {
		columns = append(columns, table.Figures(savedUSD(), savedBy(func(s *summary.Saved) *float64 { return s.USD })))
	}
	return Section{Table: table.New("Caches of answers: who answered, and how fast. Only the rows of the server show the server's performance.", rows, columns)}
}

// conversations is the table of what became of the conversations of each arm.
func conversations(from Source) Section {
	number := func(name, heading, meaning string, of func(*summary.Conversations) uint64) table.ColumnOf[armRow] {
		return table.Figures(count(name, heading, meaning), func(row armRow) *float64 { return new(float64(of(row.s.Conversations))) })
	}
	columns := append(levelsOfArm(from.Record.Axes),
		number("conversations_started", "conversations", "Conversations that began.", func(c *summary.Conversations) uint64 { return c.Started }),
		number("conversations_finished", "finished", "Conversations whose last turn was answered.", func(c *summary.Conversations) uint64 { return c.Finished }),
		number("conversations_failed", "failed", "Conversations that ended with a turn that failed, or was answered without text.", func(c *summary.Conversations) uint64 { return c.Failed + c.Silent }),
		number("conversations_open", "under way", "Conversations that were under way when their slice ended.", func(c *summary.Conversations) uint64 { return c.Open }),
		number("unsent_after_failure", "turns lost to failure", "Turns that were never due, because their conversation had failed.", func(c *summary.Conversations) uint64 { return c.UnsentAfterFailure }),
		number("unsent_at_end", "turns lost to the end", "Turns that were never due, because their slice ended first.", func(c *summary.Conversations) uint64 { return c.UnsentAtEnd }),
	)
	rows := slices.DeleteFunc(armRows(from), func(row armRow) bool { return row.s.Conversations == nil })
	return Section{Table: table.New("Conversations, whose turns are the prompts.", rows, columns)}
}

// turnRow is the data for a row of one turn of an arm's conversations.
type turnRow struct {
	armRow
	turn summary.Turn
}

// turns is the table of latencies by turn.
func turns(from Source) Section {
	var rows []turnRow
	streamed := false
	for _, arm := range armRows(from) {
		if arm.s.Conversations == nil {
			continue
		}
		for _, turn := range arm.s.Conversations.Turns {
			rows, streamed = append(rows, turnRow{arm, turn}), streamed || turn.TTFT != nil
		}
	}
	columns := append(levels(from.Record.Axes, func(row turnRow) summary.Arm { return row.s }),
		table.Words("turn", func(row turnRow) table.Value { return turnNumber(row.turn.Turn) }),
		table.Figures(count("turn_answered", "answered", "Answered prompts that were this turn of their conversation."), func(row turnRow) *float64 { return new(float64(row.turn.Answered)) }),
		table.Figures(mustMetric("p50"), func(row turnRow) *float64 { return p50(row.turn.Response) }),
		table.Figures(mustMetric("p99"), func(row turnRow) *float64 { return p99(row.turn.Response) }),
	)
	if streamed {
		columns = append(columns,
			table.Figures(mustMetric("ttft_p50"), func(row turnRow) *float64 { return p50(row.turn.TTFT) }),
			table.Figures(mustMetric("ttft_p99"), func(row turnRow) *float64 { return p99(row.turn.TTFT) }),
		)
	}
	return Section{Table: table.New("Latencies by turn of the conversation, each from when the turn was due.", rows, columns)}
}

func turnNumber(n int) table.Value {
	if n == record.MostTurns {
		return table.Text(strconv.Itoa(n) + " and later")
	}
	return table.Text(strconv.Itoa(n))
}
