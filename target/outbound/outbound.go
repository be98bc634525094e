// Package outbound opens the connections of the program: to loopback, and to the hosts that
// the command line allows. No other name is looked up, and localhost in the hosts file only,
// so that not even a DNS query leaves the machine unasked.
package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"
)

// Dialer opens TCP connections to loopback and to allowed hosts. It checks each address
// after the lookup, immediately before it connects, so that no URL, name or hosts file can
// direct a connection elsewhere. The zero value connects to loopback alone; a Dialer is safe
// for concurrent use.
type Dialer struct {
	// Allowed is the hosts off loopback that it connects to.
	Allowed Allowed
	// Socket is the path of a unix socket, to which connections to localhost:80 go; "" for none.
	Socket string
	// Lookup returns the addresses of a name; nil reads the hosts file for localhost, and asks
	// the system for any other.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// Connect opens a connection to an IP address and port; nil means net.Dialer's.
	Connect func(ctx context.Context, network, address string) (net.Conn, error)

	// mapped and spread are set by For.
	mapped []Mapped
	spread *atomic.Uint64
}

// socketAddress is the address whose connections go to the socket of a Dialer.
const socketAddress = localhost + ":80"

// Resolve returns the addresses of host, at least one, as a lookup gives them. A host that is neither on loopback nor
// allowed on the port is an error, without a lookup; so is a localhost that the hosts file
// maps to an address off loopback. An allowed name may have any addresses of hosts.
func (d Dialer) Resolve(ctx context.Context, host, port string) ([]netip.Addr, error) {
	name, err := d.Allowed.check(host, port)
	if err != nil {
		return nil, err
	}
	if address, err := netip.ParseAddr(name); err == nil {
		return []netip.Addr{address}, nil
	}
	found, err := d.lookup(ctx, name)
	if err != nil {
		return nil, err
	}
	for i, address := range found {
		if err := checkAddress(address); err != nil && name != localhost {
			return nil, fmt.Errorf("host %s is %s, which %w", name, address, err)
		}
		if name == localhost && (!address.IsLoopback() || address.Zone() != "") {
			return nil, fmt.Errorf("host localhost is %s on this machine: expected a loopback address, such as 127.0.0.1", address)
		}
		found[i] = address.Unmap()
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("host %s has no address", name)
	}
	return slices.Compact(found), nil
}

func (d Dialer) lookup(ctx context.Context, name string) ([]netip.Addr, error) {
	switch {
	case d.Lookup != nil:
		return d.Lookup(ctx, name)
	case name == localhost:
		return lookupInHostsFile(ctx, name)
	}
	return new(net.Resolver).LookupNetIP(ctx, "ip", name)
}

// lookupInHostsFile returns the addresses of host in the hosts file. For a host that is
// not in it, it returns the loopback addresses, as RFC 6761 §6.3 requires of localhost.
func lookupInHostsFile(ctx context.Context, host string) ([]netip.Addr, error) {
	files := net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("names are not looked up in DNS")
	}}
	found, err := files.LookupNetIP(ctx, "ip", host)
	if err == nil {
		return found, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil
}

// DialContext connects to address, host:port. It tries the host's addresses in turn, each
// for its share of the time that is left. A host that Resolve refuses is an error, and
// nothing is sent.
func (d Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d.dial(ctx, network, address)
}

// dial is DialContext. It and what it calls get no copies of d: stacks would have to grow for them.
func (d *Dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if d.Socket != "" && address == socketAddress {
		return d.connect(ctx, "unix", d.Socket)
	}
	addresses, port, err := d.addresses(ctx, host, port)
	if err != nil {
		return nil, err
	}
	var failed error
	for i, ip := range addresses {
		conn, err := d.try(ctx, network, net.JoinHostPort(ip.String(), port), len(addresses)-i)
		if err == nil {
			return conn, nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

// shortestTry is the least time that one of several addresses is tried for, if there is as much.
const shortestTry = 2 * time.Second

// try connects to an IP address and port, where left addresses are left to try.
func (d *Dialer) try(ctx context.Context, network, address string, left int) (net.Conn, error) {
	if deadline, ok := ctx.Deadline(); ok && left > 1 {
		share := max(time.Until(deadline)/time.Duration(left), shortestTry)
		limited, cancel := context.WithTimeout(ctx, share)
		defer cancel()
		ctx = limited
	}
	return d.connect(ctx, network, address)
}

func (d *Dialer) connect(ctx context.Context, network, address string) (net.Conn, error) {
	if d.Connect != nil {
		return d.Connect(ctx, network, address)
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// addresses returns where to connect to for a host and port: what takes the place of the
// lookup, or else what that gives.
func (d *Dialer) addresses(ctx context.Context, host, port string) ([]netip.Addr, string, error) {
	name, err := d.Allowed.check(host, port)
	if err != nil {
		return nil, "", err
	}
	if address, newPort, ok, err := d.mappedTo(name, port); ok {
		return []netip.Addr{address}, newPort, err
	}
	found, err := d.Resolve(ctx, name, port)
	return d.inTurn(found), port, err
}

// Given reports whether a connection to a host and port needs no lookup, because a socket or an
// address takes its place.
func (d Dialer) Given(host, port string) bool {
	if d.Socket != "" && net.JoinHostPort(host, port) == socketAddress {
		return true
	}
	name, err := d.Allowed.check(host, port)
	if err != nil {
		return false
	}
	_, _, given, err := d.mappedTo(name, port)
	return given && err == nil
}

// NewClient returns an HTTP client whose connections d opens. It uses no proxy, whatever
// the environment says, and follows no redirect: a 3xx is an answer like any other.
func NewClient(d Dialer) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DialContext: d.DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
