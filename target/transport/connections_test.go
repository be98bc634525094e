package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"weighbridge/target"
	"weighbridge/target/outbound"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listen serves handler over plain HTTP/1.1, https (HTTP/1.1 only), http/1.1 with TLS,
// http/2 or h2c.
func listen(t *testing.T, protocol string, handler http.HandlerFunc) (url string, roots *x509.CertPool) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)
	var p http.Protocols
	switch protocol {
	case "h2c":
		p.SetUnencryptedHTTP2(true)
		server.Config.Protocols = &p
		server.Start()
		return server.URL, nil
	case "plain":
		server.Start()
		return server.URL, nil
	}
	server.EnableHTTP2 = protocol == "http/2"
	server.StartTLS()
	roots = x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server.URL, roots
}

// section is a client section with default values.
func section(protocol string) target.Client {
	return target.Client{Protocol: protocol, InFlight: 50, Keepalive: true, Timeout: 30e9, Retry: target.Retry{Policy: "none"}}
}

// connect returns a pool that is closed at the end of the test.
func connect(t *testing.T, c target.Client, roots *x509.CertPool) *Connections {
	t.Helper()
	pool, err := NewConnections(c, roots, outbound.Dialer{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// post posts a body and reads the whole response.
func post(pool *Connections, url, body string) (*http.Response, string, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	resp, err := pool.RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

func TestProtocolsAndByteCounts(t *testing.T) {
	for _, c := range []struct {
		serve, client, proto string
		secure               bool
	}{
		{"plain", "http/1.1", "HTTP/1.1", false},
		{"https", "http/1.1", "HTTP/1.1", true},
		{"http/2", "http/1.1", "HTTP/1.1", true},
		{"http/2", "http/2", "HTTP/2.0", true},
		{"h2c", "h2c", "HTTP/2.0", false},
	} {
		t.Run(c.client+" to "+c.serve, func(t *testing.T) {
			url, roots := listen(t, c.serve, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Length", "700")
				fmt.Fprintf(w, "%-700s", fmt.Sprint(r.Proto, r.TLS != nil))
			})
			pool := connect(t, section(c.client), roots)
			const requests = 20
			for range requests {
				resp, text, err := post(pool, url, strings.Repeat("x", 1000))
				if err != nil {
					t.Fatal(err)
				}
				if want := fmt.Sprint(c.proto, c.secure); resp.Proto != c.proto || strings.TrimSpace(text) != want {
					t.Fatalf("the client saw %s and the server %s; want %s", resp.Proto, text, want)
				}
			}
			got := pool.Traffic()
			if got.Connections != 1 || got.PeakStreams != 1 || got.DNS.Count != 0 || got.Connect.Count != 1 {
				t.Errorf("traffic %+v, want one connection, one stream at a time and no lookup", got)
			}
			if handshakes := got.TLS.Count; (handshakes == 1) != c.secure {
				t.Errorf("%d TLS handshakes, TLS %v", handshakes, c.secure)
			}
			if got.Sent.Body != requests*1000 || got.Received.Body != requests*700 {
				t.Errorf("bodies of %d bytes sent and %d received, want %d and %d", got.Sent.Body, got.Received.Body, requests*1000, requests*700)
			}
			for way, b := range map[string]Bytes{"sent": got.Sent, "received": got.Received} {
				if b.Header == 0 || b.Header+b.Body > b.Plain || b.Plain > b.Wire || (b.Plain == b.Wire) == c.secure {
					t.Errorf("%s: wire %d, plain %d, header %d, body %d", way, b.Wire, b.Plain, b.Header, b.Body)
				}
				if c.proto == "HTTP/1.1" && b.Header+b.Body != b.Plain {
					t.Errorf("%s: header %d and body %d do not add up to %d plain bytes", way, b.Header, b.Body, b.Plain)
				}
			}
		})
	}
}

func TestHTTP2CompressesRepeatedHeaders(t *testing.T) {
	per := map[string]uint64{}
	for _, protocol := range []string{"http/1.1", "http/2"} {
		url, roots := listen(t, protocol, func(http.ResponseWriter, *http.Request) {})
		pool := connect(t, section(protocol), roots)
		for range 10 {
			if _, _, err := post(pool, url, "x"); err != nil {
				t.Fatal(err)
			}
		}
		per[protocol] = pool.Traffic().Sent.Header
	}
	if per["http/2"]*2 > per["http/1.1"] {
		t.Errorf("ten identical requests took %d header bytes with HTTP/2, %d with HTTP/1.1", per["http/2"], per["http/1.1"])
	}
}

func TestServerWithoutHTTP2IsAnError(t *testing.T) {
	url, roots := listen(t, "https", func(http.ResponseWriter, *http.Request) {})
	_, _, err := post(connect(t, section("http/2"), roots), url, "x")
	if err == nil || !strings.Contains(err.Error(), "HTTP/2") && !strings.Contains(err.Error(), "application protocol") {
		t.Errorf("%v, want an error that names the protocol", err)
	}
}

func TestOnlyTheGivenRootsAreTrusted(t *testing.T) {
	for _, protocol := range []string{"http/1.1", "http/2"} {
		url, _ := listen(t, protocol, func(http.ResponseWriter, *http.Request) {})
		var unknown *tls.CertificateVerificationError
		_, _, err := post(connect(t, section(protocol), x509.NewCertPool()), url, "x")
		if err == nil || !errors.As(err, &unknown) {
			t.Errorf("%s: %v, want a certificate verification error", protocol, err)
		}
	}
}

func TestKeepaliveAndConnectionLimit(t *testing.T) {
	for _, c := range []struct {
		name      string
		keepalive bool
		cap       int
		want      func(opened uint64) bool
	}{
		{"keepalive", true, 0, func(n uint64) bool { return n >= 1 && n <= 40 }},
		{"no keepalive", false, 0, func(n uint64) bool { return n == 40 }},
		{"limited to 3", true, 3, func(n uint64) bool { return n >= 1 && n <= 3 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, _ := listen(t, "plain", func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
			s := section("http/1.1")
			s.Keepalive, s.Connections = c.keepalive, c.cap
			pool := connect(t, s, nil)
			concurrently(t, 40, func() error { _, _, err := post(pool, url, "x"); return err })
			if n := pool.Traffic().Connections; !c.want(n) {
				t.Errorf("%d connections for 40 requests", n)
			}
		})
	}
}

// concurrently calls do n times at once.
func concurrently(t *testing.T, n int, do func() error) {
	t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = do() })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The server holds every request until twelve have arrived: with four streams per
// connection that takes exactly three connections.
func TestStreamsPerConnection(t *testing.T) {
	for _, protocol := range []string{"http/2", "h2c"} {
		t.Run(protocol, func(t *testing.T) {
			allArrived := make(chan struct{})
			var mu sync.Mutex
			perConn, arrived := map[string]int{}, 0
			url, roots := listen(t, protocol, func(_ http.ResponseWriter, r *http.Request) {
				mu.Lock()
				perConn[r.RemoteAddr]++
				if arrived++; arrived == 12 {
					close(allArrived)
				}
				mu.Unlock()
				<-allArrived
			})
			s := section(protocol)
			s.Streams = 4
			pool := connect(t, s, roots)
			concurrently(t, 12, func() error { _, _, err := post(pool, url, "x"); return err })
			got := pool.Traffic()
			if got.Connections != 3 || got.PeakStreams != 4 {
				t.Errorf("%d connections, at most %d streams each; want 3, 4", got.Connections, got.PeakStreams)
			}
			for conn, n := range perConn {
				if n != 4 {
					t.Errorf("the server saw %d requests on %s, want 4", n, conn)
				}
			}
		})
	}
}

func TestStreamsAndConnectionsAreBothLimited(t *testing.T) {
	var mu sync.Mutex
	active, peak := 0, 0
	url, roots := listen(t, "http/2", func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		active++
		peak = max(peak, active)
		mu.Unlock()
		mu.Lock()
		active--
		mu.Unlock()
	})
	s := section("http/2")
	s.Streams, s.Connections = 2, 2
	pool := connect(t, s, roots)
	concurrently(t, 60, func() error { _, _, err := post(pool, url, "x"); return err })
	if got := pool.Traffic(); got.Connections > 2 || got.PeakStreams > 2 || peak > 4 {
		t.Errorf("%d connections, %d streams each, %d concurrent requests; want at most 2, 2, 4", got.Connections, got.PeakStreams, peak)
	}
}

func TestHTTP2PoolSurvivesABrokenConnection(t *testing.T) {
	var broken sync.Once
	url, roots := listen(t, "http/2", func(_ http.ResponseWriter, r *http.Request) {
		reset := false
		broken.Do(func() { reset = true })
		if reset {
			panic(http.ErrAbortHandler)
		}
	})
	s := section("http/2")
	s.Streams, s.Connections = 1, 1
	pool := connect(t, s, roots)
	if _, _, err := post(pool, url, "x"); err == nil {
		t.Fatal("the aborted request succeeded")
	}
	for range 3 {
		if _, _, err := post(pool, url, "x"); err != nil {
			t.Fatalf("after a reset: %v", err)
		}
	}
	refused := connect(t, s, roots)
	if _, _, err := post(refused, "https://127.0.0.1:1", "x"); err == nil {
		t.Error("a request to a closed port succeeded")
	}
	if _, _, err := post(refused, url, "x"); err != nil {
		t.Errorf("after a failed dial: %v", err)
	}
}

func TestBodyBytesOfLargeBodies(t *testing.T) {
	body := bytes.Repeat([]byte("z"), 3<<20)
	for _, protocol := range []string{"http/1.1", "http/2"} {
		url, roots := listen(t, protocol, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
		pool := connect(t, section(protocol), roots)
		_, text, err := post(pool, url, string(body))
		if err != nil || len(text) != len(body) {
			t.Fatalf("%s: %d bytes received, %v", protocol, len(text), err)
		}
		got := pool.Traffic()
		if got.Sent.Body != uint64(len(body)) || got.Received.Body != uint64(len(body)) {
			t.Errorf("%s: bodies of %d bytes sent and %d received, want %d each", protocol, got.Sent.Body, got.Received.Body, len(body))
		}
	}
}
