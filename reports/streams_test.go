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
