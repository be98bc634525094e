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

func TestBandwidthDelaysEachPiece(t *testing.T) {
	text := strings.Repeat("0123456789", 30)
	slept := &recordingSleeper{}
	address := serve(t, slept, func() *fault.Reply {
		r := onePiece(text)
		r.Parts = []fault.Part{{Bytes: []byte(text[:120]), Wait: 5 * time.Second}, {Bytes: []byte(text[120:]), Last: true}}
		fault.Bandwidth{BytesPerSecond: 1000}.Apply(r, zeroDraw)
		if !slices.Equal(r.Injected, []string{"bandwidth"}) || !r.Parts[len(r.Parts)-1].Last || r.Parts[0].Last {
			t.Errorf("%+v", r)
		}
		return r
	})
	if got := exchangeHTTP2(t, address); got.body != text || got.header["content-length"] != "300" || !got.ended {
		t.Errorf("%+v", got)
	}
	// 300 bytes at 1000/s in pieces of 1/20 s, in addition to the 5 s of the reply.
	want := []time.Duration{5050, 50, 20, 50, 50, 50, 30}
	for i := range want {
		want[i] *= time.Millisecond
	}
	if !slices.Equal(slept.all, want) || sum(slept.all) != 5300*time.Millisecond {
		t.Errorf("waited %v, want %v", slept.all, want)
	}
}

func TestBandwidthOfEmptyBodies(t *testing.T) {
	for _, test := range []struct {
		bandwidth fault.Bandwidth
		body      string
	}{{fault.Bandwidth{BytesPerSecond: 10}, ""}, {fault.Bandwidth{}, "a"}} {
		r := onePiece(test.body)
		test.bandwidth.Apply(r, zeroDraw)
		if len(r.Injected) > 0 || bodyOf(r) != test.body {
			t.Errorf("%+v injected %v", test.bandwidth, r.Injected)
		}
	}
	slow := onePiece("ab")
	fault.Bandwidth{BytesPerSecond: 1}.Apply(slow, zeroDraw)
	if len(slow.Parts) != 2 || slow.Parts[1].Wait != time.Second || !bytes.Equal(slow.Parts[1].Bytes, []byte("b")) {
		t.Errorf("at 1 byte/s the parts are %+v", slow.Parts)
	}
}
