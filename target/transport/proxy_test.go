package transport

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"weighbridge/target"
)

// testProxy is a proxy that takes every name to one address. It keeps what it is asked for.
type testProxy struct {
	to string
	// password, if set, is asked of the user me.
	password string

	mu    sync.Mutex
	asked []string
}

func (p *testProxy) ask(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, what)
}

// all returns what the proxy was asked for.
func (p *testProxy) all() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

// ServeHTTP forwards plain requests, and opens tunnels.
func (p *testProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	basic := &http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
	if user, password, _ := basic.BasicAuth(); p.password != "" && (user != "me" || password != p.password) {
		http.Error(w, "who are you?", http.StatusProxyAuthRequired)
		return
	}
	if r.Method != http.MethodConnect {
		p.ask(r.Method + " " + r.URL.String())
		forward := &httputil.ReverseProxy{Rewrite: func(out *httputil.ProxyRequest) { out.Out.URL.Host = p.to }}
		forward.ServeHTTP(w, r)
		return
	}
	p.ask("CONNECT " + r.Host + " by " + r.UserAgent())
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	p.relay(client, buffered)
}

// relay carries bytes between a client and the server until one of them ends.
func (p *testProxy) relay(client net.Conn, from io.Reader) {
	defer client.Close()
	server, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	defer server.Close()
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(server, from); server.Close() })
	both.Go(func() { _, _ = io.Copy(client, server); client.Close() })
	both.Wait()
}

// serveSOCKS answers the connections of a listener as a SOCKS5 proxy (RFC 1928, 1929) until it
// is closed.
func (p *testProxy) serveSOCKS(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			if name, err := p.greet(conn); err == nil {
				p.ask("SOCKS " + name)
				p.relay(conn, conn)
			}
		}()
	}
}

// greet reads what a client of SOCKS5 asks for.
func (p *testProxy) greet(conn net.Conn) (string, error) {
	r := bufio.NewReader(conn)
	if _, err := r.Peek(1); err != nil {
		return "", err // the client only tries whether the proxy is there
	}
	field := func(n int) []byte {
		b := make([]byte, n)
		_, _ = io.ReadFull(r, b)
		return b
	}
	counted := func() string { return string(field(int(field(1)[0]))) }
	field(1)
	methods := counted()
	if p.password == "" {
		_, _ = conn.Write([]byte{5, 0})
	} else {
		if !strings.Contains(methods, "\x02") {
			_, _ = conn.Write([]byte{5, 0xff})
			return "", io.EOF
		}
		_, _ = conn.Write([]byte{5, 2})
		field(1)
		user, password := counted(), counted()
		if user != "me" || password != p.password {
			_, _ = conn.Write([]byte{1, 1})
			return "", io.EOF
		}
		_, _ = conn.Write([]byte{1, 0})
	}
	field(3)
	var host string
	if kind := field(1)[0]; kind == 3 {
		host = counted()
	} else {
		host = net.IP(field(map[byte]int{1: 4, 4: 16}[kind])).String()
	}
	port := binary.BigEndian.Uint16(field(2))
	_, err := conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	return fmt.Sprintf("%s:%d", host, port), err
}

// start starts the proxy and returns its URL without user and, for https, the file of its CA.
func (p *testProxy) start(t *testing.T, scheme string) (address, ca string) {
	t.Helper()
	if scheme == "socks5" {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		go p.serveSOCKS(listener)
		return "socks5://" + listener.Addr().String(), ""
	}
	server := httptest.NewUnstartedServer(p)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)
	if scheme == "http" {
		server.Start()
		return server.URL, ""
	}
	server.StartTLS()
	return server.URL, writePEM(t, "CERTIFICATE", server.Certificate().Raw)
}

// Every protocol goes through every kind of proxy, with credentials and without. The name is
// the proxy's to look up.
func TestProxies(t *testing.T) {
	secure, ca := securely(t)
	plain, _ := listen(t, "plain", speaks)
	h2c, _ := listen(t, "h2c", speaks)
	for _, c := range []struct{ protocol, server, to, want, forward, tunnel string }{
		{"http/1.1", "http://example.com:8080/x", plain, "HTTP/1.1 example.com:8080", "POST http://example.com:8080/x", "example.com:8080"},
		{"http/1.1", "https://example.com/x", secure, "HTTP/1.1 example.com", "", "example.com:443"},
		{"http/2", "https://example.com:8443/x", secure, "HTTP/2.0 example.com:8443", "", "example.com:8443"},
		{"h2c", "http://example.com/x", h2c, "HTTP/2.0 example.com", "", "example.com:80"},
	} {
		for _, scheme := range []string{"http", "https", "socks5"} {
			for _, password := range []string{"", "p@ss:w/ord é"} {
				p := &testProxy{to: strings.TrimPrefix(c.to, "http://"), password: password}
				address, proxyCA := p.start(t, scheme)
				cfg := network(c.protocol, "")
				cfg.Resolve, cfg.TLS.CA, cfg.Proxy = nil, ca, target.Text(address)
				if proxyCA != "" {
					cfg.TLS.CA = proxyCA // httptest's servers have the same
				}
				if password != "" {
					t.Setenv("TEST_PROXY_PASSWORD", password)
					cfg.Proxy = target.Text(strings.Replace(address, "//", "//me:${env:TEST_PROXY_PASSWORD}@", 1))
				}
				want := "CONNECT " + c.tunnel + " by test/1"
				if scheme == "socks5" {
					want = "SOCKS " + c.tunnel
				} else if c.forward != "" {
					want = c.forward
				}
				body, pool, err := get(t, cfg, named(), c.server)
				if err != nil || !strings.HasPrefix(body, c.want+" ") {
					t.Errorf("%s %s through %s (password %q): %q (%v)", c.protocol, c.server, scheme, password, body, err)
				}
				if !slices.Equal(p.all(), []string{want}) {
					t.Errorf("%s %s through %s: it was asked for %q, want %q", c.protocol, c.server, scheme, p.all(), want)
				}
				if server, _ := url.Parse(c.server); pool == nil || pool.Reach(t.Context(), server) != nil || len(pool.Reached()) != 1 {
					t.Errorf("%s %s through %s: the proxy is not reached", c.protocol, c.server, scheme)
				}
			}
		}
	}
}

