package attack

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scenario returns the arm of a scenario with a plain HTTP API, changed by each path=value.
func scenario(t testing.TB, url string, sets ...string) scenarios.Arm {
	t.Helper()
	source := `
name: test
target: {dialect: http, url: "` + url + `", http: {body: '{"p": {{json .Prompts}}}'}, batch: {linger: 20ms}}
client: {timeout: 60s}
load: {warmup: 50ms, drain: 60s, open: {rate: 400, arrivals: constant, duration: 250ms}}
`
	s, err := scenarios.Parse("test.yaml", []byte(source), scenarios.Changes{Set: sets})
	if err != nil {
		t.Fatal(err)
	}
	return s.Arms()[0]
}

func newArm(t testing.TB, arm scenarios.Arm, seed uint64) *Arm {
	t.Helper()
	return newArmAt(t, arm, seed, Endpoint{URL: arm.Target.URL})
}

func newArmAt(t testing.TB, arm scenarios.Arm, seed uint64, end Endpoint) *Arm {
	t.Helper()
	deck, err := schedule.SyntheticDeck(arm.Prompts, seed)
	if err != nil {
		t.Fatal(err)
	}
	work := schedule.Work{Seed: seed, Arm: arm.Name, Deck: deck}
	a, err := New(arm, end, work, time.Now(), &target.Redactor{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func TestOpenAccountsForEveryPrompt(t *testing.T) {
	var seen atomic.Uint64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if seen.Add(1)%10 == 0 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	for _, size := range []string{"1", "7"} {
		seen.Store(0)
		a := newArm(t, scenario(t, url, "target.batch.size="+size), 1)
		slices, complete, err := a.Open(context.Background(), time.Now(), 3, 2)
		if err != nil || complete != 2 || len(slices) != 2 {
			t.Fatalf("size %s: %d slices, %d complete, %v", size, len(slices), complete, err)
		}
		requests, sent := uint64(0), uint64(0) // a busy machine sends some prompts too late to be sent at all
		for block, s := range slices {
			sent += s.Due - s.NeverSent
			if s.Due != 100 || s.Due != s.Answered+s.Failed+s.NeverSent {
				t.Errorf("size %s, block %d: due %d, answered %d, failed %d, never sent %d",
					size, block, s.Due, s.Answered, s.Failed, s.NeverSent)
			}
			if s.Response.Count() != s.Answered || s.FailedAfter.Count() != s.Failed || s.Fill.Count() != s.Due-s.NeverSent {
				t.Errorf("size %s, block %d: histograms do not count every prompt", size, block)
			}
			requests += s.Requests
		}
		if got := seen.Load(); got != requests || a.Totals().Attempts != got {
			t.Errorf("size %s: the server saw %d requests, the slices %d, the totals %d", size, got, requests, a.Totals().Attempts)
		}
		if got := a.Counts().Answered.Load() + a.Counts().Failed.Load(); got != sent || sent == 0 {
			t.Errorf("size %s: progress counts %d prompts, want %d", size, got, sent)
		}
	}
}

func TestResponseIncludesTheWaitForTheBatch(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	a := newArm(t, scenario(t, url, "target.batch.size=10", "target.batch.linger=100ms", "load.open.rate=200"), 1)
	slices, _, err := a.Open(context.Background(), time.Now(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := slices[0]
	// 200/s in tens: 45, 40, … 0 ms, 22.5 on average.
	near(t, "the mean wait for a batch", s.Fill.Mean(), 22500*time.Microsecond)
	if s.Response.Mean() < s.Fill.Mean() {
		t.Errorf("the mean response latency %v does not include the wait of %v for the batch", s.Response.Mean(), s.Fill.Mean())
	}
}

func TestPromptsOpenAtTheEndOfTheDrainAreCutOff(t *testing.T) {
	hang := make(chan struct{})
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	})
	defer close(hang)
	a := newArm(t, scenario(t, url, "load.drain=100ms", "client.in_flight=5"), 1)
	slices, complete, err := a.Open(context.Background(), time.Now(), 0, 1)
	if err != nil || complete != 1 {
		t.Fatal(complete, err)
	}
	s := slices[0]
	sent := s.Due - s.NeverSent // all of them, unless the machine is busy
	if s.Due != 100 || sent == 0 || s.Failed != sent || s.Errors["cut_off"] != sent || s.CutOff != sent || s.SlotWait.Count()+s.FailedAfter.Count() > 0 {
		t.Errorf("due %d, never sent %d, failed %d, cut off %d, errors %v; want all that were sent cut off, in no histogram", s.Due, s.NeverSent, s.Failed, s.CutOff, s.Errors)
	}
	if points := a.OverTime().Points; points[0].Failed == 0 || points[0].Own != points[0].Failed {
		t.Errorf("over time: %+v, want all that failed to be the harness's own", points)
	}
}

// A block whose prompts an interruption cut off is not complete, although its time was over.
func TestInterruptionInvalidatesNoCompleteBlock(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var seen atomic.Uint64
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		n := seen.Add(1)
		if n == 30 {
			cancel()
		}
		if n > 15 {
			<-r.Context().Done()
		}
	})
	a := newArm(t, scenario(t, url, "load.open.duration=50ms", "load.drain=20ms"), 1) // 20 prompts in each block
	// In 60 blocks the interruption is early enough, however slow the machine.
	slices, complete, err := a.Open(ctx, time.Now(), 0, 60)
	if err != nil || complete != 0 {
		t.Errorf("%d blocks are complete, %v; the first has %d prompts cut off", complete, err, slices[0].CutOff)
	}
}

func TestInterruptedSliceCountsWhatWasDue(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var seen atomic.Uint64
	url := serve(t, func(http.ResponseWriter, *http.Request) {
		if seen.Add(1) == 10 {
			cancel()
		}
	})
	a := newArm(t, scenario(t, url, "load.open.duration=1h", "target.batch.size=5"), 1)
	slices, complete, err := a.Open(ctx, time.Now(), 0, 1)
	if err != nil || complete != 0 {
		t.Fatalf("%d blocks are complete, %v", complete, err)
	}
	s := slices[0]
	if s.Answered < 50 || s.Due != s.Answered+s.Failed+s.NeverSent {
		t.Errorf("due %d, answered %d, failed %d, never sent %d", s.Due, s.Answered, s.Failed, s.NeverSent)
	}
	if hour := uint64(400 * 3600); s.Due > hour/10 {
		t.Errorf("%d prompts count as due, of %d in the full hour", s.Due, hour)
	}
}

func TestClosedKeepsItsRequestsInFlight(t *testing.T) {
	var now atomic.Int64
	var over atomic.Bool
	full := make(chan struct{})
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		n := now.Add(1)
		defer now.Add(-1)
		if n > 8 {
			over.Store(true)
		}
		if n == 8 {
			select {
			case <-full:
			default:
				close(full)
			}
		}
		<-full // answer nobody before eight are in flight
	})
	arm := scenario(t, url, "load.closed={in_flight: 8, duration: 300ms, ramp: 50ms}", "target.batch.size=3")
	s, complete, err := newArm(t, arm, 1).Closed(context.Background(), 0)
	if err != nil || !complete {
		t.Fatal(complete, err)
	}
	if over.Load() {
		t.Error("more than 8 requests were in flight")
	}
	if s.InWindow%3 != 0 || s.Due != s.Answered || s.Due != 3*s.Requests || s.NeverSent != 0 {
		t.Errorf("wrong counts: %+v", s)
	}
}

