package field

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"weighbridge/bench/rawserver"
	"weighbridge/bench/record"
)

// http1 is a server that writes its answers itself. requests is its account.
type http1 struct {
	url      string
	requests atomic.Int64
}

// answering starts a server that answers the n-th request, from 1, with a text and keeps the
// connection while answer returns true.
func answering(t *testing.T, answer func(n int64) (text string, keep bool)) *http1 {
	s := &http1{}
	s.url = "http://" + rawserver.Serve(t, func(conn net.Conn) {
		for in := bufio.NewReader(conn); ; {
			req, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			if _, err := io.Copy(io.Discard, req.Body); err != nil {
				return
			}
			text, keep := answer(s.requests.Add(1))
			if _, err := io.WriteString(conn, text); err != nil || !keep {
				return
			}
		}
	})
	return s
}

// ten offers ten prompts in 200 ms, after a request of the warm-up.
func ten(t *testing.T, url, client string) *record.Record {
	return run(t, fmt.Sprintf(`
name: wire
target: {dialect: http, url: %q, http: {body: '{"q": {{json .Prompt}}}', success: status == 200}}
client: {timeout: 5s%s}
load: {warmup: 0s, open: {rate: 50, arrivals: constant, duration: 200ms}}
`, url, client))
}

const okay = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func TestHTTP10IsAnAnswer(t *testing.T) {
	s := answering(t, func(int64) (string, bool) { return "HTTP/1.0 200 OK\r\nServer: old\r\n\r\n1234567890", false })
	rec := ten(t, s.url, "")
	slice := rec.Arms[0].Blocks[0].Open
	if slice.Answered != 10 || s.requests.Load() != 11 || len(rec.Invalid) > 0 && strings.Contains(rec.Invalid[0], "did not use") {
		t.Errorf("%d of 10 answered, %v, %d requests received; invalid: %q", slice.Answered, slice.Errors, s.requests.Load(), rec.Invalid)
	}
	if wire := rec.Arms[0].Totals.Wire.Received; wire.BodyBytes != 10*10 || wire.HeaderBytes != 10*32 {
		t.Errorf("received %d bytes of headers and %d of bodies, expected %d and %d as sent", wire.HeaderBytes, wire.BodyBytes, 10*32, 10*10)
	}
}

func TestOneSwitchOfProtocols(t *testing.T) {
	s := answering(t, func(n int64) (string, bool) {
		if n == 5 {
			return "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", true
		}
		return okay, true
	})
	began := time.Now()
	slice := ten(t, s.url, "").Arms[0].Blocks[0].Open
	if slice.Answered != 9 || slice.Errors["contract"] != 1 || len(slice.Errors) != 1 {
		t.Errorf("%d of 10 answered, %v; expected 9 and one of class contract", slice.Answered, slice.Errors)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("the run took %v", took)
	}
}

func TestEarlyHintsAreNoAnswer(t *testing.T) {
	const late = 60 * time.Millisecond
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusEarlyHints)
		time.Sleep(late)
		fmt.Fprint(w, "ok")
	})
	slice := ten(t, s.URL, "").Arms[0].Blocks[0].Open
	if first := slice.FirstByte.Quantile(0.5); slice.Answered != 10 || first < late {
		t.Errorf("%d of 10 answered, first byte after %v, expected after %v", slice.Answered, first, late)
	}
}

// The server closes every connection as its third request arrives.
func TestIdleConnectionsThatCloseAreNamed(t *testing.T) {
	s := answering(t, func(n int64) (string, bool) {
		if n%3 == 0 {
			return "", false
		}
		return okay, true
	})
	rec := ten(t, s.url, ", in_flight: 1")
	slice := rec.Arms[0].Blocks[0].Open
	failed := uint64(s.requests.Load() / 3)
	if slice.Failed != failed || slice.Errors["transport"] != failed {
		t.Errorf("%d failed, %v; the server closed %d connections", slice.Failed, slice.Errors, failed)
	}
	if f := rec.Arms[0].Failures; len(f) == 0 || !strings.Contains(fmt.Sprint(f), "without use: ") {
		t.Errorf("failures %+v, expected one that names the idle connection", f)
	}
}

