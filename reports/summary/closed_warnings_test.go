package summary

import (
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

func TestClosedWarnings(t *testing.T) {
	for name, row := range map[string]struct {
		slice record.Slice
		want  string // empty if there is no warning
	}{
		"reached":       {record.Slice{DurationMS: 400, InFlight: 10_000, HarnessCPU: new(0.2), MachineCPU: new(1.0)}, ""},
		"nearly":        {record.Slice{DurationMS: 400, InFlight: 9_500}, ""},
		"not reached":   {record.Slice{DurationMS: 400, InFlight: 6_655}, "closed load reached 6655 of the 10000 requests in flight that it asked for"},
		"older records": {record.Slice{DurationMS: 400}, ""},
		"busy":          {record.Slice{DurationMS: 400, InFlight: 10_000, HarnessCPU: new(0.7)}, "TPS is at least what is shown"},
		"read late":     {record.Slice{DurationMS: 400, ReadLag: recordtest.Hist(9 * time.Millisecond), Service: recordtest.Hist(30 * time.Millisecond)}, "latencies under closed load include the harness's own delay: read lag p50"},
	} {
		arm := &record.Arm{Load: record.Load{ClosedInFlight: 10_000}, Blocks: []record.Block{{Complete: true, Closed: &row.slice}}}
		got := strings.Join(closedWarnings(arm, record.Validity{ReadLagMS: 5, ReadLagShare: 0.1}), "|")
		if (got == "") != (row.want == "") || !strings.Contains(got, row.want) {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}
