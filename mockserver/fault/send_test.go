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

func TestSendAnswersAsNetHTTPDoes(t *testing.T) {
	address := serve(t, &waits{}, func() *fault.Reply { return whole(`{"a":1}`) })
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

// bare is the cheapest http.ResponseWriter. It counts what is asked of it.
type bare struct {
	header  http.Header
	calls   []string
	flushed int
}

func (b *bare) Header() http.Header         { return b.header }
func (b *bare) WriteHeader(int)             { b.calls = append(b.calls, "header") }
func (b *bare) Write(p []byte) (int, error) { b.calls = append(b.calls, "body"); return len(p), nil }
func (b *bare) Flush()                      { b.flushed++ }

// The usual answer costs no more than the two calls it takes by hand.
func TestSendOfTheUsualAnswerIsCheap(t *testing.T) {
	reply, request := whole(`{"a":1}`), httptest.NewRequest("GET", "/", nil)
	w := &bare{header: http.Header{}, calls: make([]string, 0, 8)}
	byHand := testing.AllocsPerRun(100, func() {
		w.calls = w.calls[:0]
		w.header["Content-Length"] = []string{strconv.Itoa(reply.Length)}
		w.WriteHeader(reply.Status)
		_, _ = w.Write(reply.Parts[0].Bytes)
	})
	sent := testing.AllocsPerRun(100, func() {
		w.calls = w.calls[:0]
		if err := reply.Send(w, request, &waits{}); err != nil {
			t.Error(err)
		}
	})
	// The sleeper that is made here is the one allocation besides.
	if sent > byHand+1 || w.flushed > 0 || !slices.Equal(w.calls, []string{"header", "body"}) {
		t.Errorf("%v allocations against %v, %d flushes, %v", sent, byHand, w.flushed, w.calls)
	}
}

// Each piece is on the wire while the next is held back.
func TestSendFlushesBeforeItWaits(t *testing.T) {
	let := make(held)
	address := serve(t, let, func() *fault.Reply {
		r := whole("onetwo")
		r.Parts = []fault.Part{{Wait: 1, Bytes: []byte("one")}, {Wait: 1, Bytes: []byte("two")}}
		return r
	})
	for name, http2Only := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		answer, err := client(t, http2Only, nil).Get("http://" + address) // returns on the header
		if err != nil {
			t.Fatal(err)
		}
		buffer := make([]byte, 3)
		for _, want := range []string{"one", "two"} {
			let <- struct{}{}
			if _, err := io.ReadFull(answer.Body, buffer); err != nil || string(buffer) != want {
				t.Errorf("%s: %q (%v), want %q", name, buffer, err, want)
			}
		}
		_ = answer.Body.Close()
	}
}

// Events that do not wait are on the wire one by one: each is a chunk of its own.
func TestSendWritesEventByEvent(t *testing.T) {
	address := serve(t, &waits{}, func() *fault.Reply { return events("a", "b") })
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
	slept := &waits{}
	address := serve(t, slept, func() *fault.Reply {
		r := events("a", "b")
		r.Parts[0].Wait, r.Parts[2].Wait = 3*time.Second, time.Second
		return r
	})
	if got := talkHTTP2(t, address); !got.ended || !slices.Equal(slept.all, []time.Duration{3 * time.Second, time.Second}) {
		t.Errorf("%+v after %v", got, slept.all)
	}
}

func TestSendSaysThatTheClientLeft(t *testing.T) {
	failed := make(chan error, 1)
	address := listen(t, nil, func(w http.ResponseWriter, r *http.Request) {
		reply := whole("ab")
		reply.Parts = []fault.Part{{Bytes: []byte("a")}, {Wait: 1, Bytes: []byte("b")}}
		failed <- reply.Send(w, r, make(held))
	})
	conn := dial(t, address)
	if _, err := io.WriteString(conn, getOverHTTP1); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil { // it has begun to answer
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
		t.Fatal("it waits on")
	}
}

