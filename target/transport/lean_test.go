package transport

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/rawserver"
	"weighbridge/target"
)

// FuzzTransportsAgree compares the two transports of HTTP/1.1 at a server that answers with any
// bytes, in pieces, and then closes the connection.
func FuzzTransportsAgree(f *testing.F) {
	for _, text := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
		"HTTP/1.0 200 OK\r\n\r\nok",
		"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nxx",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Server-Timing\r\n\r\n2;x=y\r\nok\r\n0\r\nServer-Timing: total;dur=1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n2\r\nok\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok",
		"HTTP/1.1 200 OK\r\nBad Header: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\n X: folded\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.1 200\r\nContent-Length: -1\r\n\r\n",
		"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"\x15\x03\x01\x00\x02\x02\x0a", "SSH-2.0-x\r\n", "HTTP/1.1 999999 x\r\n\r\n", "",
	} {
		for method := range byte(3) {
			f.Add([]byte(text), method, uint16(7))
		}
	}
	f.Fuzz(func(t *testing.T, answer []byte, method byte, piece uint16) {
		answer = answer[:min(len(answer), 64<<10)] // longer ones are only slow
		chosen := []string{http.MethodPost, http.MethodGet, http.MethodHead}[method%3]
		lean := answered(t, "lean", chosen, answer, int(piece))
		standard := answered(t, "standard", chosen, answer, int(piece))
		if lean != standard {
			t.Errorf("%s %q in pieces of %d:\nlean     %+v\nstandard %+v", chosen, answer, piece, lean, standard)
		}
	})
}

// answer is what a client made of a response.
type answer struct {
	class        target.Class
	status       int
	body, header string
	timings      int
}

// answered sends a request to a server that answers with text, over a connection in memory.
func answered(t *testing.T, transport, method string, text []byte, piece int) (got answer) {
	s := section("http/1.1")
	s.Transport, s.MaxResponse = transport, 1
	pool := connect(t, s, nil)
	served := make(chan struct{})
	pool.dialer.Connect = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer close(served)
			defer theirs.Close()
			req, err := http.ReadRequest(bufio.NewReader(theirs))
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, req.Body)
			for left := text; len(left) > 0; {
				n := min(max(piece, 1), len(left))
				if _, err := theirs.Write(left[:n]); err != nil {
					return
				}
				left = left[n:]
			}
		}()
		return ours, nil
	}
	client := NewClient(Options{
		Base: &url.URL{Scheme: "http", Host: "127.0.0.1"}, Connections: pool, Client: s,
		Dialect: heardDialect{method, &got},
	})
	x := client.Do(context.Background(), one)
	pool.Close()
	<-served
	got.class, got.status = x.Outcome.Class, x.Status
	for _, attempt := range x.Attempts {
		got.timings += len(attempt.Timings)
	}
	return got
}

// heardDialect notes what it judges.
type heardDialect struct {
	method string
	heard  *answer
}

func (d heardDialect) Request(ctx context.Context, base *url.URL, _ []string, _ int) (*http.Request, error) {
	if d.method == http.MethodPost {
		return http.NewRequestWithContext(ctx, d.method, base.String(), strings.NewReader("hello"))
	}
	return http.NewRequestWithContext(ctx, d.method, base.String(), nil)
}

func (d heardDialect) Judge(_ int, header http.Header, body []byte, _ int) target.Outcome {
	var text bytes.Buffer
	_ = header.Write(&text) // to memory
	d.heard.body, d.heard.header = string(body), text.String()
	return target.Outcome{}
}

// A server may answer before it has read a large request.
func TestAnAnswerBeforeALargeRequestWasRead(t *testing.T) {
	address := rawserver.Serve(t, func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReaderSize(conn, 16)); err != nil {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno")
		untilClosed(conn)
	})
	client := newClient(t, "http://"+address)
	for range 2 {
		x := client.Do(context.Background(), Request{Phase: "open", Prompts: []string{strings.Repeat("x", 32<<20)}})
		if x.Status != http.StatusRequestEntityTooLarge {
			t.Fatalf("status %d, %+v; want 413", x.Status, x.Outcome)
		}
	}
}

// What a server does to a kept connection shows before the next request is sent on it.
func TestKeptConnectionsAreLookedAt(t *testing.T) {
	for _, c := range []struct {
		name  string
		after func(net.Conn)
	}{
		{"closed", func(conn net.Conn) { conn.Close() }},
		{"more bytes than the answer has", func(conn net.Conn) { _, _ = io.WriteString(conn, "HTTP/1.1 500 Late\r\n\r\n") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			proceed := make(chan struct{})
			done := make(chan struct{}, 2)
			address := answers(t, func(conn net.Conn, n int) bool {
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				if n > 0 {
					return false
				}
				<-proceed
				c.after(conn)
				done <- struct{}{}
				untilClosed(conn)
				return false
			})
			client := newClient(t, address)
			if x := client.Do(context.Background(), one); x.Outcome.Class != target.Success {
				t.Fatalf("%+v", x.Outcome)
			}
			close(proceed)
			<-done
			time.Sleep(20 * time.Millisecond) // for what it did to arrive
			if x := client.Do(context.Background(), one); x.Outcome.Class != target.Success || x.Attempts[0].Replays != 0 {
				t.Errorf("%+v, %+v; want an answer on a new connection", x.Outcome, x.Attempts)
			}
			if n := client.Connections.Traffic().Connections; n != 2 {
				t.Errorf("%d connections, want 2", n)
			}
		})
	}
}

// The session tickets of TLS 1.3 arrive without a request, and end no connection.
func TestTLSConnectionsAreKept(t *testing.T) {
	url, roots := listen(t, "https", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	pool := connect(t, section("http/1.1"), roots)
	for range 5 {
		if _, _, err := post(pool, url, "x"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if n := pool.Traffic().Connections; n != 1 {
		t.Errorf("%d connections for 5 requests, want 1", n)
	}
}
