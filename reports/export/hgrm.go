// Package export writes records for other programs: HdrHistogram's plotter and Prometheus.
package export

import (
	"bytes"
	"fmt"
	"io"

	"weighbridge/bench/record"
	"weighbridge/reports/summary"
)

// HGRM writes the response latencies of each arm's answered prompts, in ms, as HdrHistogram's plotter reads them
// (https://hdrhistogram.github.io/HdrHistogram/plotFiles.html). A comment names the record and the arm before each of
// several arms: the plotter wants a file for each.
func HGRM(w io.Writer, judged ...*summary.Judged) error {
	var out bytes.Buffer
	for _, j := range judged {
		for _, doubt := range doubts(j) {
			fmt.Fprintf(&out, "#[%s]\n", doubt)
		}
		for i := range j.Record.Arms {
			arm := &j.Record.Arms[i]
			response := responses(arm)
			if i > 0 {
				out.WriteByte('\n')
			}
			fmt.Fprintf(&out, "#[Scenario = %s, arm = %s, response latency in ms]\n", j.Record.Scenario.Name, arm.Name)
			if response.Count() == 0 {
				fmt.Fprintln(&out, "#[No answered prompt, or a slim record without histograms]")
				continue
			}
			if err := response.WritePercentiles(&out); err != nil {
				return fmt.Errorf("write the percentiles: %w", err)
			}
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}

// doubts are why the figures of a run do not count, and its warnings, for comments.
func doubts(j *summary.Judged) (all []string) {
	s := j.Summary()
	for _, reason := range s.Invalid {
		all = append(all, "Not valid: "+reason)
	}
	for _, warning := range s.Warnings {
		all = append(all, "Warning: "+warning)
	}
	return all
}

// responses are the response latencies of all blocks of an arm.
func responses(arm *record.Arm) *record.Hist {
	var all []*record.Hist
	for i := range arm.Blocks {
		if s := arm.Main(&arm.Blocks[i]); s != nil {
			all = append(all, s.Response)
		}
	}
	return record.Merged(all...)
}
