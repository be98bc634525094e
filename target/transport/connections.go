// Package transport sends requests: connections of one protocol, slots that limit
// the requests in flight, and retries with every attempt recorded.
package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/http/httpproxy"

	"weighbridge/target"
	"weighbridge/target/outbound"
	"weighbridge/target/transport/h2"
	"weighbridge/target/transport/lean"
)

// maxHeaderBytes is the longest response header accepted.
const maxHeaderBytes = 1 << 20

// The protocols of responses.
const (
	protocolHTTP1 = "HTTP/1.1"
	protocolHTTP2 = "HTTP/2.0"
)

// Connections is the connection pool of one arm. It uses one protocol, shares
// nothing with other arms, and counts dials, handshakes and bytes.
type Connections struct {
	transport *http.Transport
	http2     *http2Pools // nil for HTTP/1
	streams   bool        // the connections of http2 are those of package h2
	lean      *lean.Pool  // nil for HTTP/2, and with client.transport standard
	plain     plainPool   // the HTTP/1.1 connections of transport
	protocol  string
	alpn      string // offered in the TLS handshake
	// tls is for the servers, proxyTLS for https proxies.
	tls, proxyTLS *tls.Config
	client        target.Client
	// environment has the proxies that environment variables set.
	environment *httpproxy.Config
	// forwards holds the proxies that net/http sends plain requests to, by address.
	forwards sync.Map
	dialer   outbound.Dialer
	// reached counts the connections by the address that they were opened to.
	reached addressCounter
	// connectTimeout limits the time to open a connection, TLS handshake included.
	connectTimeout time.Duration
	traffic        trafficCounter
}

// NewConnections returns an empty pool that uses only c.Protocol and trusts only
// roots; nil means the system's roots. The dialer opens its connections.
func NewConnections(c target.Client, roots *x509.CertPool, dialer outbound.Dialer) (*Connections, error) {
	secure, err := tlsConfig(c.TLS, roots)
	if err != nil {
		return nil, err
	}
	secureProxy, err := tlsConfig(c.TLS, nil)
	if err != nil {
		return nil, err
	}
	if dialer, err = dialer.For(c.Resolve, c.DNS); err != nil {
		return nil, fmt.Errorf("client.resolve: %w", err)
	}
	pool := &Connections{
		tls: secure, proxyTLS: secureProxy, client: c, environment: httpproxy.FromEnvironment(), dialer: dialer,
		connectTimeout: cmp.Or(c.ConnectTimeout, target.DefaultConnectTimeout),
	}
	protocols, err := pool.setProtocol(c.Protocol)
	if err != nil {
		return nil, err
	}
	pool.transport = pool.newTransport(protocols)
	own := c.Transport != "standard" // not net/http's
	switch {
	case pool.protocol == protocolHTTP2:
		pool.streams = own
		pool.http2 = pool.newHTTP2Pools()
	case own:
		pool.lean = lean.New(lean.Options{
			Dial: pool.dialPlain, DialTLS: pool.dialTLS,
			MaxConnections: mostConnections(c), NoKeepalive: !c.Keepalive,
			IdleTimeout: pool.transport.IdleConnTimeout, MaxHeaderBytes: maxHeaderBytes, MaxReplays: maxReplays,
		})
	}
	return pool, nil
}

