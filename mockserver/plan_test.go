package mockserver_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weighbridge/mockserver"
	"weighbridge/mockserver/dist"
	"weighbridge/mockserver/fault"
)

// The decisions about N attempts do not depend on the order in which they arrive.
func TestDecisionsIgnoreOrder(t *testing.T) {
	const attempts = 600
	config := newFreeConfig()
	tenth := fault.Error{When: fault.When{Share: 0.1}}
	config.Faults = mockserver.Faults{
		Errors: fault.Errors{500: tenth, 529: tenth}, ItemErrors: fault.ItemErrors{When: fault.When{Share: 0.2}},
	}
	config.Tokens.Output = mockserver.Number{Uniform: &dist.Uniform[float64]{Min: 1, Max: 100}}
	decide := func(seed uint64, order []int) map[int]string {
		config.Seed = seed
		mock, _ := newFrozenMock(t, config)
		var mu sync.Mutex
		answers := map[int]string{}
		var clients sync.WaitGroup
		for c := range 50 {
			clients.Go(func() {
				for _, i := range order[c*attempts/50 : (c+1)*attempts/50] {
					w := serve(mock, batch(i+1, 4))
					mu.Lock()
					answers[i] = fmt.Sprint(w.Code, w.Body)
					mu.Unlock()
				}
			})
		}
		clients.Wait()
		return answers
	}
	random := rand.New(rand.NewPCG(1, 2))
	first := decide(1, random.Perm(attempts))
	if diff := cmp.Diff(first, decide(1, random.Perm(attempts))); diff != "" {
		t.Errorf("another order gives other decisions:\n%s", diff)
	}
	if cmp.Equal(first, decide(2, random.Perm(attempts))) {
		t.Error("another seed gives the same decisions")
	}
}

func TestUnnamedAttemptsAreNumberedByOrder(t *testing.T) {
	config := newFreeConfig()
	config.Faults.Errors = fault.Errors{500: {When: fault.When{Share: 0.5}}}
	named, _ := newFrozenMock(t, config)
	unnamed, _ := newFrozenMock(t, config)
	for id := 1; id <= 100; id++ {
		if a, b := serve(named, single(id)), serve(unnamed, single(0)); a.Code != b.Code || a.Body.String() != b.Body.String() {
			t.Fatalf("attempt %d: %d %s by id, %d %s by order", id, a.Code, a.Body, b.Code, b.Body)
		}
	}
	if got := readLedger(t, unnamed); got.Unnamed != 100 || got.Attempts != 100 {
		t.Errorf("the ledger is %+v", got)
	}
}

func TestItemErrorsAreCountedPerPrompt(t *testing.T) {
	config := newFreeConfig()
	config.Faults.ItemErrors.Share = 0.3
	mock, _ := newFrozenMock(t, config)
	type answer struct {
		Results []struct {
			Status string
			Usage  struct {
				Input  uint64 `json:"input_tokens"`
				Output uint64 `json:"output_tokens"`
			}
		}
		ID, Object string
		Usage      struct {
			Input  uint64 `json:"input_tokens"`
			Output uint64 `json:"output_tokens"`
		}
	}
	var failed, input, output uint64
	for id := 1; id <= 200; id++ {
		w := serve(mock, batch(id, 10))
		body := regexp.MustCompile(`"(index|completion|error)":("[^"]*"|\d+|\{[^}]*\}),`).ReplaceAll(w.Body.Bytes(), nil)
		got := decode[answer](t, body)
		for _, result := range got.Results {
			if result.Status == "failed" {
				failed++
			}
		}
		input, output = input+got.Usage.Input, output+got.Usage.Output
	}
	if w := serve(mock, single(999)); w.Code != 200 || strings.Contains(w.Body.String(), "failed") {
		t.Errorf("item_errors hit a single prompt: %s", w.Body)
	}
	got := readLedger(t, mock)
	if got.Faults["item_errors"] != failed || failed < 450 || failed > 750 {
		t.Errorf("%d of 2000 prompts failed, %d in the ledger", failed, got.Faults["item_errors"])
	}
	if got.Tokens.Input != input+3 || got.Tokens.Output != output+8 || got.Statuses["200"] != 201 || got.Prompts != 2001 {
		t.Errorf("%d and %d tokens were billed, the ledger is %+v", input, output, got)
	}
}

