package machine

import (
	"slices"
	"testing"
	"time"
)

// Shares of one processor that the periods of a phase use, and how many processors the process has after each.
func TestProcessorsFollowTheLoad(t *testing.T) {
	const all = 8
	for _, test := range []struct {
		name            string
		perS            float64
		warmup, slice   []float64
		inWarmup, inRun []int
		after           bool // whether later load is taken for light
	}{
		{"light", 2000, []float64{0.2, 0.2}, []float64{0.15, 0.5, 0.2}, []int{1, 1, 1}, []int{1, 1, 1, 1}, true},
		{"high rate", 2501, []float64{0.1}, []float64{0.1}, []int{all, all}, []int{all, all}, true},
		{"busy for a moment", 100, []float64{0.2}, []float64{0.6, 0.6, 0.3, 0.9, 0.9, 0.1}, []int{1, 1}, []int{1, 1, 1, 1, 1, 1, 1}, true},
		{"heavy", 100, []float64{0.2}, []float64{0.3, 0.6, 0.6, 0.6, 0.1, 0.1, 0.1}, []int{1, 1}, []int{1, 1, 1, 1, all, all, all, all}, false},
		{"handshakes first", 100, []float64{0.9, 0.8, 0.9, 0.2, 0.2, 0.2}, []float64{0.2}, []int{1, 1, 1, all, all, all, all}, []int{1, 1}, true},
		{"heavy to the end of the warm-up", 100, []float64{0.9, 0.9, 0.9, 0.2, 0.8, 0.2}, []float64{0.2}, []int{1, 1, 1, all, all, all, all}, []int{all, all}, false},
	} {
		now := all
		p := &Processors{all: all, set: func(n int) { now = n }, used: func() (time.Duration, bool) { return 0, true }}
		phase := func(begin func(float64) func(), shares []float64) (had []int) {
			light := !p.heavy && test.perS <= lightPerS
			end := begin(test.perS)
			had = append(had, now)
			for _, share := range shares {
				if light { // watched
					p.note(share)
				}
				had = append(had, now)
			}
			end()
			if now != all {
				t.Errorf("%s: %d processors after a phase", test.name, now)
			}
			return had
		}
		if had := phase(p.WarmUp, test.warmup); !slices.Equal(had, test.inWarmup) {
			t.Errorf("%s: in the warm-up %v, want %v", test.name, had, test.inWarmup)
		}
		if had := phase(p.Open, test.slice); !slices.Equal(had, test.inRun) {
			t.Errorf("%s: %v, want %v", test.name, had, test.inRun)
		}
		if phase(p.WarmUp, []float64{0.1, 0.1, 0.1, 0.1}); p.heavy == test.after {
			t.Errorf("%s: heavy %v at the end", test.name, p.heavy)
		}
	}
}

func TestALateRequestHasAllProcessors(t *testing.T) {
	now := 4
	p := &Processors{all: 4, set: func(n int) { now = n }, used: func() (time.Duration, bool) { return 0, true }}
	defer p.Open(10)()
	p.note(0.1)
	p.note(0.1)
	for _, step := range []struct {
		late bool
		want int
	}{{true, 4}, {false, 4}, {false, 4}, {true, 4}, {false, 4}, {false, 4}, {false, 1}} {
		if step.late {
			p.Late()
		}
		if p.note(0.2); now != step.want {
			t.Errorf("%+v: %d processors", step, now)
		}
	}
	p.note(0.6) // busy, but in time
	if now != 1 || p.heavy {
		t.Errorf("%d processors, heavy %v", now, p.heavy)
	}
}

func TestProcessorsWatchTheirUse(t *testing.T) {
	set := make(chan int, 2)
	used := time.Duration(0)
	p := &Processors{all: 4, set: func(n int) { set <- n }, used: func() (time.Duration, bool) { used += time.Hour; return used, true }}
	end := p.Open(10)
	if one, all := <-set, <-set; one != 1 || all != 4 {
		t.Errorf("set to %d, then to %d; want 1, then 4", one, all)
	}
	end()
}

func TestProcessorsLeaveAloneWhatTheyCannotWatch(t *testing.T) {
	p := &Processors{all: 4, set: func(int) { t.Error("set") }, used: func() (time.Duration, bool) { return 0, false }}
	p.Open(10)()
	var none *Processors
	none.Open(10)()
	none.WarmUp(10)()
}
