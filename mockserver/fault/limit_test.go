package fault_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weighbridge/mockserver/fault"
)

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func TestLimiter(t *testing.T) {
	type take struct {
		t             time.Duration // since start
		input, output uint64
		ok            bool
		wait          time.Duration
		bucket        string
	}
	requests := fault.Limit{Requests: &fault.Bucket{Rate: 10, Burst: 2}}
	input := fault.Limit{InputTokens: &fault.Bucket{Rate: 100, Burst: 100}}
	all := fault.Limit{
		Requests:     &fault.Bucket{Rate: 10, Burst: 2},
		InputTokens:  &fault.Bucket{Rate: 100, Burst: 100},
		OutputTokens: &fault.Bucket{Rate: 10, Burst: 100},
	}
	for _, test := range []struct {
		name  string
		limit fault.Limit
		takes []take
	}{
		{"no bucket never limits", fault.Limit{}, []take{{0, 1e9, 1e9, true, 0, ""}}},
		{"the burst, then the rate", requests, []take{
			{0, 0, 0, true, 0, ""},
			{0, 0, 0, true, 0, ""},
			{0, 0, 0, false, 100 * ms, "requests"},
			{40 * ms, 0, 0, false, 60 * ms, "requests"},
			{100 * ms, 0, 0, true, 0, ""},
			{100 * ms, 0, 0, false, 100 * ms, "requests"},
		}},
		{"never over the burst", requests, []take{
			{time.Hour, 0, 0, true, 0, ""},
			{time.Hour, 0, 0, true, 0, ""},
			{time.Hour, 0, 0, false, 100 * ms, "requests"},
		}},
		{"a clock that goes backwards does not change the level", requests, []take{
			{time.Minute, 0, 0, true, 0, ""},
			{time.Minute, 0, 0, true, 0, ""},
			{0, 0, 0, false, time.Minute + 100*ms, "requests"},
			{time.Minute + 100*ms, 0, 0, true, 0, ""},
			{time.Minute + 50*ms, 0, 0, false, 150 * ms, "requests"},
		}},
		{"with a clock that went backwards, the content can be taken", requests, []take{
			{time.Minute, 0, 0, true, 0, ""},
			{0, 0, 0, true, 0, ""},
			{time.Minute, 0, 0, false, 100 * ms, "requests"},
		}},
		{"tokens are taken by amount", input, []take{
			{0, 60, 0, true, 0, ""},
			{0, 60, 0, false, 200 * ms, "input tokens"},
			{0, 40, 0, true, 0, ""},
			{0, 1, 0, false, 10 * ms, "input tokens"},
			{0, 0, 0, true, 0, ""},
		}},
		{"a request larger than the burst never succeeds", input, []take{
			{0, 101, 0, false, fault.Never, "input tokens"},
			{time.Hour, 101, 0, false, fault.Never, "input tokens"},
			{time.Hour, 100, 0, true, 0, ""},
		}},
		{"all buckets or none", all, []take{
			{0, 10, 100, true, 0, ""},
			{0, 10, 50, false, 5 * time.Second, "output tokens"}, // the request bucket keeps its last request
			{0, 10, 0, true, 0, ""},
			{0, 0, 0, false, 100 * ms, "requests"},
		}},
		{"the longest wait counts", all, []take{
			{0, 100, 100, true, 0, ""},
			{0, 100, 1, false, time.Second, "input tokens"},
		}},
		{"no refill never succeeds", fault.Limit{Requests: &fault.Bucket{Rate: 0, Burst: 1}}, []take{
			{0, 0, 0, true, 0, ""},
			{time.Hour, 0, 0, false, fault.Never, "requests"},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			limiter := fault.NewLimiter(test.limit, start)
			for i, take := range test.takes {
				ok, wait, bucket := limiter.Take(start.Add(take.t), take.input, take.output)
				if ok != take.ok || wait != take.wait || bucket != take.bucket {
					t.Errorf("take %d: got %v, %v, %q, want %v, %v, %q", i, ok, wait, bucket, take.ok, take.wait, take.bucket)
				}
			}
		})
	}
}

// A request after exactly the returned wait is allowed; two microseconds earlier it is
// not. The values of the headers are the wait, rounded up.
func TestWaitIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bucket := func(name string) *fault.Bucket {
			return &fault.Bucket{
				Rate:  rapid.Float64Range(0.01, 10_000).Draw(t, name+" rate"),
				Burst: rapid.Float64Range(1, 10_000).Draw(t, name+" burst"),
			}
		}
		limit := fault.Limit{
			Requests: bucket("requests"), InputTokens: bucket("input"), OutputTokens: bucket("output"),
			Acceleration: anyAcceleration(t),
		}
		limiter := fault.NewLimiter(limit, start)
		now := start
		for range 30 {
			now = now.Add(time.Duration(rapid.Int64Range(-1e9, 5e9).Draw(t, "elapsed")))
			input, output := rapid.Uint64Range(0, 5000).Draw(t, "input"), rapid.Uint64Range(0, 5000).Draw(t, "output")
			ok, wait, _ := limiter.Take(now, input, output)
			if ok || wait == fault.Never {
				continue
			}
			if early, _, _ := limiter.Take(now.Add(wait-2*time.Microsecond), input, output); early {
				t.Fatalf("the wait is %v, but 2µs less is enough", wait)
			}
			seconds, milliseconds := fault.RetryAfter(wait)
			if rounded := time.Duration(seconds) * time.Second; rounded < wait || rounded-wait >= time.Second {
				t.Fatalf("%v is rounded to %d s", wait, seconds)
			}
			if rounded := time.Duration(milliseconds) * ms; rounded < wait || rounded-wait >= ms {
				t.Fatalf("%v is rounded to %d ms", wait, milliseconds)
			}
			now = now.Add(wait)
			if ok, again, by := limiter.Take(now, input, output); !ok {
				t.Fatalf("the wait was %v; after that it is %v by %s", wait, again, by)
			}
		}
	})
}