func TestSendNeedsAConnectionForWhatNetHTTPRefuses(t *testing.T) {
	reply := whole("ab")
	reply.Length = 1
	if err := reply.Send(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), &waits{}); !errors.Is(err, http.ErrNotSupported) {
		t.Errorf("got %v", err)
	}
}

// A length that is too long, too short, and undeclared, cut and reset, as each
// protocol has it. Under HTTP/1.1 left is what follows the declared body.
func TestSendEnds(t *testing.T) {
	for name, test := range map[string]struct {
		spoil      func(*fault.Reply)
		length     string // declared
		body, left string
		reset      bool // of the connection, or the stream
		length2    string
		body2      string
	}{
		"too long":            {func(r *fault.Reply) { r.Length = 9 }, "9", "abcdef", "", false, "9", "abcdef"},
		"too short":           {func(r *fault.Reply) { r.Length = 4 }, "4", "abcd", "ef", false, "8", "abcdef"},
		"too short and reset": {func(r *fault.Reply) { r.Length, r.End = 4, fault.EndReset }, "4", "abcd", "ef", true, "8", "abcdef"},
		"cut":                 {func(r *fault.Reply) { r.Parts[0].Bytes = r.Parts[0].Bytes[:2]; r.End = fault.EndCut }, "6", "ab", "", false, "6", "ab"},
		"reset":               {func(r *fault.Reply) { r.End = fault.EndReset }, "6", "abcdef", "", true, "6", "abcdef"},
	} {
		t.Run(name, func(t *testing.T) {
			address := serve(t, &waits{}, func() *fault.Reply {
				r := whole("abcdef")
				test.spoil(r)
				return r
			})
			header, body, err := talk(t, address)
			if errors.Is(err, syscall.ECONNRESET) != test.reset || err != nil && !test.reset {
				t.Errorf("the connection ended with %v", err)
			}
			if !strings.HasPrefix(header, "HTTP/1.1 200 OK\r\n") || !strings.Contains(header, "Content-Length: "+test.length+"\r\n") ||
				!strings.Contains(header, "Date: ") || !strings.Contains(header, "Content-Type: application/json") || body != test.body+test.left {
				t.Errorf("HTTP/1.1: %q and %q", header, body)
			}
			got := talkHTTP2(t, address)
			if got.header["content-length"] != test.length2 || got.body != test.body2 || (got.reset != nil) != test.reset || got.ended == test.reset {
				t.Errorf("HTTP/2: %+v", got)
			}
		})
	}
}

// A stream that is cut has no last chunk, which tells it from one that ended.
func TestSendCutsAStream(t *testing.T) {
	cut := fault.EndWhole
	address := serve(t, &waits{}, func() *fault.Reply {
		r := events("a")
		r.End = cut
		return r
	})
	_, err := fetch(t, address, false)
	if err != nil {
		t.Errorf("a whole stream: %v", err)
	}
	cut = fault.EndCut
	text, err := fetch(t, address, false)
	if !errors.Is(err, io.ErrUnexpectedEOF) || text != body(events("a")) {
		t.Errorf("got %q and %v", text, err)
	}
}

// fetch reads an answer as a client does.
func fetch(t *testing.T, address string, http2Only bool) (string, error) {
	t.Helper()
	answer, err := client(t, http2Only, nil).Get("http://" + address)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

// A stream of one event is a stream still: net/http must not count its bytes.
func TestSendOfOneEventDeclaresNoLength(t *testing.T) {
	address := serve(t, &waits{}, func() *fault.Reply { return events() })
	for _, http2Only := range []bool{false, true} {
		answer, err := client(t, http2Only, nil).Get("http://" + address)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if string(text) != body(events()) || err != nil || answer.ContentLength != -1 {
			t.Errorf("%s: %q of %d (%v)", answer.Proto, text, answer.ContentLength, err)
		}
	}
}
