package h2

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/http2"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What a server may do and what it must not (RFC 9113): what becomes of a request, and what the
// server is told.
func TestResponses(t *testing.T) {
	long := []string{":status", "200"}
	for range 10 {
		long = append(long, "x", strings.Repeat("x", 500))
	}
	for _, c := range []struct {
		name   string
		method string
		answer func(*peer)
		body   string
		err    string // in its text; "" for none
		reset  http2.ErrCode
		goAway http2.ErrCode
	}{
		{name: "a response", answer: func(p *peer) { p.header(1, false, ":status", "200"); p.data(1, true, "ok") }, body: "ok"},
		{name: "without a body", answer: func(p *peer) { p.header(1, true, ":status", "204") }},
		{name: "in many pieces", answer: func(p *peer) {
			b := block(":status", "200", "x", "y")
			_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: b[:1]})
			_ = p.WriteContinuation(1, false, b[1:2])
			_ = p.WriteContinuation(1, true, b[2:])
			p.data(1, false, "o")
			_ = p.WriteDataPadded(1, false, []byte("k"), make([]byte, 9))
			p.data(1, true, "")
		}, body: "ok"},
		{name: "after interim responses", answer: func(p *peer) {
			p.header(1, false, ":status", "103", "link", "x")
			p.header(1, false, ":status", "200")
			p.data(1, true, "ok")
		}, body: "ok"},
		{name: "with a trailer", answer: func(p *peer) {
			p.header(1, false, ":status", "200")
			p.data(1, false, "ok")
			p.header(1, true, "server-timing", "total;dur=1")
		}, body: "ok"},
		{name: "to HEAD", method: http.MethodHead, answer: func(p *peer) { p.header(1, true, ":status", "200", "content-length", "5") }},
		{name: "among frames that are ignored", answer: func(p *peer) {
			_ = p.WriteRawFrame(0xbe, 0, 1, []byte("?"))
			_ = p.WritePriority(1, http2.PriorityParam{})
			_ = p.WritePing(false, [8]byte{1})
			_ = p.WriteSettings(http2.Setting{ID: 0x99, Val: 1})
			p.header(1, false, ":status", "200")
			p.data(1, true, "ok")
			_ = p.WriteWindowUpdate(1, 10)
			_ = p.WriteRSTStream(1, http2.ErrCodeNo)
		}, body: "ok"},
		{name: "that ends early", answer: func(p *peer) { p.header(1, false, ":status", "200"); p.data(1, false, "o"); p.conn.Close() }, body: "o", err: "unexpected EOF"},
		{name: "shorter than it says", answer: func(p *peer) {
			p.header(1, false, ":status", "200", "content-length", "3")
			p.data(1, true, "ok")
		}, body: "ok", err: "unexpected EOF"},
		{name: "longer than it says", answer: func(p *peer) {
			p.header(1, false, ":status", "200", "content-length", "1")
			p.data(1, true, "ok")
		}, body: "o", err: "longer than its Content-Length", reset: http2.ErrCodeProtocol},
		{name: "reset", answer: func(p *peer) { p.header(1, false, ":status", "200"); _ = p.WriteRSTStream(1, http2.ErrCodeInternal) }, err: "INTERNAL_ERROR"},
		{name: "refused", answer: func(p *peer) { _ = p.WriteRSTStream(1, http2.ErrCodeRefusedStream) }, err: "REFUSED_STREAM"},
		{name: "without a status", answer: func(p *peer) { p.header(1, true, "x", "y") }, err: "without a status", reset: http2.ErrCodeProtocol},
		{name: "with a name in capitals", answer: func(p *peer) { p.header(1, true, ":status", "200", "X", "y") }, err: "HTTP/2", reset: http2.ErrCodeProtocol},
		{name: "with two headers", answer: func(p *peer) { p.header(1, false, ":status", "200"); p.header(1, false, ":status", "200") }, err: "second header", reset: http2.ErrCodeProtocol},
		{name: "with a status in its trailer", answer: func(p *peer) { p.header(1, false, ":status", "200"); p.header(1, true, ":status", "200") }, err: "pseudo header", reset: http2.ErrCodeProtocol},
		{name: "with a header that is too long", answer: func(p *peer) { p.header(1, true, long...) }, err: "longer than allowed", reset: http2.ErrCodeProtocol},
		{name: "without a header", answer: func(p *peer) { p.data(1, true, "ok") }, err: "before the header", reset: http2.ErrCodeProtocol},
		{name: "that is interim and ends", answer: func(p *peer) { p.header(1, true, ":status", "100") }, err: "interim", reset: http2.ErrCodeProtocol},
		{name: "to HEAD that does not end", method: http.MethodHead, answer: func(p *peer) { p.header(1, false, ":status", "200") }, reset: http2.ErrCodeCancel},
		{name: "pushed", answer: func(p *peer) {
			_ = p.WritePushPromise(http2.PushPromiseParam{StreamID: 1, PromiseID: 2, BlockFragment: block(":method", "GET"), EndHeaders: true})
		}, err: "HTTP/2", goAway: http2.ErrCodeProtocol},
		{name: "on a stream that was not opened", answer: func(p *peer) { p.data(3, true, "ok") }, err: "never opened", goAway: http2.ErrCodeProtocol},
		{name: "on no stream", answer: func(p *peer) { _ = p.WriteRawFrame(http2.FrameData, 0, 0, []byte("ok")) }, err: "HTTP/2", goAway: http2.ErrCodeProtocol},
		{name: "after a header that does not go on", answer: func(p *peer) {
			_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block(":status", "200")})
			p.data(1, true, "ok")
		}, err: "HTTP/2", goAway: http2.ErrCodeProtocol},
		{name: "with a header that no table decodes", answer: func(p *peer) {
			_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, EndHeaders: true})
		}, err: "HTTP/2", goAway: http2.ErrCodeCompression},
		{name: "after a window that is too large", answer: func(p *peer) { _ = p.WriteWindowUpdate(0, 1<<31-1) }, err: "HTTP/2", goAway: http2.ErrCodeFlowControl},
		{name: "after a stream's window that is too large", answer: func(p *peer) { _ = p.WriteWindowUpdate(1, 1<<31-1) }, err: "HTTP/2", reset: http2.ErrCodeFlowControl},
		{name: "after settings that are not valid", answer: func(p *peer) {
			_ = p.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 31})
		}, err: "HTTP/2", goAway: http2.ErrCodeFlowControl},
		{name: "in a frame that is too long", answer: func(p *peer) { _ = p.WriteRawFrame(http2.FrameData, 0, 1, make([]byte, 20_000)) }, err: "HTTP/2", goAway: http2.ErrCodeFrameSize},
		{name: "in HTTP/1.1", answer: func(p *peer) { _, _ = io.WriteString(p.conn, "HTTP/1.1 400 Bad Request\r\n\r\n") }, err: "looked like an HTTP/1.1 header", goAway: http2.ErrCodeFrameSize},
	} {
		t.Run(c.name, func(t *testing.T) {
			socket, p := serve(t, []http2.Setting{}, func(p *peer) { <-p.requests; c.answer(p) })
			if c.method == "" {
				c.method = http.MethodGet
			}
			_, body, err := exchange(t.Context(), t, open(t, socket), request(t, c.method, ""))
			if body != c.body || err != nil != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q, %v; want %q, %q", body, err, c.body, c.err)
			}
			for what, told := range map[string]struct {
				to   chan uint32
				code http2.ErrCode
			}{"reset": {p.resets, c.reset}, "GOAWAY": {p.goAways, c.goAway}} {
				if told.code != 0 {
					if got := <-told.to; got != uint32(told.code) {
						t.Errorf("%s with %v, want %v", what, http2.ErrCode(got), told.code)
					}
				}
			}
		})
	}
}

