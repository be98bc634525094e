package fault_test

import (
	"io"
	"slices"
	"testing"
	"time"

	"weighbridge/mockserver/fault"
)

// The client gets the header before the delay of the first byte.
func TestSlowFirstByteComesAfterTheHeader(t *testing.T) {
	gate := make(gatedSleeper)
	address := serve(t, gate, func() *fault.Reply {
		r := onePiece("abc")
		fault.SlowFirstByte{Delay: time.Hour}.Apply(r, zeroDraw)
		if !slices.Equal(r.Injected, []string{"slow_first_byte"}) || r.Parts[0].Wait != time.Hour {
			t.Errorf("%+v", r)
		}
		return r
	})
	for _, http2Only := range []bool{false, true} {
		answer, err := client(t, http2Only, nil).Get("http://" + address)
		if err != nil {
			t.Fatal(err)
		}
		gate <- struct{}{}
		if text, err := io.ReadAll(answer.Body); string(text) != "abc" || err != nil || answer.ContentLength != 3 {
			t.Errorf("%s: %q (%v)", answer.Proto, text, err)
		}
		_ = answer.Body.Close()
	}
	for _, r := range []*fault.Reply{{Status: 204, Length: -1}, onePiece("abc")} {
		fault.SlowFirstByte{}.Apply(r, zeroDraw)
		if len(r.Injected) > 0 {
			t.Errorf("a delay of 0 injected %v", r.Injected)
		}
	}
}
