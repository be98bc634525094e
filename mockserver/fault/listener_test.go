package fault_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weighbridge/mockserver/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dialTLS opens a TLS connection that negotiates h2.
func dialTLS(t *testing.T, address string, config *tls.Config) net.Conn {
	t.Helper()
	config = config.Clone()
	config.NextProtos = []string{"h2"}
	conn := tls.Client(dial(t, address), config)
	if err := conn.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := conn.ConnectionState().NegotiatedProtocol; got != "h2" {
		t.Fatalf("negotiated %q", got)
	}
	return conn
}

// Clients get the protocol that they negotiate or, in cleartext, the one they begin with.
func TestListenerServesBothProtocols(t *testing.T) {
	serverConfig, clientConfig := tlsConfigs(t)
	handler := func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, r.Proto+" "+string(text))
	}
	cleartext, secure := "http://"+listen(t, nil, handler), "https://"+listen(t, serverConfig, handler)
	long := strings.Repeat("prompt ", 30_000)
	for _, test := range []struct {
		url       string
		http2Only bool
		want      string
	}{
		{cleartext, false, "HTTP/1.1"},
		{cleartext, true, "HTTP/2.0"},
		{secure, false, "HTTP/1.1"},
		{secure, true, "HTTP/2.0"},
	} {
		c := client(t, test.http2Only, clientConfig.Clone())
		for range 2 {
			answer, err := c.Post(test.url, "text/plain", strings.NewReader(long))
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			if string(text) != test.want+" "+long || err != nil || answer.Proto != test.want {
				t.Errorf("%s: %s, %.20q… of %d bytes (%v)", test.url, answer.Proto, text, len(text), err)
			}
		}
	}
}

// Many clients that only support HTTP/1.1 do not use ALPN.
func TestListenerWithoutALPN(t *testing.T) {
	serverConfig, clientConfig := tlsConfigs(t)
	address := listen(t, serverConfig, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Connection", "close") })
	conn := tls.Client(dial(t, address), clientConfig)
	if _, err := io.WriteString(conn, getOverHTTP1); err != nil {
		t.Fatal(err)
	}
	// Without a close_notify of TLS, ReadAll would fail.
	if text, err := io.ReadAll(conn); !strings.HasPrefix(string(text), "HTTP/1.1 200 OK") || err != nil {
		t.Errorf("got %q (%v)", text, err)
	}
}

func TestListenerAnswersCleartextClients(t *testing.T) {
	serverConfig, _ := tlsConfigs(t)
	address := listen(t, serverConfig, func(http.ResponseWriter, *http.Request) { t.Error("answers in cleartext") })
	if header, body, _ := exchangeHTTP1(t, address); !strings.HasPrefix(header, "HTTP/1.0 400") || body != "Client sent an HTTP request to an HTTPS server.\n" {
		t.Errorf("got %q and %q", header, body)
	}
}

// If a client negotiates HTTP/2 but does not speak it, the connection is closed without an HTTP/1.1 answer (RFC 9113, section 3.4).
func TestListenerRequiresThePreface(t *testing.T) {
	serverConfig, clientConfig := tlsConfigs(t)
	address := listen(t, serverConfig, func(http.ResponseWriter, *http.Request) { t.Error("answers a broken preface") })
	for _, writes := range [][]string{
		{getOverHTTP1},
		{"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"},
		{"PRI * HT", "TP/2.0\r\n\r\nSM\r", "\r\r\n"},
		{"\x00"},
	} {
		conn := dialTLS(t, address, clientConfig)
		for _, text := range writes {
			if _, err := io.WriteString(conn, text); err != nil {
				t.Fatal(err)
			}
		}
		// Without a close_notify of TLS, ReadAll would fail.
		if text, err := io.ReadAll(conn); len(text) > 0 || err != nil {
			t.Errorf("%q is answered with %q (%v)", writes, text, err)
		}
	}
}

// A client with a slow handshake does not delay others.
func TestSlowHandshakeDelaysNobody(t *testing.T) {
	serverConfig, clientConfig := tlsConfigs(t)
	address := listen(t, serverConfig, func(http.ResponseWriter, *http.Request) {})
	dial(t, address) // sends nothing
	answer, err := client(t, false, clientConfig).Get("https://" + address)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
}

func TestAbortStreamWithoutListener(t *testing.T) {
	w := &fakeWriter{header: http.Header{}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.ProtoMajor = 2
	defer func() {
		if got := recover(); got != http.ErrAbortHandler {
			t.Errorf("it panics with %v", got)
		}
	}()
	fault.AbortStream(w, request, fault.StreamRefused)
	t.Error("AbortStream returns")
}

// When net/http refuses a body, it first closes its writing side, so that the client can
// read the answer; it still reads what the client sends.
func TestListenerClosesItsWriteHalf(t *testing.T) {
	serverConfig, clientConfig := tlsConfigs(t)
	for name, secure := range map[string]bool{"cleartext": false, "TLS": true} {
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		config := serverConfig
		if !secure {
			config = nil
		}
		listener := fault.NewListener(inner, config)
		t.Cleanup(func() { _ = listener.Close() })
		clientConn := dial(t, inner.Addr().String())
		if secure {
			clientConn = tls.Client(clientConn, clientConfig)
		}
		accepted, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = accepted.Close() })
		if err := accepted.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		written := make(chan error, 1)
		go func() {
			_, err := io.WriteString(clientConn, "ask")
			written <- err
		}()
		got := make([]byte, 3)
		if _, err := io.ReadFull(accepted, got); err != nil || string(got) != "ask" {
			t.Fatalf("%s: read %q (%v)", name, got, err)
		}
		if err := <-written; err != nil {
			t.Fatal(err)
		}
		half, ok := accepted.(interface{ CloseWrite() error })
		if !ok {
			t.Fatalf("%s: the connection has no CloseWrite", name)
		}
		if err := half.CloseWrite(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if surplus, err := io.ReadAll(clientConn); len(surplus) > 0 || err != nil {
			t.Errorf("%s: after CloseWrite the client reads %q (%v)", name, surplus, err)
		}
		if _, err := io.WriteString(clientConn, "and"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := io.ReadFull(accepted, got); err != nil || string(got) != "and" {
			t.Errorf("%s: read %q (%v)", name, got, err)
		}
	}
}