// A server that answers with errors at times, and at times not at all, is there.
func TestCheckReachableWantsAnAnswerOfAnyKind(t *testing.T) {
	for name, c := range map[string]struct {
		answers func(n int64) bool // else the connection is closed
		reached bool
	}{
		"never":                 {func(int64) bool { return false }, false},
		"once, with an error":   {func(n int64) bool { return n == 2 }, true},
		"always, with an error": {func(int64) bool { return true }, true},
	} {
		var requests atomic.Int64
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if !c.answers(requests.Add(1)) {
				panic(http.ErrAbortHandler)
			}
			w.WriteHeader(http.StatusInternalServerError)
		})
		a := newArm(t, scenario(t, url, "load.ready=0s"), 1)
		if err := a.CheckReachable(t.Context(), func(string) {}); (err == nil) != c.reached {
			t.Errorf("answers %s: %v after %d requests, want it reached: %v", name, err, requests.Load(), c.reached)
		}
	}
}

func TestWarmupIsNotMeasuredAndCheckReachableNeedsAnAnswer(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	arm := scenario(t, url, "load.closed={in_flight: 4, duration: 50ms, ramp: 10ms}")
	a := newArm(t, arm, 1)
	if err := a.CheckReachable(context.Background(), func(string) {}); err != nil {
		t.Fatal(err)
	}
	if err := a.WarmupOpen(context.Background(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := a.WarmupClosed(context.Background()); err != nil {
		t.Fatal(err)
	}
	if a.Counts().Answered.Load() != 0 {
		t.Error("the warm-up counts as measured")
	}
	// A slow machine sends fewer of the 20 that are due, but some in each part.
	if sent := a.Totals().Attempts; sent < 1+1+4 {
		t.Errorf("the warm-up sent %d attempts", sent)
	}
	closed := newArm(t, scenario(t, "http://127.0.0.1:1", "load.ready=0s"), 1)
	if err := closed.CheckReachable(context.Background(), func(string) {}); err == nil {
		t.Error("no error for a port that nobody listens on")
	}
}