func TestBudgets(t *testing.T) {
	limiter := fault.NewLimiter(fault.Limit{
		Requests:     &fault.Bucket{Rate: 10, Burst: 2},
		OutputTokens: &fault.Bucket{Rate: 0, Burst: 100},
	}, start)
	type levels = []fault.Level
	for _, step := range []struct {
		name string
		at   time.Duration
		take uint64
		want levels
	}{
		{"full", time.Second, 0, levels{
			{Name: "requests", Limit: 2, Remaining: 2, Full: start.Add(time.Second)},
			{Name: "output_tokens", Limit: 100, Remaining: 100, Full: start.Add(time.Second)},
		}},
		{"taken from", time.Second, 40, levels{
			{Name: "requests", Limit: 2, Remaining: 1, Full: start.Add(1100 * ms)},
			{Name: "output_tokens", Limit: 100, Remaining: 60}, // never full again
		}},
		{"refilling", 1050 * ms, 0, levels{
			{Name: "requests", Limit: 2, Remaining: 1.5, Full: start.Add(1100 * ms)},
			{Name: "output_tokens", Limit: 100, Remaining: 60},
		}},
		{"at an earlier time", 0, 0, levels{
			{Name: "requests", Limit: 2, Remaining: 1, Full: start.Add(1100 * ms)},
			{Name: "output_tokens", Limit: 100, Remaining: 60},
		}},
	} {
		now := start.Add(step.at)
		if step.take > 0 {
			limiter.Take(now, 0, step.take)
		}
		if diff := cmp.Diff(step.want, limiter.Budgets(now)); diff != "" {
			t.Errorf("%s:\n%s", step.name, diff)
		}
	}
	if got := fault.NewLimiter(fault.Limit{}, start).Budgets(start); len(got) != 0 {
		t.Errorf("without buckets the levels are %v", got)
	}
}

func TestConfigureKeepsLevels(t *testing.T) {
	limiter := fault.NewLimiter(fault.Limit{
		Requests:    &fault.Bucket{Rate: 1, Burst: 10},
		InputTokens: &fault.Bucket{Rate: 1, Burst: 100},
	}, start)
	for range 6 {
		limiter.Take(start, 10, 0)
	}
	remaining := func(at time.Duration) map[string]float64 {
		got := map[string]float64{}
		for _, level := range limiter.Budgets(start.Add(at)) {
			got[level.Name] = level.Remaining
		}
		return got
	}
	limiter.Configure(fault.Limit{
		Requests:     &fault.Bucket{Rate: 100, Burst: 20}, // holds 4 + 1, and refills faster from now on
		InputTokens:  &fault.Bucket{Rate: 1, Burst: 30},   // holds 40 + 1
		OutputTokens: &fault.Bucket{Rate: 1, Burst: 7},
	}, start.Add(time.Second))
	if diff := cmp.Diff(map[string]float64{"requests": 5, "input_tokens": 30, "output_tokens": 7}, remaining(time.Second)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]float64{"requests": 15, "input_tokens": 30, "output_tokens": 7}, remaining(1100*ms)); diff != "" {
		t.Error(diff)
	}
	limiter.Configure(fault.Limit{}, start.Add(time.Second))
	if ok, _, _ := limiter.Take(start, 1e9, 1e9); !ok {
		t.Error("a request is refused without limits")
	}
	limiter.Configure(fault.Limit{Requests: &fault.Bucket{Rate: 1, Burst: 3}}, start.Add(time.Second))
	if diff := cmp.Diff(map[string]float64{"requests": 3}, remaining(time.Second)); diff != "" {
		t.Error(diff)
	}
}

func TestLimiterConcurrentUse(t *testing.T) {
	limiter := fault.NewLimiter(fault.Limit{Requests: &fault.Bucket{Burst: 100}}, start)
	var taken atomic.Int64
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			for range 20 {
				if ok, _, _ := limiter.Take(start, 1, 1); ok {
					taken.Add(1)
				}
				limiter.Configure(fault.Limit{Requests: &fault.Bucket{Rate: float64(i), Burst: 100}}, start)
				limiter.Budgets(start)
			}
		})
	}
	all.Wait()
	if taken.Load() != 100 {
		t.Errorf("%d requests were allowed, want the 100 of the burst", taken.Load())
	}
}

func TestLimitValidate(t *testing.T) {
	bucket := &fault.Bucket{Rate: 1, Burst: 1}
	for _, test := range []struct {
		limit fault.Limit
		want  string
	}{
		{fault.Limit{Requests: bucket, Acceleration: &fault.Acceleration{}, Spend: &fault.Spend{}}, ""},
		{fault.Limit{InputTokens: &fault.Bucket{Rate: 1}}, "limit.input_tokens: burst must be greater than 0 and rate at least 0"},
		{fault.Limit{Acceleration: &fault.Acceleration{Factor: 1}}, "limit.acceleration: factor must be greater than 1"},
		{fault.Limit{Acceleration: &fault.Acceleration{Floor: -1}}, "limit.acceleration: window and floor must be at least 0"},
		{fault.Limit{Acceleration: &fault.Acceleration{Window: -1}}, "limit.acceleration: window and floor must be at least 0"},
	} {
		got := ""
		if err := test.limit.Validate(); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
