package figures

import (
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// addOwn adds prompts to every slice that the harness ended itself.
func addOwn(a record.Arm, n func() uint64) record.Arm {
	add := func(s *record.Slice) *record.Slice {
		own := *s
		own.CutOff, own.Generator = n(), n()
		own.Due, own.Failed = s.Due+own.CutOff+own.Generator, s.Failed+own.CutOff+own.Generator
		return &own
	}
	blocks := a.Blocks
	a.Blocks = nil
	for _, b := range blocks {
		b.Open, b.Closed = add(b.Open), add(b.Closed)
		a.Blocks = append(a.Blocks, b)
	}
	return a
}

// Prompts that the harness ended itself change no figure of the target.
func TestOwnPromptsAreInNoFigure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		without := measuredArm()
		with := addOwn(without, func() uint64 { return rapid.Uint64Range(0, 50).Draw(t, "own") })
		objectives := map[float64]time.Duration{0.99: 30 * time.Millisecond}
		for _, m := range metric.All() {
			want, got := NewCalculator().Within(objectives).Arm(m, &without, 0.025), NewCalculator().Within(objectives).Arm(m, &with, 0.025)
			same := want.Value == got.Value && want.Low == got.Low && want.High == got.High && want.Failed == got.Failed
			if !same && !(math.IsNaN(want.Value) && math.IsNaN(got.Value)) {
				t.Fatalf("%s is %+v, without own prompts %+v", m.Name, got, want)
			}
		}
		for _, name := range []string{metric.ErrorRate, metric.ClosedErrorRate} {
			if want, got := FailuresOf(name, &without), FailuresOf(name, &with); want != got {
				t.Fatalf("%s: %+v, want %+v", name, got, want)
			}
			if want, got := FailuresByBlock(name, &without), FailuresByBlock(name, &with); !reflect.DeepEqual(want, got) {
				t.Fatalf("%s by block: %+v, want %+v", name, got, want)
			}
		}
	})
}

// A block in which the harness ended every prompt says nothing of the error rate.
func TestBlocksOfOwnPromptsOnlyHaveNoErrorRate(t *testing.T) {
	a := recordtest.Steady("ab=a", 100, 20*time.Millisecond, 2)
	a.Blocks[1].Open = &record.Slice{DurationMS: 1000, Due: 5, Failed: 5, CutOff: 4, Generator: 1}
	want := []stat.Cluster{{Count: 0, Of: float64(a.Blocks[0].Open.Due)}}
	if got := FailuresByBlock(metric.ErrorRate, &a); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if p99 := NewCalculator().Arm(expressed(t, "p99_ms"), &a, 0.025); math.IsInf(p99.Value, 1) || p99.Value > 21 {
		t.Errorf("p99 is %+v", p99)
	} else if len(p99.Warnings) == 0 || p99.Warnings[0] != "p99 leaves out 5 prompts that the harness ended itself, which may be the slowest" {
		t.Errorf("warnings are %q", p99.Warnings)
	}
	b := recordtest.Steady("ab=b", 100, 20*time.Millisecond, 2)
	if p50 := sampleOf(t, recordtest.AB(a, b), "p50"); !reflect.DeepEqual(p50.Logs, []float64{0}) {
		t.Errorf("a side that the harness ended counts as one that did not answer: %v", p50.Logs)
	}
}
