package budget

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"weighbridge/target"
	"weighbridge/target/prices"
)

// answer is an outcome that reports its usage.
func answer(input, output uint64) target.Outcome {
	return target.Outcome{InputTokens: input, InputKnown: true, OutputTokens: output, OutputByPrompt: []uint64{output}}
}

func TestSettle(t *testing.T) {
	price := prices.Price{Input: 3, Output: 15, CacheRead: new(0.3), CacheWrite: new(3.75)}
	cached := answer(100, 10)
	cached.CachedTokens, cached.CacheWriteTokens = new(uint64(60)), 20
	noUsage := target.Outcome{Remarks: []target.Remark{target.NoUsage}}
	onlyInput := target.Outcome{InputTokens: 100, InputKnown: true}
	failed := target.Outcome{Class: target.Server, Failed: 1}
	for _, row := range []struct {
		name      string
		connected bool
		status    int
		out       target.Outcome
		used      Amount
		assumed   Amount
	}{
		{"usage", true, 200, answer(100, 10), Amount{1, 1, 100, 10, prices.USD(450e-6)}, Amount{}},
		{"cached usage", true, 200, cached, Amount{1, 1, 100, 10, prices.USD((20*3 + 60*0.3 + 20*3.75 + 150) / 1e6)}, Amount{}},
		{"no connection", false, 0, failed, Amount{Requests: 1, Prompts: 1}, Amount{}},
		{"no answer", true, 0, failed, Amount{1, 1, 200, 64, prices.USD(1710e-6)}, Amount{0, 0, 200, 64, prices.USD(1710e-6)}},
		{"no usage", true, 200, noUsage, Amount{1, 1, 200, 64, prices.USD(1710e-6)}, Amount{0, 0, 200, 64, prices.USD(1710e-6)}},
		{"usage of the input", true, 200, onlyInput, Amount{1, 1, 100, 64, prices.USD(1260e-6)}, Amount{0, 0, 0, 64, prices.USD(960e-6)}},
		{"a request with a mistake", true, 400, failed, Amount{Requests: 1, Prompts: 1}, Amount{}},
		{"a refusal that reports its input", true, 400, onlyInput, Amount{1, 1, 100, 64, prices.USD(1260e-6)}, Amount{0, 0, 0, 64, prices.USD(960e-6)}},
		{"rate limit", true, 429, failed, Amount{Requests: 1, Prompts: 1}, Amount{}},
		{"overloaded", true, 529, failed, Amount{Requests: 1, Prompts: 1}, Amount{}},
		{"a gateway gave up", true, 504, failed, Amount{1, 1, 200, 64, prices.USD(1710e-6)}, Amount{0, 0, 200, 64, prices.USD(1710e-6)}},
		{"a stream that broke off", true, 200, target.Outcome{Class: target.Contract, Failed: 1}, Amount{1, 1, 200, 64, prices.USD(1710e-6)}, Amount{0, 0, 200, 64, prices.USD(1710e-6)}},
	} {
		account := New(Amount{Requests: 2}, func(string) { t.Errorf("%s: full", row.name) })
		r, err := account.Meter(Arm{MaxOutput: 64, Price: &price}).Reserve(Ask{Prompts: 1, Body: 600})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := account.Spent().Used, (Amount{1, 1, 200, 64, prices.USD(1710e-6)}); got != want {
			t.Errorf("%s: reserved %+v, want %+v", row.name, got, want)
		}
		r.Settle(row.connected, row.status, row.out)
		attempts := uint64(1)
		if row.assumed == (Amount{}) {
			attempts = 0
		}
		if got, want := account.Spent(), (Spent{row.used, row.assumed, attempts}); got != want {
			t.Errorf("%s: %+v, want %+v", row.name, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	price := prices.Price{Input: 3, Output: 15}
	for _, row := range []struct {
		limits   Amount
		attempts int // that fit
		why      string
	}{
		{Amount{Requests: 3}, 3, "3 of 3 requests are used"},
		{Amount{Prompts: 7}, 3, "0 of 7 prompts are used, requests in flight may take 6, and the next one 2"},
		{Amount{InputTokens: 150}, 1, "0 of 150 input tokens are used, requests in flight may take 100, and the next one 100"},
		{Amount{OutputTokens: 19}, 0, "0 of 19 output tokens are used, and the next request may take 20"},
		{Amount{Cost: prices.USD(0.0015)}, 2, "0 of 0.0015 USD are used, requests in flight may take 0.0012, and the next one 0.0006"},
		{Amount{Requests: 1, Cost: prices.USD(1)}, 1, "1 of 1 requests are used"},
	} {
		var said []string
		account := New(row.limits, func(why string) { said = append(said, why) })
		m, fit := account.Meter(Arm{MaxOutput: 10, Price: &price}), 0
		var refused Exhausted
		for {
			if _, err := m.Reserve(Ask{Prompts: 2, Body: 300}); err != nil {
				if !errors.As(err, &refused) {
					t.Fatal(err)
				}
				break
			}
			fit++
		}
		_, err := m.Reserve(Ask{}) // nothing fits any more
		if fit != row.attempts || refused.Why != row.why || len(said) != 1 || said[0] != row.why || err == nil {
			t.Errorf("%+v: %d attempts, then %q (told %q), then %v; want %d, %q", row.limits, fit, refused.Why, said, err, row.attempts, row.why)
		}
	}
}

func TestEstimatesFollowAnswers(t *testing.T) {
	account := New(Amount{Requests: 1000}, func(string) {})
	reserved := func(m *Meter) Amount {
		r, err := m.Reserve(Ask{Prompts: 1, Body: 300})
		if err != nil {
			t.Fatal(err)
		}
		return r.amount
	}
	most, expected := account.Meter(Arm{MaxOutput: 64}), account.Meter(Arm{MaxOutput: 64, Expected: true})
	for i := range 10 {
		if got := reserved(expected); got != (Amount{Requests: 1, Prompts: 1, InputTokens: 100, OutputTokens: 64}) {
			t.Errorf("after %d answers: %+v", i, got)
		}
		for _, m := range []*Meter{most, expected} {
			r, _ := m.Reserve(Ask{Prompts: 1, Body: 300})
			r.Settle(true, 200, answer(90, 5))
		}
	}
	if got := reserved(expected); got.OutputTokens != 5 || got.InputTokens != 100 {
		t.Errorf("expected: %+v", got)
	}
	r, _ := most.Reserve(Ask{Prompts: 1, Body: 300})
	r.Settle(true, 200, answer(150, 80))
	if got := reserved(most); got.OutputTokens != 80 || got.InputTokens != 150 {
		t.Errorf("after an answer with more: %+v", got)
	}
}

// Where a request says how much output it asks for, so much is reserved, not the most that any may ask
// for; more only after a prompt had more than it asked for.
func TestReservesWhatARequestAsksFor(t *testing.T) {
	account := New(Amount{Requests: 1000}, func(string) {})
	m := account.Meter(Arm{MaxOutput: 1000, Asks: func(maxTokens int) uint64 { return 2 * uint64(maxTokens) }})
	for _, row := range []struct {
		ask              Ask
		answered, output uint64
	}{
		{Ask{Prompts: 1, MaxTokens: 10}, 20, 20},
		{Ask{Prompts: 3, MaxTokens: 10}, 5, 60},
		{Ask{Prompts: 1, MaxTokens: 400}, 700, 800},
		{Ask{Prompts: 1, MaxTokens: 10}, 50, 20}, // an answer within what it asked for says nothing of others
		{Ask{Prompts: 1, MaxTokens: 10}, 5, 50},
		{Ask{Prompts: 1}, 5, 1000},
	} {
		_, output := m.Expect(row.ask)
		r, err := m.Reserve(row.ask)
		if err != nil || r.amount.OutputTokens != row.output || output != row.output {
			t.Fatalf("%+v reserves %d, expects %d, %v: want %d", row.ask, r.amount.OutputTokens, output, err, row.output)
		}
		r.Settle(true, 200, answer(90, row.answered))
	}
}

// Whatever happens to attempts, no more are in flight or settled than the limit, and all that is
// reserved is settled in the end.
func TestManyAtOnce(t *testing.T) {
	price := prices.Price{Input: 1, Output: 2}
	limits := Amount{Requests: 5000, OutputTokens: 60000}
	account := New(limits, func(string) {})
	var workers sync.WaitGroup
	for worker := range 100 {
		workers.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(worker), 1))
			m := account.Meter(Arm{MaxOutput: 20, Price: &price})
			for {
				r, err := m.Reserve(Ask{Prompts: 1 + rng.IntN(3), Body: int64(rng.IntN(500))})
				if err != nil {
					return
				}
				again := r.Again()
				if used := account.Spent().Used; used.Requests > limits.Requests || used.OutputTokens > limits.OutputTokens {
					t.Errorf("used %+v", used)
				}
				r.Settle(rng.IntN(2) == 0, []int{0, 200, 429, 500}[rng.IntN(4)], answer(uint64(rng.IntN(100)), uint64(rng.IntN(20))))
				if again != nil {
					return
				}
			}
		})
	}
	workers.Wait()
	if account.reserved != (Amount{}) {
		t.Errorf("still reserved: %+v", account.reserved)
	}
}

