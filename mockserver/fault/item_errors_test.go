package fault_test

import (
	"testing"

	"weighbridge/mockserver/fault"
)

func TestItemErrorsHitPromptsIndividually(t *testing.T) {
	const prompts = 10
	items := fault.ItemErrors{When: fault.When{Share: 0.2}}.Picker(1)
	other := fault.ItemErrors{When: fault.When{Share: 0.2}}.Picker(2)
	hits, mixed, both := 0, 0, 0
	for id := range uint64(attempts / prompts) {
		inBatch := 0
		for i := range prompts {
			m := fault.Moment{Attempt: id}
			if items.Hits(m, i) {
				inBatch++
				both += toInt(other.Hits(m, i))
			}
		}
		hits += inBatch
		mixed += toInt(inBatch > 0 && inBatch < prompts)
	}
	expectShare(t, "item_errors", hits, 0.2)
	expectShare(t, "item_errors with two seeds", both, 0.04)
	if mixed < attempts/prompts/2 {
		t.Errorf("only %d batches failed partially", mixed)
	}
}

func TestItemErrorsByRouteTimeAndRequest(t *testing.T) {
	items := fault.ItemErrors{When: fault.When{Share: 1, Routes: []string{"/a"}, Until: 10}}.Picker(1)
	for _, test := range []struct {
		moment fault.Moment
		want   [3]bool
	}{
		{fault.Moment{Route: "/a", Age: 9}, [3]bool{true, true, true}},
		{fault.Moment{Route: "/a", Age: 10}, [3]bool{}},
		{fault.Moment{Route: "/b"}, [3]bool{}},
		{fault.Moment{Route: "/b", Requested: []string{"item_errors"}}, [3]bool{true, false, true}},
	} {
		var got [3]bool
		for i := range got {
			got[i] = items.Hits(test.moment, i)
		}
		if got != test.want {
			t.Errorf("%+v: got %v, want %v", test.moment, got, test.want)
		}
	}
}
