package transport

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"pgregory.net/rapid"
)

// block is a header block as HPACK encodes it.
func block(fields ...string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(fields); i += 2 {
		if err := e.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

func must(t interface{ Fatal(...any) }, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

// feed gives the bytes to a parser cut at the places drawn.
func feed(t *rapid.T, p parser, all []byte) {
	cuts := rapid.SliceOfN(rapid.IntRange(0, len(all)), 0, 20).Draw(t, "cuts")
	slices.Sort(cuts)
	last := 0
	for _, cut := range append(cuts, len(all)) {
		p.count(all[last:cut])
		last = cut
	}
}

func TestFramesTellHeadersFromBodies(t *testing.T) {
	head := block(":method", "POST", ":path", "/v1/completions", "authorization", strings.Repeat("x", 300))
	body := bytes.Repeat([]byte("y"), 5000)
	var wire bytes.Buffer
	wire.WriteString(http2.ClientPreface)
	f := http2.NewFramer(&wire, nil)
	must(t, f.WriteSettings(http2.Setting{ID: http2.SettingEnablePush, Val: 0}))
	must(t, f.WriteWindowUpdate(0, 1<<20))
	must(t, f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: head[:100]}))
	must(t, f.WriteContinuation(1, true, head[100:]))
	must(t, f.WriteData(1, false, body))
	must(t, f.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: head, EndHeaders: true, EndStream: true}))
	must(t, f.WriteData(1, true, nil))
	must(t, f.WritePing(false, [8]byte{}))
	rapid.Check(t, func(t *rapid.T) {
		tr := &traffic{}
		open := &openStreams{traffic: tr, ids: map[uint32]struct{}{}}
		feed(t, &frames{preface: prefaceBytes, bytes: &tr.sent, streams: open, ours: true}, wire.Bytes())
		got := tr.read()
		if got.Sent.Header != uint64(2*len(head)) || got.Sent.Body != uint64(len(body)) {
			t.Fatalf("header %d, body %d; want %d, %d", got.Sent.Header, got.Sent.Body, 2*len(head), len(body))
		}
		if got.PeakStreams != 2 {
			t.Fatalf("%d streams at once, want 2", got.PeakStreams)
		}
	})
}

func TestStreamsEndWithTheAnswerOrAReset(t *testing.T) {
	tr := &traffic{}
	open := &openStreams{traffic: tr, ids: map[uint32]struct{}{}}
	ours := &frames{bytes: &tr.sent, streams: open, ours: true}
	theirs := &frames{bytes: &tr.received, streams: open}
	send := func(to *frames, write func(f *http2.Framer) error) {
		var b bytes.Buffer
		must(t, write(http2.NewFramer(&b, nil)))
		to.count(b.Bytes())
	}
	ask := func(id uint32) {
		send(ours, func(f *http2.Framer) error {
			return f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: []byte{0x82}, EndHeaders: true, EndStream: true})
		})
	}
	ask(1)
	send(theirs, func(f *http2.Framer) error {
		return f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0x88}, EndHeaders: true})
	})
	if len(open.ids) != 1 {
		t.Fatalf("a head alone ends the stream")
	}
	send(theirs, func(f *http2.Framer) error { return f.WriteData(1, true, []byte("done")) })
	if len(open.ids) != 0 {
		t.Errorf("the answer's end leaves %v open", open.ids)
	}
	ask(3)
	ask(5)
	send(theirs, func(f *http2.Framer) error { return f.WriteRSTStream(3, http2.ErrCodeCancel) })
	send(ours, func(f *http2.Framer) error { return f.WriteRSTStream(5, http2.ErrCodeCancel) })
	send(ours, func(f *http2.Framer) error { return f.WriteRSTStream(5, http2.ErrCodeCancel) })
	if len(open.ids) != 0 || tr.read().PeakStreams != 2 {
		t.Errorf("%v are open after resets, peak %d; want none, 2", open.ids, tr.read().PeakStreams)
	}
}

func TestMessagesTellHeadersFromBodies(t *testing.T) {
	for _, c := range []struct {
		name, wire   string
		header, body int
	}{
		{"no body", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n", 27 + 28, 0},
		{"bodies", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloPOST / HTTP/1.1\r\ncontent-length:  3\r\n\r\n\r\n\r", 38 + 39, 8},
		{"an empty body", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 46 + 19, 0},
		{
			"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\na\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
			47 + 7 + 2 + 3 + 2 + 3 + 12 + 2 + 19, 15,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.header+c.body != len(c.wire) {
				t.Fatalf("the case adds up to %d of %d bytes", c.header+c.body, len(c.wire))
			}
			rapid.Check(t, func(t *rapid.T) {
				var b bytesCounter
				feed(t, &messages{bytes: &b}, []byte(c.wire))
				if got := b.read(); got.Header != uint64(c.header) || got.Body != uint64(c.body) {
					t.Fatalf("header %d, body %d; want %d, %d", got.Header, got.Body, c.header, c.body)
				}
			})
		})
	}
}

func FuzzParsers(f *testing.F) {
	f.Add([]byte("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n"))
	f.Add([]byte{0, 0, 4, 1, 5, 0, 0, 0, 1, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, wire []byte) {
		tr := &traffic{}
		(&messages{bytes: &tr.sent}).count(wire)
		if got := tr.read().Sent; got.Header+got.Body != uint64(len(wire)) {
			t.Errorf("header %d and body %d of %d bytes", got.Header, got.Body, len(wire))
		}
		open := &openStreams{traffic: tr, ids: map[uint32]struct{}{}}
		(&frames{bytes: &tr.received, streams: open}).count(wire)
		if got := tr.read().Received; got.Header+got.Body > uint64(len(wire)) {
			t.Errorf("header %d and body %d of %d bytes", got.Header, got.Body, len(wire))
		}
	})
}
