package transport

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weighbridge/bench/rawserver"
	"weighbridge/target"
)

// answers is a server that reads requests of HTTP/1 and answers the n-th, from 0, of all
// connections with answer, until that returns false.
func answers(t *testing.T, answer func(conn net.Conn, n int) (more bool)) string {
	var mu sync.Mutex
	n := -1
	return "http://" + rawserver.Serve(t, func(conn net.Conn) {
		for in := bufio.NewReader(conn); ; {
			req, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			if _, err := io.Copy(io.Discard, req.Body); err != nil {
				return
			}
			mu.Lock()
			n++
			now := n
			mu.Unlock()
			if !answer(conn, now) {
				return
			}
		}
	})
}

// always answers every request with one text, and then closes the connection or not.
func always(text string, more bool) func(net.Conn, int) bool {
	return func(conn net.Conn, _ int) bool {
		_, err := io.WriteString(conn, text)
		return more && err == nil
	}
}

// onBoth runs a test with either transport of HTTP/1.1.
func onBoth(t *testing.T, name string, test func(t *testing.T, transport string)) {
	for _, transport := range []string{"lean", "standard"} {
		t.Run(name+"/"+transport, func(t *testing.T) { test(t, transport) })
	}
}

// untilClosed waits for the client to close the connection.
func untilClosed(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

func TestHTTP1AsItsRFCsHaveIt(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(net.Conn, int) bool
		class  target.Class
		detail string
	}{
		{"HTTP/1.0", always("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false), target.Success, ""},
		{"HTTP/1.0, a body until the connection closes", always("HTTP/1.0 200 OK\r\nServer: x\r\n\r\nok", false), target.Success, ""},
		{"HTTP/1.1, a body until the connection closes", always("HTTP/1.1 200 OK\r\n\r\nok", false), target.Success, ""},
		{"early hints", always("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true), target.Success, ""},
		{"switched protocols", func(conn net.Conn, _ int) bool {
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
			untilClosed(conn)
			return false
		}, target.Contract, "switched protocols (101)"},
		{"interim responses without end", func(conn net.Conn, _ int) bool {
			for {
				if _, err := io.WriteString(conn, "HTTP/1.1 102 Processing\r\n\r\n"); err != nil {
					return false
				}
			}
		}, target.Contract, "too many interim responses"},
		{"a header that comes byte by byte", func(conn net.Conn, _ int) bool {
			for {
				time.Sleep(20 * time.Millisecond)
				if _, err := io.WriteString(conn, "H"); err != nil {
					return false
				}
			}
		}, target.Timeout, "client.timeout has passed inside an answer"},
		{"a header without end", func(conn net.Conn, _ int) bool {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
			for {
				if _, err := io.WriteString(conn, "X: "+strings.Repeat("x", 64<<10)+"\r\n"); err != nil {
					return false
				}
			}
		}, target.Transport, "headers exceeded 1048576 bytes"},
		{"a status below 100", always("HTTP/1.1 000 None\r\nContent-Length: 2\r\n\r\nok", false), target.Contract, "status 000 is not an HTTP status"},
		{"another protocol", always("SSH-2.0-OpenSSH_9.6\r\n", false), target.Transport, "the server's answer is not HTTP (malformed HTTP"},
		{"a TLS alert", always("\x15\x03\x01\x00\x02\x02\x0a", false), target.Transport, "expected an https:// URL"},
		{"HTTP/2", always("\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64\r\n", false), target.Transport, "expected client.protocol h2c"},
		{"a body over the limit", always("HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n"+strings.Repeat("x", 1<<20+1), false), target.Contract, "longer than client.max_response (1 MiB)"},
		{"a body at the limit", always("HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n"+strings.Repeat("x", 1<<20), false), target.Success, ""},
		{"long trailers", always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: "+strings.Repeat("x", 3000)+"\r\n\r\n", true), target.Success, ""},
		{"a long chunk extension", always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x="+strings.Repeat("x", 3000)+"\r\nok\r\n0\r\n\r\n", true), target.Success, ""},
		{"a length that lies", always("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nx", false), target.Transport, "unexpected EOF"},
	} {
		onBoth(t, c.name, func(t *testing.T, transport string) {
			client := newClient(t, answers(t, c.answer), func(o *Options) {
				o.Client.Transport, o.Client.Timeout, o.Client.MaxResponse = transport, time.Minute, 1
				if c.class == target.Timeout {
					o.Client.Timeout = 300 * time.Millisecond
				}
			})
			x := client.Do(context.Background(), one)
			if x.Outcome.Class != c.class || !strings.Contains(x.Outcome.Detail, c.detail) || x.WrongProtocol != 0 {
				t.Errorf("class %q, %q; want %q, %q", x.Outcome.Class, x.Outcome.Detail, c.class, c.detail)
			}
		})
	}
}

func TestTheFirstByteIsTheFinalAnswers(t *testing.T) {
	const late = 60 * time.Millisecond
	hints := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		time.Sleep(late)
		_, _ = io.WriteString(w, "ok")
	}
	for protocol, served := range map[string]string{"http/1.1": "plain", "h2c": "h2c"} {
		address, _ := listen(t, served, hints)
		x := newClient(t, address, func(o *Options) { o.Client.Protocol = protocol }).Do(context.Background(), one)
		if x.Outcome.Class != target.Success || x.FirstByte < late || x.Waiting < late/2 {
			t.Errorf("%s: %+v, first byte after %v; want it after %v", protocol, x.Outcome, x.FirstByte, late)
		}
	}
}

// The server closes each connection at its second request, as it would one that had been
// idle for too long.
func TestConnectionClosedWhileIdleIsNamed(t *testing.T) {
	onBoth(t, "closed", closedWhileIdle)
}

func closedWhileIdle(t *testing.T, transport string) {
	var seen atomic.Int64
	onlyOnce := func(conn net.Conn, _ int) bool {
		if seen.Add(1) > 1 {
			return false
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		return true
	}
	client := newClient(t, answers(t, onlyOnce), func(o *Options) { o.Client.Transport = transport })
	if first := client.Do(context.Background(), one); first.Outcome.Class != target.Success {
		t.Fatalf("%+v", first.Outcome)
	}
	x := client.Do(context.Background(), one)
	if x.Outcome.Class != target.Transport || !namesIdle(x.Outcome.Detail) {
		t.Errorf("%+v, want a failure that names the idle connection", x.Outcome)
	}
	if seen.Load() != 2 {
		t.Errorf("the server received %d requests, want 2: a POST that may have been processed is not sent again", seen.Load())
	}
	fresh := newClient(t, answers(t, func(net.Conn, int) bool { return false })).Do(context.Background(), one)
	if fresh.Outcome.Class != target.Transport || strings.Contains(fresh.Outcome.Detail, "idle") {
		t.Errorf("on a new connection: %+v, want no word of idleness", fresh.Outcome)
	}
}

// namesIdle reports whether a failure names a kept connection, and a setting that may help.
func namesIdle(detail string) bool {
	return strings.Contains(detail, "without use: ") && (strings.Contains(detail, "client.idle_timeout") || strings.Contains(detail, "client.retry"))
}

func TestWhileIdle(t *testing.T) {
	kept, busy, fresh, answered := &attemptTrace{}, &attemptTrace{}, &attemptTrace{}, &attemptTrace{}
	busy.idle.Store(int64(3*time.Millisecond) + 1)
	kept.idle.Store(int64(5*time.Second) + 1)
	answered.idle.Store(1)
	answered.firstByte.Store(1)
	closed := fmt.Errorf("x: %s", textClosedIdle)
	for _, c := range []struct {
		name  string
		err   error
		trace *attemptTrace
		want  string
	}{
		{"closed before it left", closed, kept, "connection closed while idle, after 5s: set client.idle_timeout below the server's"},
		{"closed after an answer", closed, busy, "connection closed while idle, after 3ms: client.retry or "},
		{"ended after an answer", io.EOF, busy, "connection ended before an answer (EOF), after 3ms without use: client.retry or "},
		{"ended as it left", io.EOF, kept, "connection ended before an answer (EOF), after 5s without use: if it was closed while idle, "},
		{"reset as it left", fmt.Errorf("write: %w", errnoReset), kept, "connection ended before an answer (write: "},
		{"reset, with our own address", fmt.Errorf("read tcp 127.0.0.1:54378->127.0.0.1:9412: %w", errnoReset), kept, "connection ended before an answer (read tcp 127.0.0.1:9412: "},
		{"broken as it left", errnoBroken, kept, "connection ended before an answer ("},
		{"another error", io.ErrShortBuffer, kept, ""},
		{"a new connection", io.EOF, fresh, ""},
		{"an answer had begun", io.EOF, answered, ""},
	} {
		if got := whileIdle(c.err, c.trace); !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A connection that is kept for less long than the server keeps it never meets its end.
func TestIdleTimeoutOfTheClient(t *testing.T) {
	for _, protocol := range []string{"plain", "h2c"} {
		address, _ := listen(t, protocol, func(http.ResponseWriter, *http.Request) {})
		client := newClient(t, address, func(o *Options) {
			o.Client.Protocol = strings.Replace(protocol, "plain", "http/1.1", 1)
			o.Client.IdleTimeout = time.Millisecond
		})
		connections := client.Connections.Traffic
		for tries := 0; connections().Connections < 2; tries++ {
			if x := client.Do(context.Background(), one); x.Outcome.Class != target.Success {
				t.Fatalf("%s: %+v", protocol, x.Outcome)
			}
			if tries == 500 {
				t.Fatalf("%s: %d connections for requests 20ms apart, want a second one", protocol, connections().Connections)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

func TestMemoryOfABodyIsByWhatCame(t *testing.T) {
	for _, c := range []struct{ claimed, sent int }{{60 << 20, 1}, {-1, 1}, {100, 100}, {3 << 20, 3 << 20}} {
		var body timedBody
		err := new(bodyBuffer).read(&http.Response{
			ContentLength: int64(c.claimed), Body: io.NopCloser(bytes.NewReader(make([]byte, c.sent))),
		}, nil, 64, &body)
		if err != nil || len(body.bytes) != c.sent || cap(body.bytes) > 4*c.sent+2*firstRead {
			t.Errorf("%d bytes claimed, %d sent: %d in memory for %d, %v", c.claimed, c.sent, cap(body.bytes), len(body.bytes), err)
		}
	}
}

func TestATokenEndpointThatSwitchesProtocolsIsAnError(t *testing.T) {
	address := answers(t, always("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", true))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: connect(t, section("http/1.1"), nil), Timeout: time.Minute}
	if answer, err := client.Do(req); err == nil {
		answer.Body.Close()
		t.Errorf("status %d, want an error", answer.StatusCode)
	}
}

func TestConnectTimeout(t *testing.T) {
	silent := rawserver.Serve(t, untilClosed)
	for _, protocol := range []string{"http/1.1", "http/2"} {
		for _, transport := range []string{"lean", "standard"} {
			client := newClient(t, "https://"+silent, func(o *Options) {
				o.Client.Protocol, o.Client.Transport, o.Client.ConnectTimeout = protocol, transport, 50*time.Millisecond
			})
			began := time.Now()
			x := client.Do(context.Background(), one)
			want := "client.connect_timeout has passed (TLS handshake with " + silent
			if x.Outcome.Class != target.Timeout || !strings.HasPrefix(x.Outcome.Detail, want) || time.Since(began) > 20*time.Second {
				t.Errorf("%s, %s: %+v after %v, want a timeout: %s", protocol, transport, x.Outcome, time.Since(began), want)
			}
		}
	}
}

// A server, or what is before it, that drops connections does so before there is one to send on.
func TestAConnectionThatEndsInItsHandshakeSaysSo(t *testing.T) {
	dropping := rawserver.Serve(t, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 1<<16))
		conn.Close()
	})
	for _, protocol := range []string{"http/1.1", "http/2"} {
		x := newClient(t, "https://"+dropping, func(o *Options) { o.Client.Protocol = protocol }).Do(t.Context(), one)
		if want := "TLS handshake with " + dropping; x.Outcome.Class != target.Transport || !strings.Contains(x.Outcome.Detail, want) {
			t.Errorf("%s: %+v, want %s", protocol, x.Outcome, want)
		}
	}
}

// A dial's own timer may end before the context's, with the same words for every limit.
func TestALimitOfTheDialIsNamed(t *testing.T) {
	late := &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	past := time.Now().Add(-time.Second)
	attempt, end := context.WithDeadlineCause(t.Context(), past, errTimeout)
	defer end()
	connect, endConnect := context.WithDeadlineCause(t.Context(), past, errConnectTimeout)
	defer endConnect()
	unlimited, endUnlimited := context.WithTimeout(t.Context(), time.Hour)
	defer endUnlimited()
	for _, c := range []struct {
		ctx        context.Context
		err        error
		name, text string
	}{
		{attempt, late, "client.timeout", "client.timeout has passed: context deadline exceeded"},
		{connect, late, "client.connect_timeout", "client.connect_timeout has passed (dial tcp: i/o timeout)"},
		{connect, io.EOF, "another failure", "EOF"},
		{unlimited, late, "the system's limit", "dial tcp: i/o timeout"},
	} {
		if got := overdue(c.ctx, c.err); got.Error() != c.text || ended(got) != ended(c.err) {
			t.Errorf("%s: %v, want %s", c.name, got, c.text)
		}
	}
	if overdue(connect, nil) != nil {
		t.Error("an opened connection has an error")
	}
}
