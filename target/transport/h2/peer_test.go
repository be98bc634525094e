package h2

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// silent is a trace that counts.
type silent struct{ interim int }

func (*silent) GotConn(net.Conn, bool, time.Duration) {}
func (*silent) Written()                              {}
func (*silent) FirstByte()                            {}
func (s *silent) Interim(int) error                   { s.interim++; return nil }

// peer is the server's end of a connection.
type peer struct {
	*http2.Framer
	conn net.Conn
	// What the client sent: the codes of its resets and GOAWAY, the streams of its headers and of
	// complete requests, and by how much it opened the windows of streams.
	resets, goAways, headers, requests, windows chan uint32
	bodies                                      bytes.Buffer
}

// serve returns a connection in memory to a server that tells settings, reads all and does what
// script does.
func serve(t *testing.T, settings []http2.Setting, script func(*peer)) (net.Conn, *peer) {
	t.Helper()
	ours, theirs := net.Pipe()
	p := &peer{
		conn: theirs, Framer: http2.NewFramer(theirs, theirs), resets: make(chan uint32, 100), goAways: make(chan uint32, 100),
		headers: make(chan uint32, 100), requests: make(chan uint32, 100), windows: make(chan uint32, 100),
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer theirs.Close()
		if _, err := io.ReadFull(theirs, make([]byte, len(http2.ClientPreface))); err != nil {
			return
		}
		reading := make(chan struct{})
		go func() { defer close(reading); p.read() }()
		if settings != nil {
			_ = p.WriteSettings(settings...)
		}
		script(p)
		<-reading
	}()
	t.Cleanup(func() { ours.Close(); <-ended })
	return ours, p
}

func (p *peer) read() {
	defer close(p.requests)
	in := http2.NewFramer(nil, p.conn)
	for {
		frame, err := in.ReadFrame()
		if err != nil {
			return
		}
		id := frame.Header().StreamID
		switch f := frame.(type) {
		case *http2.HeadersFrame:
			p.headers <- id
			if f.StreamEnded() {
				p.requests <- id
			}
		case *http2.DataFrame:
			p.bodies.Write(f.Data())
			if f.StreamEnded() {
				p.requests <- id
			}
		case *http2.RSTStreamFrame:
			p.resets <- uint32(f.ErrCode)
		case *http2.WindowUpdateFrame:
			if id > 0 {
				p.windows <- f.Increment
			}
		case *http2.GoAwayFrame:
			p.goAways <- uint32(f.ErrCode)
		}
	}
}

// block is a header block of names and values in turn.
func block(fields ...string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(fields); i += 2 {
		_ = e.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return b.Bytes()
}

// header writes the header of a response.
func (p *peer) header(id uint32, end bool, fields ...string) {
	_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block(fields...), EndHeaders: true, EndStream: end})
}

func (p *peer) data(id uint32, end bool, text string) { _ = p.WriteData(id, end, []byte(text)) }

func open(t *testing.T, socket net.Conn) *Conn {
	t.Helper()
	c, err := Open(t.Context(), socket, Options{MaxHeaderBytes: 4 << 10, Changed: func() {}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func request(t *testing.T, method, body string) *Message {
	t.Helper()
	req, err := http.NewRequest(method, "http://example.com/x", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMessage(req)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// exchange sends a request and reads its response.
func exchange(ctx context.Context, t *testing.T, c *Conn, m *Message) (*http.Response, string, error) {
	t.Helper()
	if err := c.Reserve(); err != nil {
		return nil, "", err
	}
	resp, err := c.Send(ctx, m, &silent{})
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, string(body), err
}
