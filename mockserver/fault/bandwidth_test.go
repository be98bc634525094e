package fault_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/mockserver/fault"
)

func sum(all []time.Duration) time.Duration {
	var total time.Duration
	for _, d := range all {
		total += d
	}
	return total
}

func TestBandwidthTakesItsTime(t *testing.T) {
	text := strings.Repeat("0123456789", 30)
	slept := &waits{}
	address := serve(t, slept, func() *fault.Reply {
		r := whole(text)
		r.Parts = []fault.Part{{Bytes: []byte(text[:120]), Wait: 5 * time.Second}, {Bytes: []byte(text[120:]), Last: true}}
		fault.Bandwidth{BytesPerSecond: 1000}.Spoil(r, first)
		if !slices.Equal(r.Dealt, []string{"bandwidth"}) || !r.Parts[len(r.Parts)-1].Last || r.Parts[0].Last {
			t.Errorf("%+v", r)
		}
		return r
	})
	if got := talkHTTP2(t, address); got.body != text || got.header["content-length"] != "300" || !got.ended {
		t.Errorf("%+v", got)
	}
	// 300 bytes at 1000/s in pieces of 1/20 s, over what the model took anyway.
	want := []time.Duration{5050, 50, 20, 50, 50, 50, 30}
	for i := range want {
		want[i] *= time.Millisecond
	}
	if !slices.Equal(slept.all, want) || sum(slept.all) != 5300*time.Millisecond {
		t.Errorf("waited %v, want %v", slept.all, want)
	}
}

func TestBandwidthOfNothing(t *testing.T) {
	for _, test := range []struct {
		bandwidth fault.Bandwidth
		body      string
	}{{fault.Bandwidth{BytesPerSecond: 10}, ""}, {fault.Bandwidth{}, "a"}} {
		r := whole(test.body)
		test.bandwidth.Spoil(r, first)
		if len(r.Dealt) > 0 || body(r) != test.body {
			t.Errorf("%+v dealt %v", test.bandwidth, r.Dealt)
		}
	}
	slow := whole("ab")
	fault.Bandwidth{BytesPerSecond: 1}.Spoil(slow, first)
	if len(slow.Parts) != 2 || slow.Parts[1].Wait != time.Second || !bytes.Equal(slow.Parts[1].Bytes, []byte("b")) {
		t.Errorf("a byte a second is %+v", slow.Parts)
	}
}
