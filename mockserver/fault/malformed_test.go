package fault_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"weighbridge/mockserver/fault"
)

func TestMalformedDoesNotParse(t *testing.T) {
	for _, text := range []string{`{"a":{"b":[1]}}`, `[{"a":1}]`, `12`, `"}"`, "{\"a\":1}\n", `true`, `{}`} {
		if !json.Valid([]byte(text)) {
			t.Fatalf("the test is wrong: %s is not JSON", text)
		}
		address := serve(t, &recordingSleeper{}, func() *fault.Reply {
			r := onePiece(text)
			fault.Malformed{}.Apply(r, zeroDraw)
			if !slices.Equal(r.Injected, []string{"malformed"}) {
				t.Errorf("injected %v", r.Injected)
			}
			return r
		})
		for _, http2Only := range []bool{false, true} { // the HTTP message is complete
			if got, err := fetchBody(t, address, http2Only); json.Valid([]byte(got)) || len(got) != len(text) || err != nil {
				t.Errorf("%s became %s (%v)", text, got, err)
			}
		}
	}
}

func TestMalformedBreaksOneEvent(t *testing.T) {
	for draw, broken := range map[float64]int{0: 0, 0.34: 1, 0.999: 2} {
		r := eventStream("a", "b", "c")
		shared := slices.Clone(r.Parts)
		fault.Malformed{}.Apply(r, func(int) float64 { return draw })
		for i, part := range r.Parts[:3] {
			data := strings.TrimPrefix(string(part.Bytes), "data: ")
			if json.Valid([]byte(data)) == (i == broken) {
				t.Errorf("a draw of %v makes event %d %q", draw, i, part.Bytes)
			}
		}
		if string(r.Parts[3].Bytes) != "data: [DONE]\n\n" {
			t.Errorf("the end became %q", r.Parts[3].Bytes)
		}
		if got := string(shared[broken].Bytes); !strings.Contains(got, "}") {
			t.Errorf("it changed shared bytes: %q", got)
		}
	}
}

func TestMalformedNeedsJSON(t *testing.T) {
	blank := onePiece(" \n")
	noJSON := eventStream()
	for _, r := range []*fault.Reply{blank, noJSON, {Status: 204, Length: -1}} {
		before := bodyOf(r)
		fault.Malformed{}.Apply(r, zeroDraw)
		if len(r.Injected) > 0 || bodyOf(r) != before {
			t.Errorf("%q became %q", before, bodyOf(r))
		}
	}
}
