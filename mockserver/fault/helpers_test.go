package fault_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"weighbridge/mockserver/fault"
)

// patience is how long a test waits for something that must happen before it fails.
const patience = 20 * time.Second

const getOverHTTP1 = "GET / HTTP/1.1\r\nHost: mock\r\n\r\n"

// onePiece returns a reply in one piece.
func onePiece(body string) *fault.Reply {
	return &fault.Reply{
		Status: 200,
		Header: http.Header{"Content-Type": {"application/json"}},
		Parts:  []fault.Part{{Bytes: []byte(body)}},
		Length: len(body),
	}
}

// eventStream returns a stream of events with text, and a terminal event.
func eventStream(texts ...string) *fault.Reply {
	r := &fault.Reply{
		Status: 200,
		Header: http.Header{"Content-Type": {"text/event-stream"}},
		Length: -1, Stream: true,
		Failure: func(int) []byte { return []byte("data: {\"error\":1}\n\n") },
	}
	for _, text := range texts {
		r.Parts = append(r.Parts, fault.Part{Bytes: []byte("data: {\"text\":\"" + text + "\"}\n\n"), Content: true})
	}
	r.Parts = append(r.Parts, fault.Part{Bytes: []byte("data: [DONE]\n\n"), Last: true})
	return r
}

func bodyOf(r *fault.Reply) string {
	var all bytes.Buffer
	for _, part := range r.Parts {
		all.Write(part.Bytes)
	}
	return all.String()
}

func zeroDraw(int) float64 { return 0 }

// recordingSleeper records the durations it is called with, and does not wait.
type recordingSleeper struct {
	mu  sync.Mutex
	all []time.Duration
}

func (s *recordingSleeper) Sleep(_ context.Context, d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, d)
	return nil
}

// gatedSleeper waits until the test sends to it.
type gatedSleeper chan struct{}

func (h gatedSleeper) Sleep(ctx context.Context, _ time.Duration) error {
	select {
	case <-h:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// listen serves on loopback like the mock, and returns the address.
func listen(t *testing.T, config *tls.Config, handler http.HandlerFunc) string {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{
		Handler: handler, Protocols: protocols, ConnContext: fault.ConnContext,
		ErrorLog: log.New(io.Discard, "", 0),
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(fault.NewListener(inner, config)) })
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		serving.Wait()
	})
	return inner.Addr().String()
}

// serve answers every request with a new reply.
func serve(t *testing.T, sleeper fault.Sleeper, build func() *fault.Reply) string {
	t.Helper()
	return listen(t, nil, func(w http.ResponseWriter, r *http.Request) {
		if err := build().Send(w, r, sleeper); err != nil {
			t.Error(err)
		}
	})
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// exchangeHTTP1 sends a request over HTTP/1.1 and reads until the connection ends.
func exchangeHTTP1(t *testing.T, address string) (header, body string, err error) {
	t.Helper()
	conn := dial(t, address)
	if _, err := io.WriteString(conn, getOverHTTP1); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(conn)
	header, body, _ = strings.Cut(string(all), "\r\n\r\n")
	return header, body, err
}

// http2Response is what an HTTP/2 client received for a request.
type http2Response struct {
	header map[string]string
	body   string
	ended  bool           // by END_STREAM
	reset  *http2.ErrCode // by RST_STREAM
	goaway *http2.ErrCode // received meanwhile
}

// http2Client is an HTTP/2 client that sees each frame.
type http2Client struct {
	*http2.Framer
	block bytes.Buffer
	pack  *hpack.Encoder
	next  uint32
}

func dialHTTP2(t *testing.T, conn net.Conn) *http2Client {
	t.Helper()
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	f := &http2Client{Framer: http2.NewFramer(conn, conn), next: 1}
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	f.pack = hpack.NewEncoder(&f.block)
	if err := f.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	return f
}

// sendRequest sends a request for path and returns its stream ID.
func (f *http2Client) sendRequest(t *testing.T, path string) uint32 {
	t.Helper()
	f.block.Reset()
	for _, field := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "mock"}, {":path", path}} {
		if err := f.pack.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]}); err != nil {
			t.Fatal(err)
		}
	}
	id := f.next
	f.next += 2
	err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: f.block.Bytes(), EndStream: true, EndHeaders: true})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// readResponses reads until n streams have ended, and returns the responses by stream ID.
func (f *http2Client) readResponses(t *testing.T, n int) map[uint32]*http2Response {
	t.Helper()
	streams := map[uint32]*http2Response{}
	var goaway *http2.ErrCode
	for open := n; open > 0; {
		frame, err := f.ReadFrame()
		if err != nil {
			t.Fatalf("%d of %d streams are open when the connection ends: %v", open, n, err)
		}
		id := frame.Header().StreamID
		if streams[id] == nil {
			streams[id] = &http2Response{header: map[string]string{}}
		}
		h := streams[id]
		switch frame := frame.(type) {
		case *http2.MetaHeadersFrame:
			for _, field := range frame.Fields {
				h.header[field.Name] = field.Value
			}
			h.ended = frame.StreamEnded()
		case *http2.DataFrame:
			h.body += string(frame.Data())
			h.ended = frame.StreamEnded()
		case *http2.RSTStreamFrame:
			h.reset = &frame.ErrCode
		case *http2.GoAwayFrame:
			goaway = &frame.ErrCode
		}
		if id != 0 && (h.ended || h.reset != nil) {
			open--
		}
	}
	for _, h := range streams {
		h.goaway = goaway
	}
	return streams
}

// exchangeHTTP2 sends a request over HTTP/2 and reads its response.
func exchangeHTTP2(t *testing.T, address string) *http2Response {
	t.Helper()
	f := dialHTTP2(t, dial(t, address))
	id := f.sendRequest(t, "/")
	return f.readResponses(t, 1)[id]
}

// tlsConfigs returns a server config with a certificate for 127.0.0.1, and a client
// config that trusts it.
func tlsConfigs(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	donor := httptest.NewTLSServer(nil)
	defer donor.Close()
	trust := donor.Client().Transport.(*http.Transport).TLSClientConfig
	return &tls.Config{Certificates: donor.TLS.Certificates}, &tls.Config{RootCAs: trust.RootCAs, ServerName: "127.0.0.1"}
}

// client returns a client for one protocol, with its own connections.
func client(t *testing.T, http2Only bool, config *tls.Config) *http.Client {
	t.Helper()
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!http2Only)
	protocols.SetHTTP2(http2Only)
	protocols.SetUnencryptedHTTP2(http2Only)
	transport := &http.Transport{Protocols: protocols, TLSClientConfig: config}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}
