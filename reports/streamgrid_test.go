package reports

import (
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
)

// withStreams is a run of two arms, of which the second was answered by streams: the
// first block's of ten pieces, the second's of a single one.
func withStreams() *record.Record {
	rec := synthetic(smallShape())
	for i := range rec.Arms[1].Blocks {
		s := rec.Arms[1].Blocks[i].Open
		s.TTFT, s.FirstContent, s.ChunkGap, s.TPOT = record.NewHist(), record.NewHist(), record.NewHist(), record.NewHist()
		for n := range 100 {
			first := time.Duration(20+n) * time.Millisecond
			s.FirstContent.Record(first)
			s.TTFT.Record(first + 5*time.Millisecond)
			if i == 0 {
				s.ChunkGap.Record(10 * time.Millisecond)
				s.TPOT.Record(2500 * time.Microsecond)
			}
		}
	}
	return rec
}

func TestStreamsAreReported(t *testing.T) {
	t.Parallel()
	rec := withStreams()
	for format, file := range map[string]string{"table": "streams.txt", "markdown": "streams.md"} {
		golden(t, file, written(t, format, rec))
	}
	arms := Summarize(Judged{Record: rec}).Arms
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
