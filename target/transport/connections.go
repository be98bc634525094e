// Package transport sends requests: connections of one protocol, slots that limit
// the requests in flight, and retries with every attempt recorded.
package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"time"

	"weighbridge/target"
	"weighbridge/target/outbound"
)

// Connections is the connection pool of one arm. It uses one protocol, shares
// nothing with other arms, and counts dials, handshakes and bytes.
type Connections struct {
	transport *http.Transport
	http2     *http2Pool // nil leaves HTTP/2 streams to net/http
	protocol  string
	alpn      string // offered in the TLS handshake
	tls       *tls.Config
	connect   func(ctx context.Context, network, address string) (net.Conn, error)
	traffic   trafficCounter
}

// NewConnections returns an empty pool that uses only c.Protocol and trusts only
// roots; nil means the system's roots. The dialer opens its connections.
func NewConnections(c target.Client, roots *x509.CertPool, dialer outbound.Dialer) (*Connections, error) {
	pool := &Connections{
		tls:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		connect: dialer.DialContext,
	}
	protocols, err := pool.setProtocol(c.Protocol)
	if err != nil {
		return nil, err
	}
	pool.transport = &http.Transport{
		DialContext:         pool.dialPlain,
		DialTLSContext:      pool.dialTLS,
		Protocols:           protocols,
		MaxConnsPerHost:     c.Connections,
		MaxIdleConnsPerHost: max(c.InFlight, c.Connections),
		DisableKeepAlives:   !c.Keepalive,
		DisableCompression:  true,
	}
	if c.Streams > 0 && pool.protocol == "HTTP/2.0" {
		pool.http2 = newHTTP2Pool(pool.transport.NewClientConn, c.Connections, c.Streams)
	}
	return pool, nil
}

// setProtocol sets the protocol of the pool and returns it for net/http. HTTP/2 over
// TLS is negotiated by dialTLS, so net/http is told that its connections are
// unencrypted HTTP/2: if it did TLS itself, bytes above TLS could not be counted.
func (c *Connections) setProtocol(protocol string) (*http.Protocols, error) {
	var p http.Protocols
	switch protocol {
	case "http/1.1":
		p.SetHTTP1(true)
		c.protocol, c.alpn = "HTTP/1.1", "http/1.1"
	case "http/2", "h2c":
		p.SetUnencryptedHTTP2(true)
		c.protocol, c.alpn = "HTTP/2.0", "h2"
	default:
		return nil, fmt.Errorf("client.protocol: expected http/1.1, http/2 or h2c, found %q", protocol)
	}
	c.tls.NextProtos = []string{c.alpn}
	return &p, nil
}

// Protocol is the protocol that every response must use, such as HTTP/1.1.
func (c *Connections) Protocol() string { return c.protocol }

// Traffic returns what the connections have carried so far.
func (c *Connections) Traffic() Traffic { return c.traffic.snapshot() }

// RoundTrip sends one request and returns the response, its body unread.
func (c *Connections) RoundTrip(req *http.Request) (*http.Response, error) {
	if c.http2 != nil {
		return c.http2.RoundTrip(req)
	}
	return c.transport.RoundTrip(req)
}

// Close closes idle connections.
func (c *Connections) Close() {
	if c.http2 != nil {
		c.http2.close()
	}
	c.transport.CloseIdleConnections()
}

// dialPlain opens a connection without TLS.
func (c *Connections) dialPlain(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return c.countPlain(conn, nil), nil
}

// dialTLS opens a TLS connection that negotiates the protocol of the pool.
func (c *Connections) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := c.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	cfg := c.tls.Clone()
	if cfg.ServerName, _, err = net.SplitHostPort(address); err != nil {
		return nil, err
	}
	secure := tls.Client(conn, cfg)
	began := time.Now()
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close() // the handshake's error says more
		return nil, err
	}
	c.traffic.tls.add(time.Since(began))
	if got := secure.ConnectionState().NegotiatedProtocol; c.alpn == "h2" && got != "h2" {
		_ = secure.Close()
		return nil, fmt.Errorf("the server does not support HTTP/2: it negotiated %q", got)
	}
	return c.countPlain(secure, secure), nil
}
