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
			t.Fatalf("%s is no JSON to begin with", text)
		}
		address := serve(t, &waits{}, func() *fault.Reply {
			r := whole(text)
			fault.Malformed{}.Spoil(r, first)
			if !slices.Equal(r.Dealt, []string{"malformed"}) {
				t.Errorf("dealt %v", r.Dealt)
			}
			return r
		})
		for _, http2Only := range []bool{false, true} { // a client takes it for whole
			if got, err := fetch(t, address, http2Only); json.Valid([]byte(got)) || len(got) != len(text) || err != nil {
				t.Errorf("%s became %s (%v)", text, got, err)
			}
		}
	}
}

func TestMalformedBreaksOneEvent(t *testing.T) {
	for draw, broken := range map[float64]int{0: 0, 0.34: 1, 0.999: 2} {
		r := events("a", "b", "c")
		shared := slices.Clone(r.Parts)
		fault.Malformed{}.Spoil(r, func(int) float64 { return draw })
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
			t.Errorf("it wrote into bytes that others share: %q", got)
		}
	}
}

func TestMalformedNeedsJSON(t *testing.T) {
	blank := whole(" \n")
	silent := events()
	for _, r := range []*fault.Reply{blank, silent, {Status: 204, Length: -1}} {
		before := body(r)
		fault.Malformed{}.Spoil(r, first)
		if len(r.Dealt) > 0 || body(r) != before {
			t.Errorf("%q became %q", before, body(r))
		}
	}
}
