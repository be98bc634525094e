package attack

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weighbridge/bench/record"
)

// broken answers as the query says, each request by a draw: late, never, refused,
// in part, or not at all.
func broken(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	late := time.Duration(rand.Int64N(int64(20 * time.Millisecond)))
	switch rand.IntN(8) {
	case 0:
		panic(http.ErrAbortHandler) // a reset before the answer
	case 1:
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "{") // and after a part of it
	case 2:
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusTooManyRequests)
	case 3:
		w.WriteHeader(http.StatusServiceUnavailable)
	case 4:
		select { // never, as far as the client waits
		case <-r.Context().Done():
		case <-time.After(time.Second):
		}
	case 5, 6:
		time.Sleep(late)
	}
}

// dueBy counts the arm's schedule by block, up to a moment after its start.
func dueBy(t *rapid.T, a *Arm, first, blocks int, by time.Duration) map[int]uint64 {
	next, err := a.work.Open(PhaseOpen, *a.Load.Open, first, blocks)
	if err != nil {
		t.Fatal(err)
	}
	due := map[int]uint64{}
	for p, ok := next(); ok; p, ok = next() {
		if p.Due <= by {
			due[p.Block]++
		}
	}
	return due
}

// balanced holds that every prompt of a slice is counted once, in all it is counted by.
func balanced(t *rapid.T, what string, s *record.Slice) {
	if s.Due != s.Answered+s.Failed+s.NeverSent {
		t.Fatalf("%s: %d due is not %d answered + %d failed + %d never sent", what, s.Due, s.Answered, s.Failed, s.NeverSent)
	}
	if s.Response.Count() != s.Answered || s.FailedAfter.Count() != s.Failed {
		t.Fatalf("%s: histograms hold %d and %d prompts of %d answered and %d failed",
			what, s.Response.Count(), s.FailedAfter.Count(), s.Answered, s.Failed)
	}
}

// TestEveryPromptIsCountedOnce under random faults, overload, drains that cut and an
// interruption at any moment.
func TestEveryPromptIsCountedOnce(t *testing.T) {
	url := serve(t, broken)
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(name string, values ...string) string {
			return name + "=" + rapid.SampledFrom(values).Draw(rt, name)
		}
		arm := scenario(t, url,
			draw("target.batch.size", "1", "3", "50"), draw("target.batch.linger", "0", "5ms", "60ms"),
			draw("client.in_flight", "1", "4", "1000"), draw("client.timeout", "10ms", "60s"), draw("client.keepalive", "true", "false"),
			draw("client.retry", "{policy: none}", "{policy: fixed, multiplier: 2ms, attempts: 3}"),
			draw("load.drain", "0", "10ms", "40ms"), draw("load.open.rate", "200", "2000"), draw("load.open.arrivals", "constant", "poisson"),
			"load.open.duration=15ms", "load.closed={in_flight: 5, duration: 20ms, ramp: 5ms}")
		a := newArm(t, arm, rapid.Uint64().Draw(rt, "seed"))
		defer a.Close()
		first, blocks := rapid.IntRange(0, 2).Draw(rt, "first"), rapid.IntRange(1, 3).Draw(rt, "blocks")
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		struck := make(chan time.Time, 1)
		if after := rapid.IntRange(-20, 60).Draw(rt, "interrupted after ms"); after >= 0 {
			timer := time.AfterFunc(time.Duration(after)*time.Millisecond, func() {
				struck <- time.Now()
				cancel()
			})
			defer timer.Stop()
		}
		// A generator that is behind: what it cannot hand over before the end is never sent.
		start := time.Now().Add(-time.Duration(rapid.SampledFrom([]int{0, 0, 20, 500}).Draw(rt, "behind by ms")) * time.Millisecond)
		slices, whole, err := a.Open(ctx, start, first, blocks)
		if err != nil {
			rt.Fatal(err)
		}
		least := time.Hour
		select {
		case at := <-struck:
			least = at.Sub(start)
		default:
		}
		sure, all := dueBy(rt, a, first, blocks, least), dueBy(rt, a, first, blocks, time.Hour)
		counted := uint64(0)
		for block := first; block < first+blocks; block++ {
			s := slices[block]
			balanced(rt, fmt.Sprint("block ", block), s)
			counted += s.Answered + s.Failed
			if s.Due < sure[block] || s.Due > all[block] || block < first+whole && s.Due != all[block] {
				rt.Fatalf("block %d (%d whole): %d prompts count as due, of %d, %d of them before the interruption", block, whole, s.Due, all[block], sure[block])
			}
		}
		if len(slices) != blocks || whole < blocks && ctx.Err() == nil {
			rt.Fatalf("%d slices of %d blocks, %d whole", len(slices), blocks, whole)
		}
		closed, isWhole, err := a.Closed(ctx, first)
		if err != nil || isWhole != (ctx.Err() == nil) {
			rt.Fatal(isWhole, err)
		}
		balanced(rt, "closed", closed)
		// The closed load's prompts outside its window are shown as progress and not counted.
		if shown := a.Count().Answered.Load() + a.Count().Failed.Load(); shown < counted+closed.Answered+closed.Failed {
			rt.Fatalf("%d prompts are shown, %d counted", shown, counted+closed.Answered+closed.Failed)
		}
	})
}
