package fault_test

import (
	"math"
	"testing"

	"weighbridge/mockserver/fault"
)

const attempts = 100_000

// near holds a count to 5 standard deviations of its share.
func near(t *testing.T, what string, n int, share float64) {
	t.Helper()
	if off := math.Abs(float64(n) - attempts*share); off > 5*math.Sqrt(attempts*share*(1-share)) {
		t.Errorf("%s hit %d of %d, want a share of %v", what, n, attempts, share)
	}
}

func TestErrorsKeepTheirShares(t *testing.T) {
	errors := fault.NewErrors(3, map[int]float64{500: 0.1, 429: 0.02, 503: 0.3})
	hits := map[int]int{}
	for id := range uint64(attempts) {
		hits[errors.Pick(id)]++
	}
	near(t, "500", hits[500], 0.1)
	near(t, "429", hits[429], 0.02)
	near(t, "503", hits[503], 0.3)
	near(t, "none", hits[0], 0.58)
	if len(hits) != 4 {
		t.Errorf("other statuses were picked: %v", hits)
	}
}

func TestErrorsAreDecidedBySeed(t *testing.T) {
	shares := map[int]float64{500: 0.25, 502: 0.25, 503: 0.25}
	one, same, other := fault.NewErrors(1, shares), fault.NewErrors(1, shares), fault.NewErrors(2, shares)
	differ := 0
	for id := range uint64(1000) {
		if one.Pick(id) != same.Pick(id) {
			t.Fatalf("attempt %d differs under one seed", id)
		}
		if one.Pick(id) != other.Pick(id) {
			differ++
		}
	}
	if differ < 500 {
		t.Errorf("only %d of 1000 differ under another seed", differ)
	}
}

func TestErrorsAllAndNone(t *testing.T) {
	all, none := fault.NewErrors(1, map[int]float64{500: 1}), fault.NewErrors(1, nil)
	for id := range uint64(1000) {
		if all.Pick(id) != 500 || none.Pick(id) != 0 {
			t.Fatalf("attempt %d: all picks %d, none %d", id, all.Pick(id), none.Pick(id))
		}
	}
}

func TestValidateErrors(t *testing.T) {
	for _, test := range []struct {
		shares map[int]float64
		want   string
	}{
		{nil, ""},
		{map[int]float64{400: 0.5, 599: 0.5}, ""},
		{map[int]float64{200: 0.1}, "faults.errors: 200 is no error status, expected 400 to 599"},
		{map[int]float64{500: -0.1}, "faults.errors.500: a share must be at least 0"},
		{map[int]float64{500: 0.75, 503: 0.5}, "faults.errors: the shares add up to 1.25, expected at most 1"},
	} {
		got := ""
		if err := fault.ValidateErrors(test.shares); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%v: got %q, want %q", test.shares, got, test.want)
		}
	}
}

func TestItemErrorsHitPromptByPrompt(t *testing.T) {
	const prompts = 10
	items := fault.NewItemErrors(1, 0.2)
	hits, mixed := 0, 0
	for id := range uint64(attempts / prompts) {
		inBatch := 0
		for i := range prompts {
			if items.Hits(id, i) {
				inBatch++
			}
		}
		hits += inBatch
		if inBatch > 0 && inBatch < prompts {
			mixed++
		}
	}
	near(t, "item_errors", hits, 0.2)
	if mixed < attempts/prompts/2 {
		t.Errorf("only %d batches are half failed", mixed)
	}
}

func TestResetKeepsItsShare(t *testing.T) {
	reset, never := fault.NewReset(1, 0.05), fault.NewReset(1, 0)
	hits := 0
	for id := range uint64(attempts) {
		if reset.Hits(id) {
			hits++
		}
		if never.Hits(id) {
			t.Fatalf("a share of 0 hit attempt %d", id)
		}
	}
	near(t, "reset", hits, 0.05)
}
