package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"weighbridge/target"
)

// The stages of opening a connection, in order.
const (
	StageLookup  = "look-up"
	StageConnect = "connect"
	StageTLS     = "tls"
)

// Opening is what opening one connection to a server showed.
type Opening struct {
	// Proxy is the URL of the proxy on the way, masked; "" for none. With a proxy, Addresses and Address
	// are the proxy's.
	Proxy string
	// Host is the name that was looked up, Addresses what was found, and Lookup how long that took.
	// Addresses is nil if nothing was looked up: for an IP address, a socket, or a name in client.resolve.
	Host      string
	Addresses []netip.Addr
	Lookup    time.Duration
	// Address is what the connection was opened to, and Connect how long that took, a tunnel
	// through a proxy included; "" if there is no connection.
	Address string
	Connect time.Duration
	// TLS is what was negotiated, and Handshake how long that took; nil without TLS. If Failed is
	// StageTLS, it is what the server showed to a client that verifies nothing, or nil.
	TLS       *tls.ConnectionState
	Handshake time.Duration
	// Failed is the stage that failed; "" if none did.
	Failed string
}

// Examine opens a connection to the server of a URL as a request would, and closes it. Nothing is
// sent but what opening it takes.
func (c *Connections) Examine(ctx context.Context, server *url.URL) (o Opening, err error) {
	ctx, cancel := c.connecting(ctx)
	defer cancel()
	defer func() { err = overdue(ctx, err) }()
	address := hostPort(&http.Request{URL: server})
	o.Failed = StageLookup
	if err := c.lookUp(ctx, server.Scheme, address, &o); err != nil {
		return o, err
	}
	o.Failed = StageConnect
	began := time.Now()
	conn, err := c.open(ctx, server.Scheme, address)
	if err != nil {
		return o, err
	}
	o.Connect, o.Address = time.Since(began), conn.RemoteAddr().String()
	o.Failed = ""
	if server.Scheme != "https" {
		return o, conn.Close()
	}
	host, _, err := net.SplitHostPort(address)
	if err == nil {
		err = c.shakeHands(ctx, conn, host, &o)
	}
	if err == nil {
		return o, nil
	}
	o.Failed = StageTLS
	if again, opened := c.open(ctx, server.Scheme, address); opened == nil {
		anything := c.tls.Clone()
		anything.InsecureSkipVerify, anything.Certificates = true, nil // ours is for a server that is trusted
		secure := tls.Client(again, expecting(anything, host))
		if secure.HandshakeContext(ctx) == nil {
			o.TLS = new(secure.ConnectionState())
		}
		_ = secure.Close() // nothing was sent
	}
	return o, err
}

// lookUp looks the host up that a connection goes to.
func (c *Connections) lookUp(ctx context.Context, scheme, address string, o *Opening) error {
	through, err := c.proxyOf(scheme, address)
	if err != nil {
		return err
	}
	if through != nil {
		address, o.Proxy = proxyAddress(through), target.MaskedURL(through)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if _, err := netip.ParseAddr(host); err == nil || c.dialer.Given(host, port) {
		return nil
	}
	began := time.Now()
	o.Host = host
	o.Addresses, err = c.dialer.Resolve(ctx, host, port)
	o.Lookup = time.Since(began)
	return err
}

// shakeHands does the TLS handshake of a connection, and closes it.
func (c *Connections) shakeHands(ctx context.Context, conn net.Conn, host string, o *Opening) error {
	secure := tls.Client(conn, expecting(c.tls.Clone(), host))
	began := time.Now()
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close() // the handshake's error says more
		return explainTLS(err, c.alpn)
	}
	o.Handshake, o.TLS = time.Since(began), new(secure.ConnectionState())
	return secure.Close()
}

// expecting sets the name that a certificate must have, unless one is set.
func expecting(cfg *tls.Config, host string) *tls.Config {
	cfg.ServerName = cmp.Or(cfg.ServerName, host)
	return cfg
}
