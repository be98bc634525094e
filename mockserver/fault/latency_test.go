package fault_test

import (
	"testing"
	"time"

	"weighbridge/mockserver/dist"
	"weighbridge/mockserver/fault"
)

const ms = time.Millisecond

func uniform(low, high time.Duration) dist.Duration {
	return dist.Duration{Uniform: &dist.Uniform[time.Duration]{Min: low, Max: high}}
}

func TestCostAddsItsParts(t *testing.T) {
	cost := fault.NewCost(1, fault.Latency{
		Request:     dist.Duration{Constant: 5 * ms},
		Prompt:      dist.Duration{Constant: 2 * ms},
		InputToken:  dist.Duration{Constant: 3 * time.Microsecond},
		OutputToken: dist.Duration{Constant: 50 * time.Microsecond},
	})
	if got := cost.Request(1); got != 5*ms {
		t.Errorf("a request costs %v, want 5ms", got)
	}
	want := 10*2*ms + 1000*3*time.Microsecond + 640*50*time.Microsecond
	if got := cost.Work(1, 10, 1000, 640, 0); got != want {
		t.Errorf("its prompts and tokens cost %v, want %v", got, want)
	}
}

// Requests beside each other slow their output tokens down, and nothing else.
func TestContentionSlowsOutputTokens(t *testing.T) {
	cost := fault.NewCost(1, fault.Latency{
		InputToken: dist.Duration{Constant: time.Millisecond}, OutputToken: dist.Duration{Constant: 4 * ms}, Contention: 0.25,
	})
	for others, want := range map[int]time.Duration{-1: 4 * ms, 0: 4 * ms, 1: 5 * ms, 4: 8 * ms} {
		if got := cost.OutputToken(1, others); got != want {
			t.Errorf("beside %d others a token takes %v, want %v", others, got, want)
		}
		if got := cost.Work(1, 1, 3, 10, others); got != 3*ms+10*want {
			t.Errorf("beside %d others 3 tokens and 10 take %v, want %v", others, got, 3*ms+10*want)
		}
	}
}

func TestCostIsDrawnPerPromptAndOncePerToken(t *testing.T) {
	perPrompt := fault.NewCost(1, fault.Latency{Prompt: uniform(0, 10*ms)})
	perToken := fault.NewCost(1, fault.Latency{OutputToken: uniform(0, 10*ms)})
	for id := range uint64(100) {
		if one, ten := perPrompt.Work(id, 1, 0, 0, 0), perPrompt.Work(id, 10, 0, 0, 0); ten == 10*one {
			t.Fatalf("attempt %d: ten prompts cost ten times one, %v", id, one)
		}
		if one, ten := perToken.Work(id, 1, 0, 1, 0), perToken.Work(id, 1, 0, 10, 0); ten != 10*one {
			t.Fatalf("attempt %d: ten tokens cost %v, one %v", id, ten, one)
		}
	}
}

func TestCostOfAHeavyTailDoesNotOverflow(t *testing.T) {
	tail := dist.Duration{Pareto: &dist.Pareto[time.Duration]{Min: time.Hour, Alpha: 0.01}}
	cost := fault.NewCost(1, fault.Latency{Request: tail, Prompt: tail, InputToken: tail, OutputToken: tail})
	longest := time.Duration(0)
	for id := range uint64(1000) {
		request, work := cost.Request(id), cost.Work(id, 10, 1e6, 1e6, 0)
		if longest = max(longest, request+work); request < time.Hour || work < time.Hour || request+work < work {
			t.Fatalf("attempt %d costs %v and %v", id, request, work)
		}
	}
	if longest != 24*time.Hour+1<<60 {
		t.Errorf("the longest is %v, so that the cap was not reached", longest)
	}
}

func TestCostDependsOnSeedAndAttempt(t *testing.T) {
	latency := fault.Latency{Request: uniform(0, time.Second)}
	one, same, other := fault.NewCost(1, latency), fault.NewCost(1, latency), fault.NewCost(2, latency)
	if one.Request(9) != same.Request(9) {
		t.Error("one seed gives two costs")
	}
	if one.Request(9) == other.Request(9) || one.Request(9) == one.Request(10) {
		t.Error("another seed or attempt gives the same cost to the nanosecond")
	}
}

func TestLatencyValidateNamesThePart(t *testing.T) {
	err := fault.Latency{InputToken: uniform(2*ms, ms)}.Validate()
	if want := "latency.input_token: uniform: max must not be less than min"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
