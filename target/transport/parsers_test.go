package transport

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"pgregory.net/rapid"

	"weighbridge/bench/bounds"
)

// headerBlock encodes name, value, name, value, … with HPACK.
func headerBlock(fields ...string) []byte {
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

// feed passes all bytes to the parser in randomly sized pieces.
func feed(t *rapid.T, p parser, all []byte) {
	cuts := rapid.SliceOfN(rapid.IntRange(0, len(all)), 0, 20).Draw(t, "cuts")
	slices.Sort(cuts)
	last := 0
	for _, cut := range append(cuts, len(all)) {
		p.count(all[last:cut])
		last = cut
	}
}

func TestHTTP2ParserSeparatesHeadersFromBodies(t *testing.T) {
	header := headerBlock(":method", "POST", ":path", "/v1/completions", "authorization", strings.Repeat("x", 300))
	body := bytes.Repeat([]byte("y"), 5000)
	var wire bytes.Buffer
	wire.WriteString(http2.ClientPreface)
	f := http2.NewFramer(&wire, nil)
	must(t, f.WriteSettings(http2.Setting{ID: http2.SettingEnablePush, Val: 0}))
	must(t, f.WriteWindowUpdate(0, 1<<20))
	must(t, f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: header[:100]}))
	must(t, f.WriteContinuation(1, true, header[100:]))
	must(t, f.WriteData(1, false, body))
	must(t, f.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: header, EndHeaders: true, EndStream: true}))
	must(t, f.WriteData(1, true, nil))
	must(t, f.WritePing(false, [8]byte{}))
	rapid.Check(t, func(t *rapid.T) {
		tr := &trafficCounter{}
		streams := &activeStreams{traffic: tr, ids: map[uint32]struct{}{}, settled: make(chan struct{}), changed: func() {}}
		feed(t, &http2Parser{preface: prefaceBytes, bytes: &tr.sent, streams: streams, fromClient: true}, wire.Bytes())
		got := tr.snapshot()
		if got.Sent.Header != uint64(2*len(header)) || got.Sent.Body != uint64(len(body)) {
			t.Fatalf("header %d, body %d; want %d, %d", got.Sent.Header, got.Sent.Body, 2*len(header), len(body))
		}
		if got.PeakStreams != 2 {
			t.Fatalf("%d concurrent streams, want 2", got.PeakStreams)
		}
	})
}

func TestStreamsEndWithTheResponseOrAReset(t *testing.T) {
	tr := &trafficCounter{}
	streams := &activeStreams{traffic: tr, ids: map[uint32]struct{}{}, settled: make(chan struct{}), changed: func() {}}
	fromClient := &http2Parser{bytes: &tr.sent, streams: streams, fromClient: true}
	fromServer := &http2Parser{bytes: &tr.received, streams: streams}
	send := func(to *http2Parser, write func(f *http2.Framer) error) {
		var b bytes.Buffer
		must(t, write(http2.NewFramer(&b, nil)))
		to.count(b.Bytes())
	}
	openStream := func(id uint32) {
		send(fromClient, func(f *http2.Framer) error {
			return f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: []byte{0x82}, EndHeaders: true, EndStream: true})
		})
	}
	openStream(1)
	send(fromServer, func(f *http2.Framer) error {
		return f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0x88}, EndHeaders: true})
	})
	if len(streams.ids) != 1 {
		t.Fatalf("a HEADERS frame without END_STREAM ends the stream")
	}
	send(fromServer, func(f *http2.Framer) error { return f.WriteData(1, true, []byte("done")) })
	if len(streams.ids) != 0 {
		t.Errorf("the end of the response leaves %v open", streams.ids)
	}
	openStream(3)
	openStream(5)
	send(fromServer, func(f *http2.Framer) error { return f.WriteRSTStream(3, http2.ErrCodeCancel) })
	send(fromClient, func(f *http2.Framer) error { return f.WriteRSTStream(5, http2.ErrCodeCancel) })
	send(fromClient, func(f *http2.Framer) error { return f.WriteRSTStream(5, http2.ErrCodeCancel) })
	if len(streams.ids) != 0 || tr.snapshot().PeakStreams != 2 {
		t.Errorf("after resets %v are open, peak %d; want none, 2", streams.ids, tr.snapshot().PeakStreams)
	}
}