// newTransport returns net/http's transport, with the connections of c.
func (c *Connections) newTransport(protocols *http.Protocols) *http.Transport {
	t := &http.Transport{
		DialContext:            c.plain.dialer("http", c.dialPlain),
		DialTLSContext:         c.plain.dialer("https", c.dialTLS),
		Protocols:              protocols,
		MaxConnsPerHost:        c.client.Connections,
		MaxIdleConnsPerHost:    max(c.client.InFlight, c.client.Connections),
		DisableKeepAlives:      !c.client.Keepalive,
		DisableCompression:     true,
		IdleConnTimeout:        cmp.Or(c.client.IdleTimeout, target.DefaultIdleTimeout),
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
	if c.protocol == protocolHTTP1 {
		t.Proxy = c.forwardProxy
	}
	return t
}

// setProtocol sets the protocol of the pool and returns it for net/http. HTTP/2 over
// TLS is negotiated by dialTLS, so net/http is told that its connections are
// unencrypted HTTP/2: if it did TLS itself, bytes above TLS could not be counted.
func (c *Connections) setProtocol(protocol string) (*http.Protocols, error) {
	var p http.Protocols
	switch protocol {
	case "http/1.1":
		p.SetHTTP1(true)
		c.protocol, c.alpn = protocolHTTP1, "http/1.1"
	case "http/2", "h2c":
		p.SetUnencryptedHTTP2(true)
		c.protocol, c.alpn = protocolHTTP2, "h2"
	default:
		return nil, fmt.Errorf("client.protocol: expected http/1.1, http/2 or h2c, found %q", protocol)
	}
	c.tls.NextProtos = []string{c.alpn}
	return &p, nil
}

// Protocol is the protocol that every response must use: HTTP/1.1 or HTTP/2.0.
func (c *Connections) Protocol() string { return c.protocol }

// Speaks reports whether a response's protocol is the one configured. An HTTP/1.1 client
// accepts the answers of HTTP/1.0 servers (RFC 9110 §2.5).
func (c *Connections) Speaks(protocol string) bool {
	return protocol == c.protocol || protocol == "HTTP/1.0" && c.protocol == protocolHTTP1
}

// Traffic returns what the connections have carried so far.
func (c *Connections) Traffic() Traffic { return c.traffic.snapshot() }

// Reached returns how many connections were opened to each address: an IP address and port, or
// the path of a unix socket. Behind a proxy, that is the proxy's.
func (c *Connections) Reached() map[string]uint64 { return c.reached.snapshot() }

// RoundTrip sends one request, with client.user_agent unless it has a User-Agent, and returns the response,
// its body unread.
func (c *Connections) RoundTrip(req *http.Request) (*http.Response, error) {
	if _, given := req.Header["User-Agent"]; !given && c.client.UserAgent != "" {
		named := *req
		named.Header = req.Header.Clone()
		named.Header.Set("User-Agent", c.client.UserAgent)
		req = &named
	}
	trace := &attemptTrace{}
	trace.start(&inFlight{})
	defer trace.leave()
	resp, _, err := c.roundTrip(req, trace)
	return resp, err
}

// roundTrip is RoundTrip with a trace, and counts how often the request was sent again.
func (c *Connections) roundTrip(req *http.Request, trace *attemptTrace) (resp *http.Response, replays int, err error) {
	switch {
	case c.lean != nil && !c.forwarded(req):
		resp, err = c.lean.RoundTrip(req, trace)
		return resp, trace.replays(req), err
	case c.streams:
		m, err := h2.NewMessage(req)
		if err != nil {
			return nil, 0, err
		}
		return c.sendStreams(req.Context(), req, m, trace)
	case c.http2 != nil:
		return c.http2.of(req).roundTrip(req.WithContext(trace.hooks(req.Context())), trace.MayRepeat)
	}
	resp, err = c.transport.RoundTrip(req.WithContext(trace.hooks(req.Context())))
	if err == nil && resp.StatusCode == http.StatusSwitchingProtocols {
		// Its body is the connection itself, which no context ends.
		_ = resp.Body.Close() // the connection is of no use either way
		return nil, trace.replays(req), errSwitched
	}
	return resp, trace.replays(req), err
}

// sendStreams sends a message of package h2 to the server of req.
func (c *Connections) sendStreams(ctx context.Context, req *http.Request, m *h2.Message, trace *attemptTrace) (*http.Response, int, error) {
	return c.http2.of(req).send(ctx, req.URL.Scheme, hostPort(req), trace.MayRepeat, func(p *pooledConn) (*http.Response, error) {
		return p.conn.(*h2.Conn).Send(ctx, m, trace)
	})
}

// mostConnections returns how many connections an arm may have: each request in flight uses one. Without a limit there would
// be more, because a request takes the first that is free, and leaves the one that was being opened for it.
func mostConnections(c target.Client) int {
	if c.Connections == 0 || c.InFlight > 0 && c.InFlight < c.Connections {
		return c.InFlight
	}
	return c.Connections
}

// Close closes idle connections.
func (c *Connections) Close() {
	if c.http2 != nil {
		c.http2.close()
	}
	if c.lean != nil {
		c.lean.Close()
	}
	c.plain.close()
	c.transport.CloseIdleConnections()
}
