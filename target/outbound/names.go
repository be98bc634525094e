package outbound

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
)

// The ways to look names up.
const (
	Each   = "each"
	Once   = "once"
	Spread = "spread"
)

// For returns the dialer of one client: with addresses that take the place of lookups, and a
// way to look names up, Each, Once or Spread, of which "" is Each. mapped is by HOST or
// HOST:PORT, with values IP or IP:PORT.
func (d Dialer) For(mapped map[string]string, dns string) (Dialer, error) {
	var err error
	if d.mapped, err = ParseMapped(mapped); err != nil {
		return d, err
	}
	switch dns {
	case Once:
		d.Lookup = once(d.lookup)
	case Spread:
		d.spread = new(atomic.Uint64)
	}
	return d, nil
}

// Mapped is an address that takes the place of the lookup of a host: of its port, or of all
// where Port is "". Port 0 of To stands for the one asked for.
type Mapped struct {
	AllowedHost
	To netip.AddrPort
}

// port is the port to connect to, where asked is asked for.
func (m Mapped) port(asked string) string {
	if m.To.Port() == 0 {
		return asked
	}
	return strconv.Itoa(int(m.To.Port()))
}

// ParseMapped parses addresses by HOST or HOST:PORT, each as IP or IP:PORT. They come in the
// order of the hosts.
func ParseMapped(values map[string]string) ([]Mapped, error) {
	var all []Mapped
	for _, from := range slices.Sorted(maps.Keys(values)) {
		host, err := parseAllowed(from)
		if err != nil {
			return nil, fmt.Errorf("%.80q: %w", from, err)
		}
		to, err := netip.ParseAddrPort(values[from])
		if err != nil || to.Port() == 0 {
			var ip netip.Addr
			ip, err = netip.ParseAddr(values[from])
			to = netip.AddrPortFrom(ip, 0)
		}
		if err == nil {
			err = checkAddress(to.Addr())
		}
		if err != nil {
			return nil, fmt.Errorf("%s: expected an IP address of a host or IP:PORT, such as 127.0.0.1:8443, found %.80q", from, values[from])
		}
		all = append(all, Mapped{host, netip.AddrPortFrom(to.Addr().Unmap(), to.Port())})
	}
	return all, nil
}

// checkMapped reports why an address may not take the place of the lookup of a host: it is
// neither on loopback nor allowed, or it would lead localhost elsewhere.
func (a Allowed) checkMapped(host string, to netip.Addr, port string) error {
	if to.IsLoopback() {
		return nil
	}
	if Loopback(host) {
		return fmt.Errorf("host %s is on loopback: expected an address there in its place, found %s", host, to)
	}
	_, err := a.check(to.String(), port)
	return err
}

// mappedTo returns the address and port that take the place of the lookup of a host.
func (d Dialer) mappedTo(name, port string) (address netip.Addr, newPort string, ok bool, err error) {
	for _, exact := range []string{port, ""} {
		for _, m := range d.mapped {
			if m.Host != name || m.Port != exact {
				continue
			}
			return m.To.Addr(), m.port(port), true, d.Allowed.checkMapped(name, m.To.Addr(), m.port(port))
		}
	}
	return netip.Addr{}, port, false, nil
}

// once returns a lookup that asks once for each name, and again only after an error.
func once(lookup func(ctx context.Context, host string) ([]netip.Addr, error)) func(ctx context.Context, host string) ([]netip.Addr, error) {
	var mu sync.Mutex
	known := map[string][]netip.Addr{}
	return func(ctx context.Context, host string) ([]netip.Addr, error) {
		mu.Lock()
		defer mu.Unlock()
		if found, ok := known[host]; ok {
			return slices.Clone(found), nil
		}
		found, err := lookup(ctx, host)
		if err == nil {
			known[host] = slices.Clone(found)
		}
		return found, err
	}
}

// inTurn puts first the address whose turn it is, whatever order the lookup gave them in.
func (d Dialer) inTurn(found []netip.Addr) []netip.Addr {
	if d.spread == nil || len(found) < 2 {
		return found
	}
	found = slices.Compact(slices.SortedFunc(slices.Values(found), netip.Addr.Compare))
	first := int((d.spread.Add(1) - 1) % uint64(len(found)))
	return append(slices.Clone(found[first:]), found[:first]...)
}
