package reports

import (
	"strings"
	"testing"

	"weighbridge/bench/golden"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

func TestStreamsAreReported(t *testing.T) {
	t.Parallel()
	rec := recordtest.WithStreams()
	for format, file := range map[string]string{"table": "streams.txt", "markdown": "streams.md"} {
		golden.Check(t, "testdata/"+file, written(t, format, rec))
	}
	arms := (&Judged{Record: rec}).Summary().Arms
	if arms[0].TTFT != nil || arms[0].TPOT != nil {
		t.Errorf("an arm without streams has a TTFT of %v", arms[0].TTFT)
	}
	if got := arms[1].TTFT; got == nil || got.P50 < 74 || got.P50 > 75 || arms[1].TPOT.P50 < 2.5 || arms[1].TPOT.P50 > 2.51 {
		t.Errorf("TTFT %+v, TPOT %+v", got, arms[1].TPOT)
	}
	for i := range rec.Arms[1].Blocks {
		rec.Arms[1].Blocks[i].Open.ChunkGap, rec.Arms[1].Blocks[i].Open.TPOT = nil, nil
	}
	if text := string(written(t, "table", rec)); !strings.Contains(text, "Streams: ") || strings.Contains(text, "2.50") {
		t.Errorf("of streams in one piece:\n%s", text)
	}
	if text := string(written(t, "table", record.Slim(rec))); strings.Contains(text, "Streams: ") {
		t.Errorf("a slim record tells of streams:\n%s", text)
	}
}

// Why answers ended, and objectives that cannot be judged, are warned of; how long the mock's
// answers are is the scenario's own choice.
func TestAnswersThatEndedAtTheirLimit(t *testing.T) {
	t.Parallel()
	rec := recordtest.WithStreams()
	const warning = "40 of 199 answers ended at the maximum number of tokens"
	if text := string(written(t, "table", rec)); strings.Contains(text, warning) {
		t.Errorf("on the mock:\n%s", text)
	}
	rec.Arms[1].Ledger = nil
	if text := string(written(t, "table", rec)); !strings.Contains(text, warning) || !strings.Contains(text, "60.0%") {
		t.Errorf("expected the warning and the share of good answers in\n%s", text)
	}
	rec.Arms[1].Blocks[0].Open.Unjudged = 3
	if text := string(written(t, "table", rec)); !strings.Contains(text, "goodput is not known: 3 of 199 answers do not show") || strings.Contains(text, "60.0%") {
		t.Errorf("expected goodput to be unknown in\n%s", text)
	}
	for i := range rec.Arms[1].Blocks {
		rec.Arms[1].Blocks[i].Open.Finish = nil
	}
	if text := string(written(t, "table", rec)); strings.Contains(text, "finish reasons") {
		t.Errorf("without finish reasons:\n%s", text)
	}
}
