package fault_test

import (
	"testing"
	"time"

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
		{"a clock running backwards gives nothing and takes nothing", requests, []take{
			{time.Minute, 0, 0, true, 0, ""},
			{time.Minute, 0, 0, true, 0, ""},
			{0, 0, 0, false, time.Minute + 100*ms, "requests"},
			{time.Minute + 100*ms, 0, 0, true, 0, ""},
			{time.Minute + 50*ms, 0, 0, false, 150 * ms, "requests"},
		}},
		{"a backward clock still takes what is there", requests, []take{
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
		{"larger than the burst never succeeds", input, []take{
			{0, 101, 0, false, fault.Never, "input tokens"},
			{time.Hour, 101, 0, false, fault.Never, "input tokens"},
			{time.Hour, 100, 0, true, 0, ""},
		}},
		{"all buckets or none", all, []take{
			{0, 10, 100, true, 0, ""},
			{0, 10, 50, false, 5 * time.Second, "output tokens"}, // one request is left, and stays
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

// Waiting exactly as long as told succeeds, and so does waiting as long as the
// headers say; a microsecond less does not.
func TestWaitIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bucket := func(name string) *fault.Bucket {
			return &fault.Bucket{
				Rate:  rapid.Float64Range(0.01, 10_000).Draw(t, name+" rate"),
				Burst: rapid.Float64Range(1, 10_000).Draw(t, name+" burst"),
			}
		}
		limit := fault.Limit{Requests: bucket("requests"), InputTokens: bucket("input"), OutputTokens: bucket("output")}
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
				t.Fatalf("told to wait %v, but 2µs less would do", wait)
			}
			seconds, milliseconds := fault.RetryAfter(wait)
			if told := time.Duration(seconds) * time.Second; told < wait || told-wait >= time.Second {
				t.Fatalf("%v is worded as %d s", wait, seconds)
			}
			if told := time.Duration(milliseconds) * ms; told < wait || told-wait >= ms {
				t.Fatalf("%v is worded as %d ms", wait, milliseconds)
			}
			now = now.Add(wait)
			if ok, again, by := limiter.Take(now, input, output); !ok {
				t.Fatalf("told to wait %v, then %v more by %s", wait, again, by)
			}
		}
	})
}

func TestLimitValidate(t *testing.T) {
	if err := (fault.Limit{Requests: &fault.Bucket{Rate: 1, Burst: 1}}).Validate(); err != nil {
		t.Error(err)
	}
	if err := (fault.Limit{InputTokens: &fault.Bucket{Rate: 1}}).Validate(); err == nil {
		t.Error("a bucket that lets nothing through is taken")
	}
}
