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
	"sync/atomic"
	"time"

	"weighbridge/target"
)

const (
	dialTimeout    = 10 * time.Second
	keepAliveProbe = 30 * time.Second
)

// Connections is the pool of one arm: one protocol, nothing shared with other
// arms, every dial and every byte under TLS counted.
type Connections struct {
	transport *http.Transport
	protocol  string
	dialer    net.Dialer
	opened    atomic.Uint64
	sent      atomic.Uint64
	received  atomic.Uint64
}

// NewConnections makes an empty pool that speaks only c.Protocol and trusts
// only roots; nil roots are the system's.
func NewConnections(c target.Client, roots *x509.CertPool) (*Connections, error) {
	protocols, spoken, err := protocolsFor(c.Protocol)
	if err != nil {
		return nil, err
	}
	pool := &Connections{protocol: spoken, dialer: net.Dialer{Timeout: dialTimeout, KeepAlive: keepAliveProbe}}
	pool.transport = &http.Transport{
		DialContext:         pool.dial,
		Protocols:           protocols,
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: dialTimeout,
		MaxConnsPerHost:     c.Connections,
		MaxIdleConnsPerHost: max(c.InFlight, c.Connections),
		DisableKeepAlives:   !c.Keepalive,
		DisableCompression:  true,
	}
	return pool, nil
}

// protocolsFor gives what a scenario's protocol switches on, and how a response names it.
func protocolsFor(protocol string) (*http.Protocols, string, error) {
	var p http.Protocols
	switch protocol {
	case "http/1.1":
		p.SetHTTP1(true)
		return &p, "HTTP/1.1", nil
	case "http/2":
		p.SetHTTP2(true)
		return &p, "HTTP/2.0", nil
	case "h2c":
		p.SetUnencryptedHTTP2(true)
		return &p, "HTTP/2.0", nil
	}
	return nil, "", fmt.Errorf("client.protocol: expected http/1.1, http/2 or h2c, found %q", protocol)
}

// Protocol is the one every response must speak, as in HTTP/1.1.
func (c *Connections) Protocol() string { return c.protocol }

// Opened is how many connections were made.
func (c *Connections) Opened() uint64 { return c.opened.Load() }

// Bytes is what went over the connections, TLS included.
func (c *Connections) Bytes() (sent, received uint64) { return c.sent.Load(), c.received.Load() }

// RoundTrip sends one request and gives the answer before its body is read.
func (c *Connections) RoundTrip(req *http.Request) (*http.Response, error) {
	return c.transport.RoundTrip(req)
}

// Close closes connections that are idle.
func (c *Connections) Close() { c.transport.CloseIdleConnections() }

func (c *Connections) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.opened.Add(1)
	return &countedConn{Conn: conn, pool: c}, nil
}

// countedConn adds its bytes to its pool's.
type countedConn struct {
	net.Conn
	pool *Connections
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.pool.received.Add(uint64(n))
	return n, err
}

func (c *countedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.pool.sent.Add(uint64(n))
	return n, err
}