// refusing is a server of cleartext HTTP/2 that refuses every sixth request, with
// REFUSED_STREAM or by GOAWAY. What comes behind a GOAWAY is not in its account, so it is sent
// one request at a time.
type refusing struct {
	goAway            bool
	requests, refused atomic.Int64
}

func (s *refusing) serve(conn net.Conn) error {
	if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return err
	}
	f := http2.NewFramer(conn, conn)
	if err := f.WriteSettings(); err != nil {
		return err
	}
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return err
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				err = f.WriteSettingsAck()
			}
		case *http2.DataFrame:
			if frame.StreamEnded() {
				err = s.answer(f, frame.StreamID)
			}
		}
		if err != nil {
			return err
		}
	}
}

func (s *refusing) answer(f *http2.Framer, stream uint32) error {
	if s.requests.Add(1)%6 != 0 {
		var header strings.Builder
		if err := hpack.NewEncoder(&header).WriteField(hpack.HeaderField{Name: ":status", Value: "200"}); err != nil {
			return err
		}
		return f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: []byte(header.String()), EndHeaders: true, EndStream: true})
	}
	s.refused.Add(1)
	if !s.goAway {
		return f.WriteRSTStream(stream, http2.ErrCodeRefusedStream)
	}
	if err := f.WriteGoAway(stream-1, http2.ErrCodeNo, nil); err != nil {
		return err
	}
	return errors.New("the server leaves")
}

func TestRefusedRequestsAreReplayed(t *testing.T) {
	for _, goAway := range []bool{false, true} {
		s := &refusing{goAway: goAway}
		url := "http://" + rawserver.Serve(t, func(conn net.Conn) { _ = s.serve(conn) })
		rec := ten(t, url, ", protocol: h2c, in_flight: 1")
		slice := rec.Arms[0].Blocks[0].Open
		if slice.Answered != 10 || s.refused.Load() == 0 {
			t.Errorf("GOAWAY %v: %d of 10 answered, %v; %d were refused", goAway, slice.Answered, slice.Errors, s.refused.Load())
		}
		if said := strings.Join(summarize(t, rec).Warnings, "\n"); slice.Attempts != 10+slice.Replays ||
			strings.Contains(said, fmt.Sprintf("%d of %d attempts sent a request again", slice.Replays, slice.Attempts)) != (slice.Replays > 0) {
			t.Errorf("GOAWAY %v: %d attempts, %d of them replays, warnings %q", goAway, slice.Attempts, slice.Replays, said)
		}
		if sent := int64(slice.Attempts) + 1; sent != s.requests.Load() { // and one of the warm-up
			t.Errorf("GOAWAY %v: %d attempts and the warm-up's, the server received %d requests", goAway, slice.Attempts, s.requests.Load())
		}
	}
}

func TestConnectionsAreCappedInHTTP2(t *testing.T) {
	var connections atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		time.Sleep(5 * time.Millisecond)
	}))
	var cleartext http.Protocols
	cleartext.SetUnencryptedHTTP2(true)
	s.Config.Protocols = &cleartext
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	rec := run(t, fmt.Sprintf(`
name: cap
target: {dialect: http, url: %q, http: {body: x, success: status == 200}}
client: {protocol: h2c, connections: 1}
load: {warmup: 0s, closed: {in_flight: 40, duration: 100ms, ramp: 0s}}
`, s.URL))
	arm := rec.Arms[0]
	if arm.Totals.Connections != 1 || connections.Load() != 1 || arm.Blocks[0].Closed.Answered == 0 {
		t.Errorf("%d connections, %d by the server's account, expected one; %v", arm.Totals.Connections, connections.Load(), arm.Blocks[0].Closed.Errors)
	}
}

func TestServerThatOverstatesItsTime(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Server-Timing", "total;dur=500")
		fmt.Fprint(w, "ok")
	})
	sum := summarize(t, ten(t, s.URL, ""))
	if e := sum.LatencyError; e == nil || e.P50 > -300 || e.P50 < -500 {
		t.Errorf("harness error %+v, expected about -500 ms", e)
	}
	if !strings.Contains(strings.Join(sum.Warnings, "\n"), "the server reports more time than passed") {
		t.Errorf("warnings %q, expected one about the server's own time", sum.Warnings)
	}
}
