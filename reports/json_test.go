package reports

import (
	"encoding/json"
	"strings"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/billing"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
)

// value is what the first arm that has it has at a path; nil if none has.
func value(t *testing.T, raw []byte, path string) any {
	t.Helper()
	var read struct{ Arms []map[string]any }
	if err := json.Unmarshal(raw, &read); err != nil {
		t.Fatal(err)
	}
	for _, arm := range read.Arms {
		at := any(arm)
		for _, step := range strings.Split(path, ".") {
			in, _ := at.(map[string]any)
			at = in[step]
		}
		if at != nil {
			return at
		}
	}
	return nil
}

// What the page shows of a record is in its JSON: in the arms that have it.
func TestJSONHasWhatThePageShows(t *testing.T) {
	t.Parallel()
	regional := recordtest.Record(recordtest.Small())
	for i := range regional.Arms {
		recordtest.Regional(&regional.Arms[i])
	}
	accounts := recordtest.Record(recordtest.Small())
	arm := &accounts.Arms[0]
	arm.Billing, arm.Calibration = &billing.Accounts{Received: 3}, &record.Calibration{Answers: 2}
	arm.Ledger = &record.Ledger{Callbacks: &billing.Sent{Billed: 3}, Pushes: record.Pushes{Wanted: 1}}
	for name, c := range map[string]struct {
		rec  *record.Record
		keys string
	}{
		"matrix":     {recordtest.Record(recordtest.Matrix()), "load percentiles over_time.moments parts.means parts.server_ms first_byte_ms opening.connect peak_streams wire_bytes_per_request.body_sent"},
		"streams":    {recordtest.WithStreams(), "first_content_ms.p50 chunk_gap_ms.p99 ttft_ms.p99 tpot_ms.p50"},
		"capacities": {recordtest.WithCapacities(), "capacity.probes capacity.held_prompts_per_s"},
		"regional":   {regional, "regions"},
		"accounts":   {accounts, "billing.reconciled callbacks.billed calibration.answers pushes.wanted"},
	} {
		raw := written(t, "json", c.rec)
		for _, key := range strings.Fields(c.keys) {
			if value(t, raw, key) == nil {
				t.Errorf("%s: no arm has %s", name, key)
			}
		}
		for _, key := range strings.Fields("measured.title measured.tool measured.plan.order measured.env.cpu measured.harness measured.axes answers") {
			if found(t, raw, key) == nil {
				t.Errorf("%s: %s is null", name, key)
			}
		}
	}
}

// The moments over time and the shares of the distribution are the record's.
func TestJSONOverTimeIsTheRecords(t *testing.T) {
	t.Parallel()
	rec := failing(recordtest.Record(recordtest.Small()))
	var read summary.Summary
	if err := json.Unmarshal(written(t, "json", rec), &read); err != nil {
		t.Fatal(err)
	}
	for i := range rec.Arms {
		arm, points := &rec.Arms[i], rec.Arms[i].OverTime.Points
		if len(read.Arms[i].OverTime.Moments) != len(points) || len(points) == 0 {
			t.Fatalf("%s: %d moments of %d points", arm.Name, len(read.Arms[i].OverTime.Moments), len(points))
		}
		for k, m := range read.Arms[i].OverTime.Moments {
			p := points[k]
			if m.AtMS != p.AtMS || m.Due != p.Due || m.Answered != p.Answered || m.Failed != p.Failed || len(m.Kinds) != len(p.Kinds) {
				t.Errorf("%s: %+v, want %+v", arm.Name, m, p)
			}
			for _, of := range []struct {
				q   float64
				got *float64
			}{{0.5, m.Response.P50}, {0.9, m.Response.P90}, {0.99, m.Response.P99}} {
				if want, known := p.Percentile(of.q); known != (of.got != nil) || known && !near(*of.got, record.Milliseconds(want)) {
					t.Errorf("%s at %v ms: the percentile %v is %s, want %v", arm.Name, p.AtMS, of.q, recordtest.Text(of.got), want)
				}
			}
		}
		h := responsesOf(arm)
		for _, p := range read.Arms[i].Percentiles {
			if !near(p.MS, record.Milliseconds(h.Quantile(p.Share))) {
				t.Errorf("%s: the percentile %v is %v ms", arm.Name, p.Share, p.MS)
			}
		}
	}
}
