package bench_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weighbridge/bench"
	"weighbridge/bench/machine"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

func validityOf(t *testing.T, set ...string) record.Validity {
	t.Helper()
	s, err := scenarios.Parse("v.yaml", []byte("name: v\ntarget: {dialect: article}\n"), scenarios.Changes{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	return *bench.EmptyRecord(s, scenarios.Changes{}).Validity
}

func TestRecordKeepsTheScenariosThresholds(t *testing.T) {
	defaults := (&record.Record{}).ValidityThresholds()
	defaults.ReadLagMS, defaults.ReadLagShare = 5, 0.1 // are younger
	if diff := cmp.Diff(defaults, validityOf(t)); diff != "" {
		t.Errorf("the defaults differ from those of records without thresholds: %s", diff)
	}
	got := validityOf(t, "validity={send_lag: 7ms, send_lag_share: 0.2, read_lag: 8ms, read_lag_share: 0.3, handed_over: 0.5, cut_off: 0.3, generator: 0.4, cpu: 0.9, closed_cpu: 0.8, gc_pause: 500us, files: 0.8, clock_step: 1s}")
	want := record.Validity{SendLagMS: 7, SendLagShare: 0.2, ReadLagMS: 8, ReadLagShare: 0.3, HandedOver: 0.5, CutOff: 0.3, Generator: 0.4, CPU: 0.9, ClosedCPU: 0.8, GCPauseMS: 0.5, Files: 0.8, ClockStepMS: 1000}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if record.Concurrent != scenarios.Concurrent || record.Sequential != scenarios.Sequential {
		t.Error("records and scenarios name the orders differently")
	}
}

func TestWrittenRecordIsJudgedAgainAsItWas(t *testing.T) {
	s, err := scenarios.Parse("v.yaml", []byte(`
name: v
target: {dialect: article}
load: {warmup: 50ms, open: {rate: 100, duration: 200ms}}
experiment: {blocks: 2}
`), scenarios.Changes{Set: []string{"validity={send_lag: 0s, send_lag_share: 0, files: 0}"}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), record.FileName)
	if err := record.Write(path, run(t, s)); err != nil {
		t.Fatal(err)
	}
	again, err := record.Read(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Invalid) == 0 {
		t.Error("a run without tolerance for send lag is valid")
	}
	if diff := cmp.Diff(again.Invalid, machine.InvalidReasons(again)); diff != "" {
		t.Errorf("judged again: %s", diff)
	}
}