// A server that ends a connection says up to which request it has processed them.
func TestGoAway(t *testing.T) {
	socket, _ := serve(t, []http2.Setting{}, func(p *peer) {
		<-p.requests
		<-p.requests
		_ = p.WriteGoAway(1, http2.ErrCodeNo, nil)
		p.header(1, false, ":status", "200")
		p.data(1, true, "ok")
	})
	c := open(t, socket)
	for range 2 {
		if err := c.Reserve(); err != nil {
			t.Fatal(err)
		}
	}
	second := make(chan error, 1)
	body := make(chan string, 1)
	first, err := c.start(t, request(t, http.MethodGet, ""))
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := c.Send(t.Context(), request(t, http.MethodGet, ""), &silent{})
		second <- err
	}()
	go func() { body <- first() }()
	if err := <-second; !errors.Is(err, ErrGoneAway) {
		t.Errorf("the request after the last: %v", err)
	}
	if got := <-body; got != "ok" {
		t.Errorf("the last request is answered %q", got)
	}
	if !errors.Is(c.Reserve(), ErrNotSent) || c.Err() == nil {
		t.Error("the connection takes more requests")
	}
}

// start sends a request, and returns what waits for its response.
func (c *Conn) start(t *testing.T, m *Message) (func() string, error) {
	sent := make(chan struct{})
	got := make(chan string, 1)
	go func() {
		resp, err := c.Send(t.Context(), m, &started{sent: sent})
		if err != nil {
			got <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		got <- string(body)
	}()
	<-sent
	return func() string { return <-got }, nil
}

type started struct {
	silent
	sent chan struct{}
}

func (s *started) Written() { close(s.sent) }

// No more requests are on a connection than its server allows, from the first on.
func TestStreamLimit(t *testing.T) {
	changed := make(chan struct{}, 100)
	raise := make(chan struct{})
	socket, _ := serve(t, []http2.Setting{{ID: http2.SettingMaxConcurrentStreams, Val: 2}}, func(p *peer) {
		<-raise
		_ = p.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 3})
	})
	c, err := Open(t.Context(), socket, Options{MaxHeaderBytes: 1 << 20, Changed: func() { changed <- struct{}{} }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	free := 0
	for ; c.Reserve() == nil; free++ {
	}
	if free != 2 {
		t.Fatalf("%d streams are free, want 2", free)
	}
	c.Release()
	if c.Reserve() != nil {
		t.Fatal("a stream given back is not free")
	}
	for len(changed) > 0 {
		<-changed
	}
	close(raise)
	for <-changed; c.Reserve() != nil; <-changed {
	}
	if c.Reserve() == nil {
		t.Error("more than three streams are free")
	}
}

// A body leaves as the server allows it, and a response may come before all of it did.
func TestRequestBodies(t *testing.T) {
	const text = "a body of some length"
	settings := []http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 4}}
	socket, p := serve(t, settings, func(p *peer) {
		<-p.headers
		for range text[4:] {
			_ = p.WriteWindowUpdate(1, 1)
		}
		<-p.requests
		p.header(1, false, ":status", "200")
		p.data(1, true, "ok")
	})
	if _, body, err := exchange(t.Context(), t, open(t, socket), request(t, http.MethodPost, text)); body != "ok" || err != nil || p.bodies.String() != text {
		t.Errorf("%q, %v; the server got %q", body, err, p.bodies.String())
	}
	proceed := make(chan struct{})
	socket, p = serve(t, settings, func(p *peer) {
		<-proceed
		p.header(1, false, ":status", "413")
		p.data(1, true, "no")
	})
	c := open(t, socket)
	if err := c.Reserve(); err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 1)
	go func() {
		resp, err := c.Send(t.Context(), request(t, http.MethodPost, text), &silent{})
		if err != nil {
			got <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		got <- string(body)
	}()
	for c.lastSent() == 0 {
		time.Sleep(time.Millisecond)
	}
	close(proceed)
	if body := <-got; body != "no" {
		t.Errorf("an answer before the body was sent: %q", body)
	}
	if code := <-p.resets; code != uint32(http2.ErrCodeCancel) {
		t.Errorf("the rest of the body is given up with %v", http2.ErrCode(code))
	}
}

