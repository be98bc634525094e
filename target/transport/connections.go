// Package transport carries requests: connections of one protocol, slots that
// bound what is in flight, and retries with every attempt accounted for.
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
)

// Connections is the pool of one arm: one protocol, nothing shared with other
// arms, every dial, handshake and byte counted.
type Connections struct {
	transport *http.Transport
	streams   *streamPool // nil leaves streams to net/http
	protocol  string
	alpn      string // asked for in TLS
	tls       *tls.Config
	connect   func(ctx context.Context, network, address string) (net.Conn, error)
	traffic   traffic
}

// NewConnections makes an empty pool that speaks only c.Protocol and trusts
// only roots; nil roots are the system's.
func NewConnections(c target.Client, roots *x509.CertPool) (*Connections, error) {
	pool := &Connections{
		tls:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		connect: new(net.Dialer).DialContext,
	}
	protocols, err := pool.speak(c.Protocol)
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
		pool.streams = newStreamPool(pool.transport.NewClientConn, c.Connections, c.Streams)
	}
	return pool, nil
}

// speak sets the one protocol of the pool. HTTP/2 over TLS is negotiated by
// dialTLS, which hands net/http a connection that is HTTP/2 already: with a
// *tls.Conn of net/http's own, what goes over it above TLS could not be seen.
func (c *Connections) speak(protocol string) (*http.Protocols, error) {
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

// Protocol is the one every response must speak, as in HTTP/1.1.
func (c *Connections) Protocol() string { return c.protocol }

// Traffic is what went over the connections so far.
func (c *Connections) Traffic() Traffic { return c.traffic.read() }

// RoundTrip sends one request and gives the answer before its body is read.
func (c *Connections) RoundTrip(req *http.Request) (*http.Response, error) {
	if c.streams != nil {
		return c.streams.RoundTrip(req)
	}
	return c.transport.RoundTrip(req)
}

// Close closes connections that are idle.
func (c *Connections) Close() {
	if c.streams != nil {
		c.streams.close()
	}
	c.transport.CloseIdleConnections()
}

// dialPlain opens a connection without TLS.
func (c *Connections) dialPlain(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return c.plain(conn, nil), nil
}

// dialTLS opens a connection and shakes hands for the one protocol of the pool.
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
		return nil, fmt.Errorf("the server does not speak HTTP/2: it negotiated %q", got)
	}
	return c.plain(secure, secure), nil
}