func TestOutputTokens(t *testing.T) {
	for _, test := range []struct {
		name      string
		output    mockserver.Number
		maxTokens uint64
		want      uint64
	}{
		{"as configured", mockserver.Number{Constant: 100}, 0, 100},
		{"truncated by max_tokens", mockserver.Number{Constant: 100}, 7, 7},
		{"less than max_tokens", mockserver.Number{Constant: 100}, 1000, 100},
		{"as many as max_tokens", mockserver.Number{}, 7, 7},
		{"by default", mockserver.Number{}, 0, 64},
		{"a huge max_tokens", mockserver.Number{}, 1 << 62, 1 << 16},
		{"at least 1", mockserver.Number{Constant: 0.2}, 0, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := newFreeConfig()
			config.Tokens.Output = test.output
			mock, _ := newFrozenMock(t, config)
			w := serve(mock, post("/v1/completions", 1, fmt.Sprintf(`{"prompt":"x","max_tokens":%d}`, test.maxTokens)))
			got := decode[struct {
				ID, Object, Completion string
				Usage                  struct {
					Input  uint64 `json:"input_tokens"`
					Output uint64 `json:"output_tokens"`
				}
			}](t, w.Body.Bytes())
			if words := len(strings.Fields(got.Completion)); got.Usage.Output != test.want || uint64(words) != test.want {
				t.Errorf("%d tokens are billed for %d words, want %d", got.Usage.Output, words, test.want)
			}
		})
	}
}

func TestInputTokensCountCharacters(t *testing.T) {
	for _, test := range []struct {
		prompt  string
		perChar float64
		want    uint64
	}{
		{strings.Repeat("x", 400), 0.25, 100},
		{strings.Repeat("重", 400), 0.25, 100},
		{"x", 0.25, 1},
		{strings.Repeat("x", 30), 0.1, 3},
		{strings.Repeat("x", 31), 0.1, 4},
		{"x", 0, 0},
	} {
		config := newFreeConfig()
		config.Tokens.PerChar = test.perChar
		mock, _ := newFrozenMock(t, config)
		serve(mock, post("/v1/completions", 1, fmt.Sprintf(`{"prompt":%q}`, test.prompt)))
		if got := readLedger(t, mock).Tokens.Input; got != test.want {
			t.Errorf("%d characters at %v are %d tokens, want %d", len([]rune(test.prompt)), test.perChar, got, test.want)
		}
	}
}

// A client that requests more tokens than the maximum gets the finish reason length.
func TestMoreTokensThanTheMaximumAreTruncated(t *testing.T) {
	config := newFreeConfig()
	config.Tokens.Output = mockserver.Number{}
	mock := newMock(t, config, mockserver.Options{})
	for maxTokens, want := range map[int]string{9: `"finish_reason":"stop"`, 1<<16 + 1: `"finish_reason":"length"`} {
		body := fmt.Sprintf(`{"model":"m","max_tokens":%d,"messages":[{"role":"user","content":"hi"}]}`, maxTokens)
		w := serve(mock, post("/v1/chat/completions", maxTokens, body))
		if tokens := fmt.Sprintf(`"completion_tokens":%d`, min(maxTokens, 1<<16)); !strings.Contains(w.Body.String(), want) || !strings.Contains(w.Body.String(), tokens) {
			t.Errorf("%d tokens: %d …%s", maxTokens, w.Code, w.Body.String()[max(0, w.Body.Len()-300):])
		}
	}
}
