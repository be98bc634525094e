package transport

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"weighbridge/target"
)

// endDialect is a dialect of streams that end with END, or with OOPS, which is an error. Every
// byte before is content.
type endDialect struct{ plainDialect }

func (endDialect) Streams() bool { return true }

func (endDialect) Ended(body []byte, from int) bool {
	return bytes.Contains(body[max(0, from-2):], []byte("END"))
}

func (endDialect) Judge(_ int, _ http.Header, body []byte, _ int) (out target.Outcome) {
	content, _, ended := strings.Cut(string(body), "END")
	switch {
	case strings.Contains(content, "OOPS"):
		return target.Outcome{Class: target.RateLimit, Failed: 1, Detail: "OOPS"}
	case !ended:
		return target.Outcome{Class: target.Contract, Failed: 1, Detail: "no END"}
	}
	for i := range content {
		out.Content = append(out.Content, target.Piece{End: i + 1, Output: 1})
	}
	return out
}

// A stream ends with its end, and its connection is used again if the server ends the
// response too.
func TestAStreamEndsWithItsEnd(t *testing.T) {
	for _, protocol := range []string{"http/1.1", "http/2"} {
		for _, c := range []struct {
			name        string
			after       func(w http.ResponseWriter, r *http.Request)
			connections uint64 // of HTTP/1.1, for two requests
			timings     int
		}{
			{"at once", func(http.ResponseWriter, *http.Request) {}, 1, 1},
			{"with more text", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, " more") }, 1, 1},
			{"later", func(http.ResponseWriter, *http.Request) { time.Sleep(50 * time.Millisecond) }, 1, 1},
			{"never", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 2, 0},
		} {
			url, roots := listen(t, protocol, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				if c.timings > 0 {
					w.Header().Set("Trailer", "Server-Timing")
				}
				fmt.Fprint(w, "abEN")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(10 * time.Millisecond)
				fmt.Fprint(w, "D")
				_ = http.NewResponseController(w).Flush()
				c.after(w, r)
				w.Header().Set("Server-Timing", "total;dur=1")
			})
			client := newClient(t, url, func(o *Options) { o.Dialect, o.Client = endDialect{}, section(protocol) })
			client.Connections = connect(t, section(protocol), roots)
			for range 2 {
				began := time.Now()
				x := client.Do(context.Background(), one)
				if x.Outcome.Class != target.Success || len(x.Content) != 2 || time.Since(began) > 10*time.Second {
					t.Errorf("%s, %s: %+v after %v", protocol, c.name, x.Outcome, x.Service)
				}
				if got := len(x.Attempts[0].Timings); got != c.timings {
					t.Errorf("%s, %s: %d timings, want %d", protocol, c.name, got, c.timings)
				}
			}
			if n := client.Connections.Traffic().Connections; protocol == "http/1.1" && n != c.connections {
				t.Errorf("%s: %d connections, want %d", c.name, n, c.connections)
			}
		}
	}
}

// An error that a stream reports before its connection breaks is what failed.
func TestAnErrorBeforeTheConnectionBreaks(t *testing.T) {
	for said, want := range map[string]target.Class{"OOPS": target.RateLimit, "abc": target.Transport} {
		url, _ := listen(t, "plain", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, said)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		})
		c := newClient(t, url, func(o *Options) { o.Dialect = endDialect{} })
		if x := c.Do(context.Background(), one); x.Outcome.Class != want || x.Outcome.Failed != 1 || x.Attempts[0].Status != 0 {
			t.Errorf("%s: %+v, want class %s", said, x.Outcome, want)
		}
	}
}

func compressed(coding, text string) []byte {
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zlib":
		w = zlib.NewWriter(&b)
	case "deflate":
		w, _ = flate.NewWriter(&b, flate.BestSpeed)
	default:
		return []byte(text)
	}
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.Bytes()
}

func TestContentCodings(t *testing.T) {
	const text = "some text, some text, some text"
	for _, c := range []struct {
		name, header string
		body         []byte
		want         string // the error, if it has a colon
	}{
		{"none", "", []byte(text), text},
		{"identity", "identity", []byte(text), text},
		{"gzip", "gzip", compressed("gzip", text), text},
		{"gzip in capitals", " X-GZIP", compressed("gzip", text), text},
		{"deflate by zlib", "deflate", compressed("zlib", text), text},
		{"bare deflate", "deflate", compressed("deflate", text), text},
		{"an empty body", "gzip", nil, ""},
		{"another coding", "br", []byte(text), "which is not decoded here: expected no compression, gzip or deflate"},
		{"two codings", "gzip, gzip", compressed("gzip", text), "which is not decoded here: expected"},
		{"not what it says", "gzip", []byte(text), "cannot be decoded: gzip: invalid header"},
		{"cut off", "gzip", compressed("gzip", text)[:20], "EOF: unexpected"},
	} {
		resp := &http.Response{Header: http.Header{"Content-Encoding": {c.header}}, Body: io.NopCloser(bytes.NewReader(c.body)), ContentLength: int64(len(c.body))}
		var body timedBody
		err := new(bodyBuffer).read(resp, nil, 1, &body)
		switch {
		case strings.HasPrefix(c.want, "EOF"):
			if err != io.ErrUnexpectedEOF {
				t.Errorf("%s: %v, want an unexpected end", c.name, err)
			}
		case strings.Contains(c.want, ":"):
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %q", c.name, err, c.want)
			} else if class, _ := failureOf(t.Context(), err, &attemptTrace{}); class != target.Contract {
				t.Errorf("%s: class %s", c.name, class)
			}
		case err != nil || string(body.bytes) != c.want || body.received != int64(len(c.body)):
			t.Errorf("%s: %q of %d bytes, %v", c.name, body.bytes, body.received, err)
		}
	}
}

// deafDialect is one that does not read bodies.
type deafDialect struct{ plainDialect }

func (deafDialect) ReadsBody() bool { return false }

func TestACodingThatIsNotKnownMattersWhereTheBodyIsRead(t *testing.T) {
	url, _ := listen(t, "plain", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		_, _ = io.WriteString(w, "compressed")
	})
	for d, want := range map[target.Dialect]target.Class{deafDialect{}: target.Success, plainDialect{}: target.Contract} {
		x := newClient(t, url, func(o *Options) { o.Dialect = d }).Do(t.Context(), one)
		if x.Outcome.Class != want || x.BodyReceived != int64(len("compressed")) && want == target.Success {
			t.Errorf("%T: %+v, %d bytes, want class %q", d, x.Outcome, x.BodyReceived, want)
		}
	}
}

// A body that is small as it comes and huge decoded is refused at the limit.
func TestADecodedBodyIsBounded(t *testing.T) {
	bomb := compressed("gzip", strings.Repeat("0", 8<<20))
	resp := &http.Response{Header: http.Header{"Content-Encoding": {"gzip"}}, Body: io.NopCloser(bytes.NewReader(bomb)), ContentLength: -1}
	var body timedBody
	if err := new(bodyBuffer).read(resp, nil, 1, &body); err == nil || len(body.bytes) > 4<<20 {
		t.Errorf("%d bytes of %d, %v", len(body.bytes), len(bomb), err)
	}
}
