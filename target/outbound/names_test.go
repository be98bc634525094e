package outbound

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
)

// answering is a dialer for which api.example.com has three addresses, and counts lookups and
// connections, which all succeed. The first failing lookups fail.
func answering(failing int) (d Dialer, lookups *int, to *[]string) {
	lookups, to = new(int), &[]string{}
	return Dialer{
		Allowed: Allowed{{Host: "api.example.com"}},
		Lookup: func(context.Context, string) ([]netip.Addr, error) {
			if *lookups++; *lookups <= failing {
				return nil, errors.New("no answer")
			}
			return []netip.Addr{netip.MustParseAddr("198.51.100.9"), netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("198.51.100.8")}, nil
		},
		Connect: func(_ context.Context, _, address string) (net.Conn, error) {
			*to = append(*to, address)
			conn, other := net.Pipe()
			return conn, other.Close()
		},
	}, lookups, to
}

func TestWaysToLookNamesUp(t *testing.T) {
	const same = "198.51.100.9:443 198.51.100.9:443 198.51.100.9:443 198.51.100.9:443"
	for _, c := range []struct {
		dns, want string
		lookups   int
	}{
		{"", same, 5},
		{Each, same, 5},
		{Once, same, 2},
		{Spread, "198.51.100.7:443 198.51.100.8:443 198.51.100.9:443 198.51.100.7:443", 5},
	} {
		d, lookups, to := answering(1) // which is tried again
		d, err := d.For(nil, c.dns)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			conn, err := d.DialContext(t.Context(), "tcp", "api.example.com:443")
			if (err != nil) != (i == 0) {
				t.Errorf("%q: connection %d: %v", c.dns, i, err)
			}
			if err == nil {
				conn.Close()
			}
		}
		if got := strings.Join(*to, " "); got != c.want || *lookups != c.lookups {
			t.Errorf("%q: connected to %s after %d lookups, want %s after %d", c.dns, got, *lookups, c.want, c.lookups)
		}
	}
}

// An address that takes the place of a lookup is on loopback or allowed, and leads localhost
// nowhere else.
func TestAddressesInPlaceOfLookups(t *testing.T) {
	for _, c := range []struct {
		mapped        map[string]string
		address, want string
	}{
		{map[string]string{"api.example.com": "127.0.0.1"}, "api.example.com:443", "127.0.0.1:443"},
		{map[string]string{"API.example.com": "127.0.0.1:8443"}, "api.example.com:443", "127.0.0.1:8443"},
		{map[string]string{"api.example.com:443": "[::1]:8443", "api.example.com": "127.0.0.1"}, "api.example.com:443", "[::1]:8443"},
		{map[string]string{"api.example.com:443": "::1", "api.example.com": "127.0.0.2"}, "api.example.com:80", "127.0.0.2:80"},
		{map[string]string{"api.example.com:8443": "127.0.0.1"}, "api.example.com:443", "198.51.100.9:443"},
		{map[string]string{"api.example.com": "::ffff:198.51.100.1"}, "api.example.com:443", "198.51.100.1:443"},
		{map[string]string{"api.example.com": "198.51.100.1:444"}, "api.example.com:443", "host 198.51.100.1 is not on loopback: expected --allow-host 198.51.100.1, or 198.51.100.1:444"},
		{map[string]string{"api.example.com": "198.51.100.2"}, "api.example.com:443", "host 198.51.100.2 is not on loopback"},
		{map[string]string{"localhost": "198.51.100.1"}, "localhost:443", "host localhost is on loopback: expected an address there in its place, found 198.51.100.1"},
		{map[string]string{"127.0.0.1": "198.51.100.1"}, "127.0.0.1:443", "host 127.0.0.1 is on loopback"},
		{map[string]string{"localhost:80": "127.0.0.1:8080"}, "localhost:80", "127.0.0.1:8080"},
		{map[string]string{"other.example": "127.0.0.1"}, "other.example:443", "host other.example is not on loopback"},
	} {
		d, lookups, to := answering(0)
		d.Allowed = append(d.Allowed, AllowedHost{"198.51.100.1", "443"})
		d, err := d.For(c.mapped, Each)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := d.DialContext(t.Context(), "tcp", c.address)
		if err == nil {
			conn.Close()
		}
		if got := strings.Join(*to, " "); got != c.want && (got != "" || err == nil || !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("%v, %s: connected to %q (%v), want %s", c.mapped, c.address, got, err, c.want)
		}
		if wanted := strings.HasPrefix(c.want, "198.51.100.9"); (*lookups > 0) != wanted {
			t.Errorf("%v, %s: %d lookups", c.mapped, c.address, *lookups)
		}
	}
}

func TestMistakesInAddressesInPlaceOfLookups(t *testing.T) {
	for from, to := range map[string]string{
		"api.example.com": "other.example.com", "api.example.com:0": "127.0.0.1", "*.example.com": "127.0.0.1", "https://api.example.com": "127.0.0.1", "127.1": "127.0.0.1",
		"a.example": "", "b.example": "127.1", "c.example": "0.0.0.0", "d.example": "127.0.0.1:99999", "e.example": "fe80::1%eth0", "f.example": "[::1]",
	} {
		if all, err := ParseMapped(map[string]string{from: to}); err == nil || !strings.Contains(err.Error(), "expected") {
			t.Errorf("%s: %s is %v, error %v", from, to, all, err)
		}
	}
}
