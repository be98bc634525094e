package fault_test

import (
	"slices"
	"testing"
	"time"

	"weighbridge/mockserver/fault"
)

func TestSlowBodyComesInPieces(t *testing.T) {
	for name, test := range map[string]struct {
		build func() *fault.Reply
		waits []time.Duration
	}{
		"in one piece": {func() *fault.Reply { return whole("abcdefgh") }, []time.Duration{time.Second, time.Second}},
		"in parts": {func() *fault.Reply {
			r := whole("abcdefgh")
			r.Parts = []fault.Part{{Bytes: []byte("abcd"), Wait: 2 * time.Second}, {Bytes: []byte("efgh"), Wait: 4 * time.Second}}
			return r
		}, []time.Duration{2 * time.Second, time.Second, 5 * time.Second, time.Second}},
	} {
		slept := &waits{}
		address := serve(t, slept, func() *fault.Reply {
			r := test.build()
			fault.SlowBody{ChunkBytes: 3, Gap: time.Second}.Spoil(r, first)
			if !slices.Equal(r.Dealt, []string{"slow_body"}) {
				t.Errorf("dealt %v", r.Dealt)
			}
			return r
		})
		if got, err := fetch(t, address, false); got != "abcdefgh" || err != nil {
			t.Errorf("%s: %q (%v)", name, got, err)
		}
		if !slices.Equal(slept.all, test.waits) {
			t.Errorf("%s waits %v, want %v", name, slept.all, test.waits)
		}
	}
	empty := whole("")
	fault.SlowBody{ChunkBytes: 3, Gap: time.Second}.Spoil(empty, first)
	fault.SlowBody{Gap: time.Second}.Spoil(empty, first)
	if len(empty.Dealt) > 0 {
		t.Errorf("nothing was dealt %v", empty.Dealt)
	}
}
