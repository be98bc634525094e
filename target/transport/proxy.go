package transport

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/proxy"

	"weighbridge/target"
)

// proxyOf returns the proxy for a server; nil for none. It refuses a server that no
// connection may be opened to: behind a proxy, the dialer would not see it.
func (c *Connections) proxyOf(scheme, address string) (*url.URL, error) {
	server := &url.URL{Scheme: scheme, Host: address}
	through, err := c.client.ProxyOf(server, c.environment)
	if err != nil {
		return nil, fmt.Errorf("client.proxy: %w", err)
	}
	if through == nil {
		return nil, nil
	}
	return through, c.dialer.Allowed.CheckURL(server)
}

// forwardProxy is the proxy that a plain request is sent to in the absolute form (RFC 9112
// §3.2.2), which net/http does; nil for none. Everything else goes through a tunnel.
func (c *Connections) forwardProxy(req *http.Request) (*url.URL, error) {
	if req.URL.Scheme != "http" {
		return nil, nil
	}
	through, err := c.proxyOf("http", hostPort(req))
	if err != nil || through == nil || through.Scheme == "socks5" {
		return nil, err
	}
	c.forwards.Store(proxyAddress(through), through)
	plain := *through
	plain.Scheme = "http" // openProxy does the TLS, so that its bytes can be counted
	plain.Host = proxyAddress(through)
	return &plain, nil
}

// forwarded reports whether net/http sends the request, because a proxy forwards it or because
// it may not be sent: then its error says why.
func (c *Connections) forwarded(req *http.Request) bool {
	if c.client.Proxy == "" || c.client.Proxy == target.ProxyNone {
		return false
	}
	through, err := c.forwardProxy(req)
	return through != nil || err != nil
}

// proxyAddress is the host and port of a proxy.
func proxyAddress(through *url.URL) string {
	port := through.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080"}[through.Scheme]
	}
	return net.JoinHostPort(through.Hostname(), port)
}

// open opens a connection to a server, by way of its proxy if it has one. TLS is left to the
// caller.
func (c *Connections) open(ctx context.Context, scheme, address string) (net.Conn, error) {
	through, err := c.proxyOf(scheme, address)
	switch {
	case err != nil:
		return nil, err
	case through == nil:
		return c.dial(ctx, "tcp", address)
	case through.Scheme == "socks5":
		return c.openSOCKS(ctx, through, address)
	}
	conn, err := c.openProxy(ctx, through)
	if err != nil {
		return nil, err
	}
	tunnel, err := askForTunnel(ctx, conn, through, address, c.client.UserAgent)
	if err != nil {
		_ = conn.Close() // the error says more
		return nil, err
	}
	return tunnel, nil
}

// openProxy opens a connection to an http or https proxy.
func (c *Connections) openProxy(ctx context.Context, through *url.URL) (net.Conn, error) {
	conn, err := c.dial(ctx, "tcp", proxyAddress(through))
	if err != nil {
		return nil, fmt.Errorf("the proxy %s: %w", target.MaskedURL(through), err)
	}
	if through.Scheme == "http" {
		return conn, nil
	}
	cfg := c.proxyTLS.Clone()
	cfg.ServerName, cfg.NextProtos = through.Hostname(), []string{"http/1.1"}
	secure := tls.Client(conn, cfg)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close() // the handshake's error says more
		return nil, fmt.Errorf("the proxy %s: %w", target.MaskedURL(through), explainTLS(err, cfg.NextProtos[0]))
	}
	return secure, nil
}

// dialFunc is a dialer for package proxy.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

func (d dialFunc) Dial(network, address string) (net.Conn, error) {
	return d(context.Background(), network, address)
}

func (d dialFunc) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d(ctx, network, address)
}

// openSOCKS opens a connection through a SOCKS5 proxy, which looks up the name.
func (c *Connections) openSOCKS(ctx context.Context, through *url.URL, address string) (net.Conn, error) {
	var auth *proxy.Auth
	if through.User != nil {
		password, _ := through.User.Password()
		auth = &proxy.Auth{User: through.User.Username(), Password: password}
	}
	socks, err := proxy.SOCKS5("tcp", proxyAddress(through), auth, dialFunc(c.dial))
	if err != nil {
		return nil, fmt.Errorf("the proxy %s: %w", target.MaskedURL(through), err)
	}
	conn, err := socks.(proxy.ContextDialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("the proxy %s: %w", target.MaskedURL(through), err)
	}
	return conn, nil
}

// askForTunnel asks an http proxy for a tunnel to address (RFC 9110 §9.3.6) and returns it.
func askForTunnel(ctx context.Context, conn net.Conn, through *url.URL, address, userAgent string) (net.Conn, error) {
	ended := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // a conn that cannot is closed
	defer ended()
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{"User-Agent": {userAgent}}}
	if through.User != nil {
		password, _ := through.User.Password()
		basic := &http.Request{Header: http.Header{}}
		basic.SetBasicAuth(through.User.Username(), password)
		req.Header["Proxy-Authorization"] = basic.Header["Authorization"]
	}
	fail := func(err error) error {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return fmt.Errorf("the proxy %s: CONNECT %s: %w", target.MaskedURL(through), address, err)
	}
	if err := req.Write(conn); err != nil {
		return nil, fail(err)
	}
	reader := bufio.NewReader(io.LimitReader(conn, maxHeaderBytes))
	resp, err := http.ReadResponse(reader, req)
	if err != nil {
		return nil, fail(err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fail(refusal(resp.Status, resp.StatusCode))
	}
	if !ended() {
		return nil, fail(ctx.Err())
	}
	early, err := reader.Peek(reader.Buffered()) // what the server sent at once
	if err != nil || len(early) == 0 {
		return conn, err
	}
	return &earlyConn{conn, io.MultiReader(bytes.NewReader(early), conn)}, nil
}

func refusal(status string, code int) error {
	if code == http.StatusProxyAuthRequired {
		return fmt.Errorf("it answered %s: expected a user and password in client.proxy", status)
	}
	return fmt.Errorf("it answered %s: expected 200", status)
}

// earlyConn is a connection of which something was read already.
type earlyConn struct {
	net.Conn
	reader io.Reader
}

func (c *earlyConn) Read(p []byte) (int, error) { return c.reader.Read(p) }

// NetConn lets others look at the socket.
func (c *earlyConn) NetConn() net.Conn { return c.Conn }
