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

// faulty answers each request at random: late, never, with an error, in part, or with a
// reset.
func faulty(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	late := time.Duration(rand.Int64N(int64(20 * time.Millisecond)))
	switch rand.IntN(8) {
	case 0:
		panic(http.ErrAbortHandler) // a reset before the response
	case 1:
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "{") // and one within it
	case 2:
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusTooManyRequests)
	case 3:
		w.WriteHeader(http.StatusServiceUnavailable)
	case 4:
		select { // after all clients have given up
		case <-r.Context().Done():
		case <-time.After(time.Second):
		}
	case 5, 6:
		time.Sleep(late)
	}
}

// dueBy counts the prompts of the arm's schedule that are due by an offset, by block.
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

// checkBalance fails the test unless every prompt of a slice is counted exactly once.
func checkBalance(t *rapid.T, what string, s *record.Slice) {
	if s.Due != s.Answered+s.Failed+s.NeverSent {
		t.Fatalf("%s: %d due is not %d answered + %d failed + %d never sent", what, s.Due, s.Answered, s.Failed, s.NeverSent)
	}
	if s.Response.Count() != s.Answered || s.FailedAfter.Count() != s.Failed-s.CutOff {
		t.Fatalf("%s: histograms count %d and %d prompts, want %d answered and %d failed, %d of them cut off",
			what, s.Response.Count(), s.FailedAfter.Count(), s.Answered, s.Failed, s.CutOff)
	}
}

// Every prompt is counted once under random faults, overload, drains that cut requests
// off, and an interruption at any moment.
func TestEveryPromptIsCountedOnce(t *testing.T) {
	t.Parallel()
	url := serve(t, faulty)
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(name string, values ...string) string {
			return name + "=" + rapid.SampledFrom(values).Draw(rt, name)
		}
		arm := scenario(t, url,
			draw("target.batch.size", "1", "3", "50"), draw("target.batch.linger", "0", "5ms", "60ms"),
			draw("client.in_flight", "1", "4", "1000"), draw("client.timeout", "10ms", "60s"), draw("client.keepalive", "true", "false"),
			draw("client.retry", "{policy: none}", "{policy: fixed, multiplier: 2ms, attempts: 3}"),
			draw("load.drain", "1ms", "10ms", "40ms"), draw("load.open.rate", "200", "2000"), draw("load.open.arrivals", "constant", "poisson"),
			"load.open.duration=15ms", "load.closed={in_flight: 5, duration: 20ms, ramp: 5ms}")
		a := newArm(t, arm, rapid.Uint64().Draw(rt, "seed"))
		defer a.Close()
		first, blocks := rapid.IntRange(0, 2).Draw(rt, "first"), rapid.IntRange(1, 3).Draw(rt, "blocks")
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		interruptedAt := make(chan time.Time, 1)
		if after := rapid.IntRange(-20, 60).Draw(rt, "interrupted after ms"); after >= 0 {
			timer := time.AfterFunc(time.Duration(after)*time.Millisecond, func() {
				interruptedAt <- time.Now()
				cancel()
			})
			defer timer.Stop()
		}
		// A generator that is late never sends what it cannot hand over before the end.
		start := time.Now().Add(-time.Duration(rapid.SampledFrom([]int{0, 0, 20, 500}).Draw(rt, "behind by ms")) * time.Millisecond)
		slices, complete, err := a.Open(ctx, start, first, blocks)
		if err != nil {
			rt.Fatal(err)
		}
		until := time.Hour // what was due by then must be counted
		select {
		case at := <-interruptedAt:
			until = at.Sub(start)
		default:
		}
		least, most := dueBy(rt, a, first, blocks, until), dueBy(rt, a, first, blocks, time.Hour)
		counted := uint64(0)
		for block := first; block < first+blocks; block++ {
			s := slices[block]
			checkBalance(rt, fmt.Sprint("block ", block), s)
			counted += s.Answered + s.Failed
			if s.Due < least[block] || s.Due > most[block] || block < first+complete && s.Due != most[block] {
				rt.Fatalf("block %d (%d complete): %d prompts count as due, want %d to %d", block, complete, s.Due, least[block], most[block])
			}
		}
		if len(slices) != blocks || complete < blocks && ctx.Err() == nil {
			rt.Fatalf("%d slices of %d blocks, %d complete", len(slices), blocks, complete)
		}
		closed, isComplete, err := a.Closed(ctx, first)
		if err != nil || isComplete != (ctx.Err() == nil) {
			rt.Fatal(isComplete, err)
		}
		checkBalance(rt, "closed", closed)
		// Progress includes the prompts of closed load outside its window; the slice does not.
		if shown := a.Counts().Answered.Load() + a.Counts().Failed.Load() + a.Counts().CutOff.Load(); shown < counted+closed.Answered+closed.Failed {
			rt.Fatalf("progress shows %d prompts, the slices %d", shown, counted+closed.Answered+closed.Failed)
		}
	})
}