func TestHTTP1ParserSeparatesHeadersFromBodies(t *testing.T) {
	const head, post = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
	for _, c := range []struct {
		name, asked, wire string
		header, body      int
	}{
		{"requests", "", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n", 27 + 28, 0},
		{"requests with bodies", "", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloPOST / HTTP/1.1\r\ncontent-length:  3\r\n\r\n\r\n\r", 38 + 39, 8},
		{"an empty body", post, "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 46 + 38, 0},
		{
			"chunks", post, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\na\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\nHTTP/1.1 204 OK\r\n\r\n",
			47 + 7 + 2 + 3 + 2 + 3 + 12 + 2 + 19, 15,
		},
		{"a body up to the end of the connection", post, "HTTP/1.0 200 OK\r\nServer: a\r\n\r\nline: one\n\nHTTP/1.1 200 OK\r\n", 30, 28},
		{"another encoding, up to the end of the connection", post, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc\n", 44, 4},
		{"two encodings, the last chunked", post, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 53 + 3 + 2 + 3 + 2, 1},
		{"204 has no body, whatever its length", post, "HTTP/1.1 204 No\r\nContent-Length: 70\r\n\r\nHTTP/1.1 204 No\r\n\r\n", 39 + 19, 0},
		{"304 has no body", post, "HTTP/1.1 304 No\r\nContent-Length: 70\r\n\r\nHTTP/1.1 204 No\r\n\r\n", 39 + 19, 0},
		{"HEAD is answered without a body", head, "HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 39 + 19, 0},
		{"early hints come before the answer", post, "HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 31 + 38, 2},
		{"an overlong line", post, "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 3*maxLineBytes) + "\r\nContent-Length: 2\r\n\r\nok", 17 + 3 + 3*maxLineBytes + 2 + 21, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.header+c.body != len(c.wire) {
				t.Fatalf("the expected header and body bytes add up to %d, the case has %d", c.header+c.body, len(c.wire))
			}
			rapid.Check(t, func(t *rapid.T) {
				var sent, received bytesCounter
				client, server := newHTTP1Parsers(&sent, &received)
				parsed, counted := client, &sent
				if c.asked != "" {
					client.count([]byte(c.asked))
					parsed, counted = server, &received
				}
				feed(t, parsed, []byte(c.wire))
				if got := counted.snapshot(); got.Header != uint64(c.header) || got.Body != uint64(c.body) {
					t.Fatalf("header %d, body %d; want %d, %d", got.Header, got.Body, c.header, c.body)
				}
				if len(parsed.line) > maxLineBytes {
					t.Fatalf("%d bytes of a line are kept, at most %d expected", len(parsed.line), maxLineBytes)
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
		defer bounds.Check(t)()
		tr := &trafficCounter{}
		client, server := newHTTP1Parsers(&tr.sent, &tr.received)
		client.count(wire)
		server.count(wire)
		for _, got := range []Bytes{tr.snapshot().Sent, tr.snapshot().Received} {
			if got.Header+got.Body != uint64(len(wire)) {
				t.Errorf("header %d and body %d of %d bytes", got.Header, got.Body, len(wire))
			}
		}
		tr = &trafficCounter{}
		streams := &activeStreams{traffic: tr, ids: map[uint32]struct{}{}, settled: make(chan struct{}), changed: func() {}}
		(&http2Parser{bytes: &tr.received, streams: streams}).count(wire)
		if got := tr.snapshot().Received; got.Header+got.Body > uint64(len(wire)) {
			t.Errorf("header %d and body %d of %d bytes", got.Header, got.Body, len(wire))
		}
	})
}
