package fault_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"weighbridge/mockserver/fault"
)

// overTLS negotiates h2.
func overTLS(t *testing.T, address string, config *tls.Config) net.Conn {
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

// Clients get the protocol that they negotiate, or, in cleartext, begin with.
func TestListenerSpeaksBothProtocols(t *testing.T) {
	serverConfig, clientConfig := secured(t)
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

// A client that negotiates nothing, as many do that know HTTP/1.1 alone.
func TestListenerWithoutALPN(t *testing.T) {
	serverConfig, clientConfig := secured(t)
	address := listen(t, serverConfig, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Connection", "close") })
	conn := tls.Client(dial(t, address), clientConfig)
	if _, err := io.WriteString(conn, getOverHTTP1); err != nil {
		t.Fatal(err)
	}
	// The end comes with a goodbye of TLS, without which ReadAll fails.
	if text, err := io.ReadAll(conn); !strings.HasPrefix(string(text), "HTTP/1.1 200 OK") || err != nil {
		t.Errorf("got %q (%v)", text, err)
	}
}

func TestListenerTellsWhoForgotTLS(t *testing.T) {
	serverConfig, _ := secured(t)
	address := listen(t, serverConfig, func(http.ResponseWriter, *http.Request) { t.Error("answers in cleartext") })
	if header, body, _ := talk(t, address); !strings.HasPrefix(header, "HTTP/1.0 400") || body != "Client sent an HTTP request to an HTTPS server.\n" {
		t.Errorf("got %q and %q", header, body)
	}
}

// Who negotiates HTTP/2 and does not speak it is closed on, not answered in HTTP/1.1 (RFC 9113, section 3.4).
func TestListenerHoldsToThePreface(t *testing.T) {
	serverConfig, clientConfig := secured(t)
	address := listen(t, serverConfig, func(http.ResponseWriter, *http.Request) { t.Error("answers a broken preface") })
	for _, words := range [][]string{
		{getOverHTTP1},
		{"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"},
		{"PRI * HT", "TP/2.0\r\n\r\nSM\r", "\r\r\n"},
		{"\x00"},
	} {
		conn := overTLS(t, address, clientConfig)
		for _, word := range words {
			if _, err := io.WriteString(conn, word); err != nil {
				t.Fatal(err)
			}
		}
		// The end comes with a goodbye of TLS, without which ReadAll fails.
		if text, err := io.ReadAll(conn); len(text) > 0 || err != nil {
			t.Errorf("%q is answered with %q (%v)", words, text, err)
		}
	}
}

// A client that is slow to shake hands holds nobody up.
func TestListenerDoesNotWaitForAHandshake(t *testing.T) {
	serverConfig, clientConfig := secured(t)
	address := listen(t, serverConfig, func(http.ResponseWriter, *http.Request) {})
	dial(t, address) // and says nothing
	answer, err := client(t, false, clientConfig).Get("https://" + address)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
}

func TestAbortStreamWithoutTheListenerIsAnAbort(t *testing.T) {
	w := &bare{header: http.Header{}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.ProtoMajor = 2
	defer func() {
		if got := recover(); got != http.ErrAbortHandler {
			t.Errorf("panics with %v", got)
		}
	}()
	fault.AbortStream(w, request, fault.StreamRefused)
	t.Error("it returns")
}

// net/http ends its half first when it refuses a body, so that the client can
// read the answer; what the client still says is heard.
func TestListenerEndsItsHalfFirst(t *testing.T) {
	serverConfig, clientConfig := secured(t)
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
		answered := dial(t, inner.Addr().String())
		if secure {
			answered = tls.Client(answered, clientConfig)
		}
		accepted, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = accepted.Close() })
		if err := accepted.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		asked := make(chan error, 1)
		go func() {
			_, err := io.WriteString(answered, "ask")
			asked <- err
		}()
		said := make([]byte, 3)
		if _, err := io.ReadFull(accepted, said); err != nil || string(said) != "ask" {
			t.Fatalf("%s: heard %q (%v)", name, said, err)
		}
		if err := <-asked; err != nil {
			t.Fatal(err)
		}
		half, ok := accepted.(interface{ CloseWrite() error })
		if !ok {
			t.Fatalf("%s: it has no halves", name)
		}
		if err := half.CloseWrite(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if rest, err := io.ReadAll(answered); len(rest) > 0 || err != nil {
			t.Errorf("%s: after the end comes %q (%v)", name, rest, err)
		}
		if _, err := io.WriteString(answered, "and"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := io.ReadFull(accepted, said); err != nil || string(said) != "and" {
			t.Errorf("%s: heard %q (%v)", name, said, err)
		}
	}
}