func TestProxiesThatRefuse(t *testing.T) {
	for _, scheme := range []string{"http", "socks5"} {
		p := &testProxy{to: "127.0.0.1:1", password: "sesame-4711"}
		address, _ := p.start(t, scheme)
		for _, user := range []string{"", "me:wrong-4711@"} {
			cfg := network("http/1.1", "")
			cfg.Resolve, cfg.Proxy = nil, target.Text(strings.Replace(address, "//", "//"+user, 1))
			_, _, err := get(t, cfg, named(), "https://example.com")
			if err == nil || !strings.Contains(err.Error(), "the proxy "+scheme+"://") || strings.Contains(err.Error(), "4711") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s %q: error %v", scheme, user, err)
			}
			if want := "CONNECT example.com:443: it answered 407 Proxy Authentication Required: expected a user and password in client.proxy"; scheme == "http" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("error %v, want %s", err, want)
			}
		}
	}
}

// The environment counts only where client.proxy says so, and never for loopback.
func TestProxyOfTheEnvironment(t *testing.T) {
	plain, _ := listen(t, "plain", speaks)
	p := &testProxy{to: strings.TrimPrefix(plain, "http://")}
	address, _ := p.start(t, "http")
	t.Setenv("http_proxy", address)
	t.Setenv("HTTP_PROXY", address)
	t.Setenv("NO_PROXY", "api.example.test")
	t.Setenv("no_proxy", "api.example.test")
	for _, c := range []struct {
		proxy, server string
		proxied       bool
	}{
		{"env", "http://example.com/x", true},
		{"env", "http://api.example.test/x", false},
		{"env", plain, false},
		{"none", "http://example.com/x", false},
		{"", "http://example.com/x", false},
	} {
		before := len(p.all())
		cfg := network("http/1.1", p.to)
		cfg.Proxy = target.Text(c.proxy)
		if _, _, err := get(t, cfg, named(), c.server); err != nil {
			t.Errorf("%q %s: %v", c.proxy, c.server, err)
		}
		if (len(p.all()) > before) != c.proxied {
			t.Errorf("%q %s: proxied is %v", c.proxy, c.server, !c.proxied)
		}
	}
}

// A request of a load, unlike one that is sent by itself, is built before it is due: it goes the same way.
func TestRequestsOfALoadAreForwarded(t *testing.T) {
	plain, _ := listen(t, "plain", speaks)
	for _, transport := range []string{"lean", "standard"} {
		p := &testProxy{to: strings.TrimPrefix(plain, "http://")}
		address, _ := p.start(t, "http")
		c := newClient(t, plain, func(o *Options) { o.Client.Transport, o.Client.Proxy = transport, target.Text(address) })
		for range 2 {
			if x := c.Do(t.Context(), Request{Prompts: []string{"hi"}}); x.Outcome.Class != target.Success {
				t.Errorf("%s: %+v", transport, x.Outcome)
			}
		}
		if want := "POST " + plain; len(p.all()) != 2 || !strings.HasPrefix(p.all()[0], want) || !strings.HasPrefix(p.all()[1], want) {
			t.Errorf("%s: the proxy was asked for %q, want %s twice", transport, p.all(), want)
		}
		if got := c.Connections.Traffic().Connections; got != 1 {
			t.Errorf("%s: %d connections, want 1", transport, got)
		}
		c.Connections.Rest()
		c.Connections.Resume(t.Context())
		if x := c.Do(t.Context(), Request{Prompts: []string{"hi"}}); x.Outcome.Class != target.Success || c.Connections.Traffic().Connections != 2 {
			t.Errorf("%s after a rest: %+v, %d connections; want 2", transport, x.Outcome, c.Connections.Traffic().Connections)
		}
	}
}