// An attempt that is sent again takes one request and its prompts more, and no tokens: the server has
// not processed the first.
func TestSentAgain(t *testing.T) {
	account := New(Amount{Requests: 2}, func(string) {})
	r, err := account.Meter(Arm{MaxOutput: 64}).Reserve(Ask{Prompts: 3, Body: 300})
	if err != nil || r.Again() != nil {
		t.Fatal("refused")
	}
	if r.Again() == nil {
		t.Error("a third request was not refused")
	}
	r.Settle(true, 200, answer(90, 15))
	if got, want := account.Spent().Used, (Amount{Requests: 2, Prompts: 6, InputTokens: 90, OutputTokens: 15}); got != want {
		t.Errorf("used %+v, want %+v", got, want)
	}
}

// Input tokens of a request without a body, as servers count those of a prompt that they hold, say
// nothing of what a byte is.
func TestInputWithoutABody(t *testing.T) {
	account := New(Amount{Requests: 10}, func(string) {})
	m := account.Meter(Arm{MaxOutput: 64})
	r, err := m.Reserve(Ask{Prompts: 1})
	if err != nil {
		t.Fatal(err)
	}
	r.Settle(true, 200, answer(90, 5))
	if input, _ := m.Expect(Ask{Prompts: 1, Body: 300}); input != 100 {
		t.Errorf("%d input tokens are expected of 300 bytes, want 100", input)
	}
}

func TestNoMeterRefusesNothing(t *testing.T) {
	r, err := (*Meter)(nil).Reserve(Ask{Prompts: 1, Body: 1})
	if err != nil || r.Again() != nil {
		t.Error("refused")
	}
	r.Settle(true, 200, answer(1, 1))
}
