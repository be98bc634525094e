package figures

import (
	"math"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/scenarios/metric"
)

// batchArm is an arm with a batch of 100 prompts in each block, answered as a whole after a time.
func batchArm(name string, blocks int, took time.Duration) record.Arm {
	a := record.Arm{Name: name, Load: record.Load{BatchPrompts: 100}}
	for i := range blocks {
		s := &record.Slice{
			DurationMS: record.Milliseconds(took), Due: 100, Answered: 100, InWindow: 100, UsageInWindow: 100, OutputInWindow: 6400,
			Batches: &record.Batches{Submitted: 1, Ended: 1, Completion: record.Sum{Count: 1, TotalMS: record.Milliseconds(took)}},
		}
		if took <= time.Hour {
			s.Response = recordtest.Hist(recordtest.Repeat(took, 100)...)
		}
		a.Blocks = append(a.Blocks, record.Block{Index: i, Complete: true, Batch: s})
	}
	return a
}

func figureOf(t *testing.T, name string, a *record.Arm) Figure {
	t.Helper()
	m, known := metric.Named(name)
	if !known {
		t.Fatalf("no metric %s", name)
	}
	return NewCalculator().Arm(m, a, 0.025)
}

func TestFiguresOfBatches(t *testing.T) {
	a := batchArm("api=batch", 8, 20*time.Second)
	for name, want := range map[string]float64{
		"tps": 5, "output_tokens_per_s": 320, "p50": 20_000, "mean": 20_000, "batch_completion": 20_000, "error_rate": 0,
	} {
		if got := figureOf(t, name, &a).Value; math.Abs(got-want) > 0.001*want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if tps, load := TPS(&a); tps == nil || *tps != 5 || load != "batch" {
		t.Errorf("TPS %v of %s", tps, load)
	}
}

// A histogram ends at an hour: what took longer has no latency, and none that is wrong.
func TestBatchesOfMoreThanAnHour(t *testing.T) {
	a := batchArm("api=batch", 8, 5*time.Hour)
	for _, name := range []string{"p50", "p99", "mean"} {
		if got := figureOf(t, name, &a).Value; !math.IsNaN(got) {
			t.Errorf("%s is %v", name, got)
		}
	}
	if got := figureOf(t, "batch_completion", &a).Value; got != 18_000_000 {
		t.Errorf("a batch takes %v ms", got)
	}
}

func TestObjectivesThatBatchesCannotMeet(t *testing.T) {
	a := batchArm("api=batch", 8, 20*time.Second)
	a.Objectives = &record.Objectives{TTFTMS: 100}
	for _, name := range []string{metric.Goodput, metric.GoodShare} {
		f := figureOf(t, name, &a)
		if !math.IsNaN(f.Value) || !strings.Contains(strings.Join(f.Warnings, " "), "answers of a batch come whole") {
			t.Errorf("%s is %v: %v", name, f.Value, f.Warnings)
		}
	}
	a.Objectives = &record.Objectives{ResponseMS: 30_000}
	for i := range a.Blocks {
		a.Blocks[i].Batch.Good = 50
	}
	if got := figureOf(t, metric.GoodShare, &a).Value; got != 0.5 {
		t.Errorf("the good share is %v", got)
	}
}

func TestThroughputOfBatchesBesideClosedLoad(t *testing.T) {
	head := batchArm("api=batch", 8, 20*time.Second)
	base := record.Arm{Name: "api=closed", Load: record.Load{ClosedInFlight: 4, ClosedDurationMS: 1000}}
	for i := range 8 {
		base.Blocks = append(base.Blocks, record.Block{Index: i, Complete: true, Closed: &record.Slice{DurationMS: 1000, InWindow: 10, Due: 10, Answered: 10}})
	}
	m, _ := metric.Named(metric.TPS)
	if got := NewCalculator().Ratio(m, []Pair{{Base: &base, Head: &head}}, 0.025); math.Abs(got.Value-0.5) > 1e-9 {
		t.Errorf("the ratio is %v: %v", got.Value, got.Warnings)
	}
}

// A batch that the harness canceled tells nothing of the throughput: it is not 0.
func TestThroughputOfACanceledBatch(t *testing.T) {
	a := batchArm("api=batch", 8, 20*time.Second)
	for i := range a.Blocks {
		a.Blocks[i].Batch = &record.Slice{DurationMS: 1000, Due: 100, Failed: 100, CutOff: 100, Batches: &record.Batches{Submitted: 1, Canceled: 1}}
	}
	tps, _ := TPS(&a)
	if f := figureOf(t, "tps", &a); tps != nil || !math.IsNaN(f.Value) {
		t.Errorf("TPS is %v, %v", tps, f.Value)
	}
	if f := figureOf(t, "batch_completion", &a); !math.IsNaN(f.Value) {
		t.Errorf("a batch takes %v", f.Value)
	}
}
