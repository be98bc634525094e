package clock_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"weighbridge/mockserver/clock"
)

func TestAdjustable(t *testing.T) {
	for _, test := range []struct {
		name   string
		offset time.Duration
		drift  float64
		after  time.Duration
		want   time.Duration // since start
	}{
		{"true", 0, 0, time.Minute, time.Minute},
		{"ahead", 30 * time.Second, 0, time.Minute, 90 * time.Second},
		{"behind", -30 * time.Second, 0, time.Minute, 30 * time.Second},
		{"gains", 0, 0.5, time.Minute, 90 * time.Second},
		{"loses from behind", -time.Second, -0.25, 4 * time.Second, 2 * time.Second},
		{"stands still", 0, -1, time.Hour, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			base := clock.NewManual(start)
			wrong := clock.NewAdjustable(base, test.offset, test.drift)
			base.Advance(test.after)
			if got := wrong.Now().Sub(start); got != test.want {
				t.Errorf("the clock is at start + %v, want %v", got, test.want)
			}
		})
	}
}

// The time depends on the last Set only.
func TestSetDiscardsEarlierDrift(t *testing.T) {
	offsets, drifts := rapid.Int64Range(-1e6, 1e6), rapid.Int64Range(-1000, 1000)
	rapid.Check(t, func(t *rapid.T) {
		base := clock.NewManual(start)
		wrong := clock.NewAdjustable(base, time.Hour, 1)
		for range rapid.IntRange(1, 5).Draw(t, "sets") {
			base.Advance(time.Duration(rapid.Int64Range(0, 1e6).Draw(t, "before")) * time.Second)
			offset, thousandths := offsets.Draw(t, "offset"), drifts.Draw(t, "drift")
			wrong.Set(time.Duration(offset)*time.Millisecond, float64(thousandths)/1000)
			if got, want := wrong.Now(), base.Now().Add(time.Duration(offset)*time.Millisecond); !got.Equal(want) {
				t.Fatalf("right after Set it shows %v, want %v", got, want)
			}
			elapsed := rapid.Int64Range(0, 1e6).Draw(t, "elapsed")
			base.Advance(time.Duration(elapsed) * time.Second)
			want := base.Now().Add(time.Duration(offset+elapsed*thousandths) * time.Millisecond)
			if off := wrong.Now().Sub(want).Abs(); off > time.Microsecond { // drift is a float
				t.Fatalf("it shows %v, want %v", wrong.Now(), want)
			}
		}
	})
}

func TestAdjustableSleepsByItsBase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wrong := clock.NewAdjustable(clock.System(), time.Hour, 1)
		begun := time.Now()
		if err := wrong.Sleep(t.Context(), 3*time.Second); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took != 3*time.Second {
			t.Errorf("slept %v, want 3s", took)
		}
	})
}

// Readers see the skew before or after a Set, never a mixture.
func TestAdjustableConcurrentSet(t *testing.T) {
	base := clock.NewManual(start)
	wrong := clock.NewAdjustable(base, 0, 0)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 1000 {
				if off := wrong.Now().Sub(start); off != 0 && off != time.Hour {
					t.Errorf("the clock is off by %v, want 0 or 1h", off)
				}
			}
		})
		wg.Go(func() {
			for i := range 1000 {
				wrong.Set(time.Duration(i%2)*time.Hour, 0)
			}
		})
	}
	wg.Wait()
}
