package fault_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"weighbridge/mockserver/fault"
)

func TestSendKeepsTheConnection(t *testing.T) {
	address := serve(t, &recordingSleeper{}, func() *fault.Reply { return onePiece(`{"a":1}`) })
	for name, http2Only := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		c := client(t, http2Only, nil)
		for range 3 { // on one connection
			answer, err := c.Get("http://" + address)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			if err != nil || string(text) != `{"a":1}` || answer.StatusCode != 200 || answer.ContentLength != 7 ||
				answer.Header.Get("Content-Type") != "application/json" || answer.Close || len(answer.TransferEncoding) > 0 {
				t.Errorf("%s: %v %q (%v)", name, answer, text, err)
			}
		}
	}
}

// fakeWriter is a minimal http.ResponseWriter that records its calls.
type fakeWriter struct {
	header  http.Header
	calls   []string
	flushed int
}

func (b *fakeWriter) Header() http.Header { return b.header }
func (b *fakeWriter) WriteHeader(int)     { b.calls = append(b.calls, "header") }
func (b *fakeWriter) Write(p []byte) (int, error) {
	b.calls = append(b.calls, "body")
	return len(p), nil
}
func (b *fakeWriter) Flush() { b.flushed++ }

// A plain answer costs no more than the two calls that send it.
func TestSendOfAPlainAnswerIsCheap(t *testing.T) {
	reply, request := onePiece(`{"a":1}`), httptest.NewRequest("GET", "/", nil)
	w := &fakeWriter{header: http.Header{}, calls: make([]string, 0, 8)}
	byHand := testing.AllocsPerRun(100, func() {
		w.calls = w.calls[:0]
		w.header["Content-Length"] = []string{strconv.Itoa(reply.Length)}
		w.WriteHeader(reply.Status)
		_, _ = w.Write(reply.Parts[0].Bytes)
	})
	sent := testing.AllocsPerRun(100, func() {
		w.calls = w.calls[:0]
		if err := reply.Send(w, request, &recordingSleeper{}); err != nil {
			t.Error(err)
		}
	})
	// The sleeper made here is one more allocation.
	if sent > byHand+1 || w.flushed > 0 || !slices.Equal(w.calls, []string{"header", "body"}) {
		t.Errorf("%v allocations against %v, %d flushes, %v", sent, byHand, w.flushed, w.calls)
	}
}

// Each piece is sent before the wait for the next one.
func TestSendFlushesBeforeItWaits(t *testing.T) {
	gate := make(gatedSleeper)
	address := serve(t, gate, func() *fault.Reply {
		r := onePiece("onetwo")
		r.Parts = []fault.Part{{Wait: 1, Bytes: []byte("one")}, {Wait: 1, Bytes: []byte("two")}}
		return r
	})
	for name, http2Only := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		answer, err := client(t, http2Only, nil).Get("http://" + address) // returns when it has the header
		if err != nil {
			t.Fatal(err)
		}
		buffer := make([]byte, 3)
		for _, want := range []string{"one", "two"} {
			gate <- struct{}{}
			if _, err := io.ReadFull(answer.Body, buffer); err != nil || string(buffer) != want {
				t.Errorf("%s: %q (%v), want %q", name, buffer, err, want)
			}
		}
		_ = answer.Body.Close()
	}
}

