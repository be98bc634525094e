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
		"in one piece": {func() *fault.Reply { return onePiece("abcdefgh") }, []time.Duration{time.Second, time.Second}},
		"in parts": {func() *fault.Reply {
			r := onePiece("abcdefgh")
			r.Parts = []fault.Part{{Bytes: []byte("abcd"), Wait: 2 * time.Second}, {Bytes: []byte("efgh"), Wait: 4 * time.Second}}
			return r
		}, []time.Duration{2 * time.Second, time.Second, 5 * time.Second, time.Second}},
	} {
		slept := &recordingSleeper{}
		address := serve(t, slept, func() *fault.Reply {
			r := test.build()
			fault.SlowBody{ChunkBytes: 3, Gap: time.Second}.Apply(r, zeroDraw)
			if !slices.Equal(r.Injected, []string{"slow_body"}) {
				t.Errorf("injected %v", r.Injected)
			}
			return r
		})
		if got, err := fetchBody(t, address, false); got != "abcdefgh" || err != nil {
			t.Errorf("%s: %q (%v)", name, got, err)
		}
		if !slices.Equal(slept.all, test.waits) {
			t.Errorf("%s waits %v, want %v", name, slept.all, test.waits)
		}
	}
	empty := onePiece("")
	fault.SlowBody{ChunkBytes: 3, Gap: time.Second}.Apply(empty, zeroDraw)
	fault.SlowBody{Gap: time.Second}.Apply(empty, zeroDraw)
	if len(empty.Injected) > 0 {
		t.Errorf("an empty body was hit by %v", empty.Injected)
	}
}
