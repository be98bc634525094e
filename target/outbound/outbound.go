// Package outbound opens the connections of the program, all of which go to loopback.
// No name but localhost is looked up, and that one in the hosts file only, so that not
// even a DNS query leaves the machine.
package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
)

// localhost is the only name that is looked up.
const localhost = "localhost"

// Dialer opens TCP connections to loopback. It checks each address after the look-up,
// immediately before it connects, so that no URL, name or hosts file can direct a
// connection elsewhere. The zero value is ready; a Dialer is safe for concurrent use.
type Dialer struct {
	// Lookup returns the addresses of localhost; nil reads the hosts file.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// Connect opens a connection to an IP address and port; nil means net.Dialer's.
	Connect func(ctx context.Context, network, address string) (net.Conn, error)
}

// CheckHost reports whether host may be connected to: it is localhost or an IP address
// on loopback. It looks nothing up; where localhost leads is checked by Resolve.
func CheckHost(host string) error {
	if host == localhost {
		return nil
	}
	if address, err := netip.ParseAddr(host); err == nil && isLoopback(address) {
		return nil
	}
	return fmt.Errorf("host %s is not loopback: expected a loopback host, because --allow-host is not built yet", host)
}

// isLoopback reports whether address is on loopback. An address with a zone is not.
func isLoopback(address netip.Addr) bool { return address.IsLoopback() && address.Zone() == "" }

// Resolve returns the addresses of host, at least one and all on loopback. A host that
// is neither localhost nor a loopback address is an error, without a look-up; so is a
// localhost that the hosts file maps to any other address.
func (d Dialer) Resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if err := CheckHost(host); err != nil {
		return nil, err
	}
	if host != localhost {
		return []netip.Addr{netip.MustParseAddr(host)}, nil // CheckHost has parsed it
	}
	lookup := d.Lookup
	if lookup == nil {
		lookup = lookupInHostsFile
	}
	found, err := lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, address := range found {
		if !isLoopback(address) {
			return nil, fmt.Errorf("host localhost is %s on this machine: expected a loopback address, such as 127.0.0.1", address)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("host localhost has no address on this machine")
	}
	return found, nil
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

// DialContext connects to address, host:port, and tries the host's addresses in turn.
// A host that Resolve refuses is an error, and nothing is sent.
func (d Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addresses, err := d.Resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	connect := d.Connect
	if connect == nil {
		connect = new(net.Dialer).DialContext
	}
	var failed error
	for _, ip := range slices.Compact(addresses) {
		conn, err := connect(ctx, network, net.JoinHostPort(ip.Unmap().String(), port))
		if err == nil {
			return conn, nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

// NewClient returns an HTTP client whose connections d opens. It uses no proxy, whatever
// the environment says, and follows no redirect: a 3xx is an answer like any other.
func NewClient(d Dialer) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DialContext: d.DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
