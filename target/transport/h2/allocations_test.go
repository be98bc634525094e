package h2

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// endless is a context whose end nobody waits for.
type endless struct{ context.Context }

func (endless) Watch(func())  {}
func (endless) Unwatch() bool { return true }

// Six are for the stream, its news, the watch over its context, and the header with its values; ten
// are the framer's; and two the test's.
func TestAllocationsOfARequest(t *testing.T) {
	const most = 18 + 3 // the race detector makes pools forget
	ours, _ := serve(t, []http2.Setting{}, func(p *peer) {
		var block bytes.Buffer
		e := hpack.NewEncoder(&block)
		for id := range p.requests {
			block.Reset()
			for _, f := range []hpack.HeaderField{{Name: ":status", Value: "200"}, {Name: "content-type", Value: "text/plain"}, {Name: "content-length", Value: "2"}} {
				_ = e.WriteField(f) // to memory
			}
			_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block.Bytes(), EndHeaders: true})
			_ = p.WriteData(id, true, []byte("ok"))
			<-p.headers
		}
	})
	c, err := Open(t.Context(), ours, Options{MaxHeaderBytes: 1 << 20, Changed: func() {}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	req, _ := http.NewRequest(http.MethodGet, "http://host/", nil)
	m, err := NewMessage(req)
	if err != nil {
		t.Fatal(err)
	}
	ctx, trace, text := endless{t.Context()}, &silent{}, make([]byte, 64)
	allocs := testing.AllocsPerRun(200, func() {
		if err := c.Reserve(); err != nil {
			t.Fatal(err)
		}
		resp, err := c.Send(ctx, m, trace)
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = resp.Body.Read(text)
		}
		if err != io.EOF {
			t.Fatal(err)
		}
	})
	t.Logf("%v allocations", allocs)
	if allocs > most {
		t.Errorf("%v allocations for a request, want at most %d", allocs, most)
	}
}
