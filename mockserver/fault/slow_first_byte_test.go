package fault_test

import (
	"io"
	"slices"
	"testing"
	"time"

	"weighbridge/mockserver/fault"
)

// The client has the header while the first byte is held back.
func TestSlowFirstByteComesAfterTheHeader(t *testing.T) {
	let := make(held)
	address := serve(t, let, func() *fault.Reply {
		r := whole("abc")
		fault.SlowFirstByte{Delay: time.Hour}.Spoil(r, first)
		if !slices.Equal(r.Dealt, []string{"slow_first_byte"}) || r.Parts[0].Wait != time.Hour {
			t.Errorf("%+v", r)
		}
		return r
	})
	for _, http2Only := range []bool{false, true} {
		answer, err := client(t, http2Only, nil).Get("http://" + address)
		if err != nil {
			t.Fatal(err)
		}
		let <- struct{}{}
		if text, err := io.ReadAll(answer.Body); string(text) != "abc" || err != nil || answer.ContentLength != 3 {
			t.Errorf("%s: %q (%v)", answer.Proto, text, err)
		}
		_ = answer.Body.Close()
	}
	for _, nothing := range []*fault.Reply{{Status: 204, Length: -1}, whole("abc")} {
		fault.SlowFirstByte{}.Spoil(nothing, first)
		if len(nothing.Dealt) > 0 {
			t.Errorf("nothing was dealt %v", nothing.Dealt)
		}
	}
}