func (c *Conn) lastSent() uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lastID
}

// The end of its context, and a body closed early, end a request and tell the server.
func TestCancel(t *testing.T) {
	gaveUp := errors.New("gave up")
	for _, headed := range []bool{false, true} {
		ctx, cancel := context.WithCancelCause(t.Context())
		socket, p := serve(t, []http2.Setting{}, func(p *peer) {
			<-p.requests
			if headed {
				p.header(1, false, ":status", "200")
			}
			cancel(gaveUp)
		})
		c := open(t, socket)
		if _, _, err := exchange(ctx, t, c, request(t, http.MethodGet, "")); !errors.Is(err, gaveUp) {
			t.Errorf("%v, want the cause of the end", err)
		}
		if code := <-p.resets; code != uint32(http2.ErrCodeCancel) {
			t.Errorf("the stream is reset with %v", http2.ErrCode(code))
		}
		if c.Err() != nil {
			t.Error("the connection ended with a request")
		}
	}
	socket, p := serve(t, []http2.Setting{}, func(p *peer) { <-p.requests; p.header(1, false, ":status", "200") })
	c := open(t, socket)
	if err := c.Reserve(); err != nil {
		t.Fatal(err)
	}
	resp, err := c.Send(t.Context(), request(t, http.MethodGet, ""), &silent{})
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if code := <-p.resets; code != uint32(http2.ErrCodeCancel) {
		t.Errorf("the stream is reset with %v", http2.ErrCode(code))
	}
}

// What is read of a long response may come again.
func TestLongResponses(t *testing.T) {
	const pieces = 600 // more than a window
	piece := strings.Repeat("x", 16<<10)
	socket, _ := serve(t, []http2.Setting{}, func(p *peer) {
		<-p.requests
		p.header(1, false, ":status", "200")
		window := streamWindow
		for i := range pieces {
			for window < len(piece) {
				window += int(<-p.windows)
			}
			window -= len(piece)
			p.data(1, i == pieces-1, piece)
		}
	})
	if _, body, err := exchange(t.Context(), t, open(t, socket), request(t, http.MethodGet, "")); len(body) != pieces*len(piece) || err != nil {
		t.Errorf("%d bytes, %v; want %d", len(body), err, pieces*len(piece))
	}
}

// Without its server's settings there is no connection.
func TestOpenWaitsForSettings(t *testing.T) {
	socket, _ := serve(t, nil, func(p *peer) { p.conn.Close() })
	if _, err := Open(t.Context(), socket, Options{Changed: func() {}}); !errors.Is(err, ErrNotEstablished) {
		t.Errorf("a server that ends: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	socket, _ = serve(t, nil, func(*peer) {})
	if _, err := Open(ctx, socket, Options{Changed: func() {}}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a server that says nothing: %v", err)
	}
	socket, p := serve(t, nil, func(p *peer) { _ = p.WritePing(false, [8]byte{}) })
	if _, err := Open(t.Context(), socket, Options{Changed: func() {}}); err == nil || !strings.Contains(err.Error(), "settings") {
		t.Errorf("a server that begins with something else: %v", err)
	}
	if code := <-p.goAways; code != uint32(http2.ErrCodeProtocol) {
		t.Errorf("it is told %v", http2.ErrCode(code))
	}
}