// Events without delays are sent one by one: each is a chunk.
func TestSendWritesEventByEvent(t *testing.T) {
	address := serve(t, &recordingSleeper{}, func() *fault.Reply { return eventStream("a", "b") })
	conn := dial(t, address)
	if _, err := io.WriteString(conn, getOverHTTP1); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	var lines []string
	for len(lines) == 0 || lines[len(lines)-1] != "0" {
		line, err := reader.ReadString('\n')
		if err != nil {
			t.Fatal(err, lines)
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	got := strings.Join(lines[slices.Index(lines, "")+1:], "|")
	if want := `14|data: {"text":"a"}|||14|data: {"text":"b"}|||e|data: [DONE]|||0`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSendWaitsBetweenParts(t *testing.T) {
	slept := &recordingSleeper{}
	address := serve(t, slept, func() *fault.Reply {
		r := eventStream("a", "b")
		r.Parts[0].Wait, r.Parts[2].Wait = 3*time.Second, time.Second
		return r
	})
	if got := exchangeHTTP2(t, address); !got.ended || !slices.Equal(slept.all, []time.Duration{3 * time.Second, time.Second}) {
		t.Errorf("%+v after %v", got, slept.all)
	}
}

func TestSendReportsThatTheClientLeft(t *testing.T) {
	failed := make(chan error, 1)
	address := listen(t, nil, func(w http.ResponseWriter, r *http.Request) {
		reply := onePiece("ab")
		reply.Parts = []fault.Part{{Bytes: []byte("a")}, {Wait: 1, Bytes: []byte("b")}}
		failed <- reply.Send(w, r, make(gatedSleeper))
	})
	conn := dial(t, address)
	if _, err := io.WriteString(conn, getOverHTTP1); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil { // the answer has begun
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-failed:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Send does not return")
	}
}

func TestSendOfAShortLengthNeedsAConnection(t *testing.T) {
	reply := onePiece("ab")
	reply.Length = 1
	if err := reply.Send(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), &recordingSleeper{}); !errors.Is(err, http.ErrNotSupported) {
		t.Errorf("got %v", err)
	}
}

// Wrong lengths, truncation and resets, on both protocols.
func TestSendEnds(t *testing.T) {
	for name, test := range map[string]struct {
		change        func(*fault.Reply)
		length        string // declared on HTTP/1.1
		body, surplus string // on HTTP/1.1, up to the declared length and after it
		reset         bool   // of the connection or the stream
		length2       string // declared on HTTP/2
		body2         string // on HTTP/2
	}{
		"too long":            {func(r *fault.Reply) { r.Length = 9 }, "9", "abcdef", "", false, "9", "abcdef"},
		"too short":           {func(r *fault.Reply) { r.Length = 4 }, "4", "abcd", "ef", false, "8", "abcdef"},
		"too short and reset": {func(r *fault.Reply) { r.Length, r.End = 4, fault.EndReset }, "4", "abcd", "ef", true, "8", "abcdef"},
		"cut":                 {func(r *fault.Reply) { r.Parts[0].Bytes = r.Parts[0].Bytes[:2]; r.End = fault.EndTruncated }, "6", "ab", "", false, "6", "ab"},
		"reset":               {func(r *fault.Reply) { r.End = fault.EndReset }, "6", "abcdef", "", true, "6", "abcdef"},
	} {
		t.Run(name, func(t *testing.T) {
			address := serve(t, &recordingSleeper{}, func() *fault.Reply {
				r := onePiece("abcdef")
				test.change(r)
				return r
			})
			header, body, err := exchangeHTTP1(t, address)
			if errors.Is(err, syscall.ECONNRESET) != test.reset || err != nil && !test.reset {
				t.Errorf("the connection ended with %v", err)
			}
			if !strings.HasPrefix(header, "HTTP/1.1 200 OK\r\n") || !strings.Contains(header, "Content-Length: "+test.length+"\r\n") ||
				!strings.Contains(header, "Date: ") || !strings.Contains(header, "Content-Type: application/json") || body != test.body+test.surplus {
				t.Errorf("HTTP/1.1: %q and %q", header, body)
			}
			got := exchangeHTTP2(t, address)
			if got.header["content-length"] != test.length2 || got.body != test.body2 || (got.reset != nil) != test.reset || got.ended == test.reset {
				t.Errorf("HTTP/2: %+v", got)
			}
		})
	}
}

// A truncated stream has no last chunk, by which clients recognize it.
func TestTruncatedStreamHasNoLastChunk(t *testing.T) {
	end := fault.EndComplete
	address := serve(t, &recordingSleeper{}, func() *fault.Reply {
		r := eventStream("a")
		r.End = end
		return r
	})
	_, err := fetchBody(t, address, false)
	if err != nil {
		t.Errorf("a complete stream: %v", err)
	}
	end = fault.EndTruncated
	text, err := fetchBody(t, address, false)
	if !errors.Is(err, io.ErrUnexpectedEOF) || text != bodyOf(eventStream("a")) {
		t.Errorf("got %q and %v", text, err)
	}
}

// fetchBody reads an answer with Go's client.
func fetchBody(t *testing.T, address string, http2Only bool) (string, error) {
	t.Helper()
	answer, err := client(t, http2Only, nil).Get("http://" + address)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

// Even a stream of a single event must not get a Content-Length from net/http.
func TestSendOfOneEventDeclaresNoLength(t *testing.T) {
	address := serve(t, &recordingSleeper{}, func() *fault.Reply { return eventStream() })
	for _, http2Only := range []bool{false, true} {
		answer, err := client(t, http2Only, nil).Get("http://" + address)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if string(text) != bodyOf(eventStream()) || err != nil || answer.ContentLength != -1 {
			t.Errorf("%s: %q of %d (%v)", answer.Proto, text, answer.ContentLength, err)
		}
	}
}
