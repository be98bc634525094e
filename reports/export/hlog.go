package export

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"weighbridge/bench/record"
	"weighbridge/reports/summary"
)

// HLog writes the response latencies of answered prompts as an HdrHistogram log, format 1.3: an interval for each block of
// each arm, tagged with the arm, whose histogram is in µs and whose maximum is in seconds. HdrHistogram's log processors and
// analyzers read it. In a tag, which must not hold them, a comma is a semicolon and a space an underscore.
func HLog(w io.Writer, judged ...*summary.Judged) error {
	var out bytes.Buffer
	log := hdrhistogram.NewHistogramLogWriter(&out)
	for i, j := range judged {
		started := j.Record.Started
		if i == 0 {
			log.SetBaseTime(started.Unix() * 1000)
			_ = log.OutputLogFormatVersion() // a buffer refuses nothing
			_ = log.OutputBaseTime(started.Unix() * 1000)
			_ = log.OutputStartTime(started.Unix() * 1000)
		}
		_ = log.OutputComment(fmt.Sprintf("[Scenario = %s, response latency in us, of each block of each arm]", j.Record.Scenario.Name))
		for _, doubt := range doubts(j) {
			_ = log.OutputComment("[" + doubt + "]")
		}
		if i == 0 {
			_ = log.OutputLegend()
		}
		for k := range j.Record.Arms {
			if err := logBlocks(log, &j.Record.Arms[k], started); err != nil {
				return fmt.Errorf("write the blocks of arm %s: %w", j.Record.Arms[k].Name, err)
			}
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}

func logBlocks(log *hdrhistogram.HistogramLogWriter, arm *record.Arm, started time.Time) error {
	for b := range arm.Blocks {
		s := arm.Main(&arm.Blocks[b])
		if s == nil || s.Response == nil {
			continue
		}
		text, err := s.Response.MarshalText()
		if err != nil {
			return err
		}
		interval, err := hdrhistogram.DecodePacked(text)
		if err != nil {
			return err
		}
		begin := started.Add(record.Duration(s.StartMS))
		interval.SetTag(strings.Join(strings.Fields(strings.ReplaceAll(arm.Name, ",", ";")), "_"))
		interval.SetStartTimeMs(begin.UnixMilli())
		interval.SetEndTimeMs(begin.Add(record.Duration(s.DurationMS)).UnixMilli())
		if err := log.OutputIntervalPackedHistogram(interval); err != nil {
			return err
		}
	}
	return nil
}
