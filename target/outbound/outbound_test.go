package outbound

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"weighbridge/bench/bounds"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dialed returns a Dialer for which localhost has the addresses, and what it connects to.
// All connections fail.
func dialed(addresses ...string) (d Dialer, to *[]string) {
	to = &[]string{}
	return Dialer{
		Lookup: func(context.Context, string) ([]netip.Addr, error) {
			var found []netip.Addr
			for _, a := range addresses {
				found = append(found, netip.MustParseAddr(a))
			}
			return found, nil
		},
		Connect: func(_ context.Context, _, address string) (net.Conn, error) {
			*to = append(*to, address)
			return nil, errors.New("refused")
		},
	}, to
}

func TestEveryAddressOfLocalhostIsTried(t *testing.T) {
	d, to := dialed("::1", "127.0.0.1", "::ffff:127.0.0.2")
	if _, err := d.DialContext(t.Context(), "tcp", "localhost:80"); err == nil {
		t.Error("no error, though no connection was opened")
	}
	if want := []string{"[::1]:80", "127.0.0.1:80", "127.0.0.2:80"}; !slices.Equal(*to, want) {
		t.Errorf("connected to %v, want %v", *to, want)
	}
}

// One address elsewhere is reason enough to distrust the name.
func TestLocalhostOfSeveralAddresses(t *testing.T) {
	d, to := dialed("127.0.0.1", "198.51.100.7")
	if _, err := d.DialContext(t.Context(), "tcp", "localhost:80"); err == nil || !strings.Contains(err.Error(), "localhost is 198.51.100.7") || len(*to) > 0 {
		t.Errorf("error %v, connected to %v", err, *to)
	}
	d, to = dialed()
	if _, err := d.DialContext(t.Context(), "tcp", "localhost:80"); err == nil || len(*to) > 0 {
		t.Errorf("a localhost without addresses: error %v, connected to %v", err, *to)
	}
}

// A failed lookup of any name must not become a DNS query.
func TestLookupStaysInTheHostsFile(t *testing.T) {
	found, err := lookupInHostsFile(t.Context(), "no-such-name.invalid")
	want := []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("%v (%v), want the loopback addresses of a localhost that is in no file", found, err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if found, err := lookupInHostsFile(ended, "no-such-name.invalid"); !errors.Is(err, context.Canceled) {
		t.Errorf("after its context ended: %v, %v", found, err)
	}
}

func TestClientFollowsNoRedirect(t *testing.T) {
	server := httptest.NewServer(http.RedirectHandler("http://198.51.100.7:9000/", http.StatusTemporaryRedirect))
	defer server.Close()
	client := NewClient(Dialer{})
	defer client.CloseIdleConnections()
	resp, err := client.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("status %d, want the redirect itself", resp.StatusCode)
	}
	if _, err := client.Get("http://198.51.100.7:9000/"); err == nil || !strings.Contains(err.Error(), "198.51.100.7 is not on loopback") {
		t.Errorf("error %v, want another host refused", err)
	}
}

// FuzzDial holds that no address makes a Dialer connect elsewhere.
func FuzzDial(f *testing.F) {
	for _, seed := range []string{"127.0.0.1:1", "[::1]:1", "localhost:1", "127.1:1", "[::ffff:1.2.3.4]:1", "[::1%lo]:1", "a@127.0.0.1:1", "127.0.0.1:1:2", ":1", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		defer bounds.Check(t)()
		d, to := dialed("127.0.0.1")
		_, _ = d.DialContext(t.Context(), "tcp", address)
		for _, address := range *to {
			host, _, err := net.SplitHostPort(address)
			if ip, parsed := netip.ParseAddr(host); err != nil || parsed != nil || !ip.IsLoopback() {
				t.Errorf("connected to %s", address)
			}
		}
	})
}

// An allowed name may lead to any host, on loopback too; nothing else is looked up.
func TestAllowedNames(t *testing.T) {
	for _, c := range []struct {
		address string
		leads   []string
		want    string
	}{
		{"api.example.com:443", []string{"198.51.100.7", "::ffff:198.51.100.8", "2001:db8::7"}, "198.51.100.7:443 198.51.100.8:443 [2001:db8::7]:443"},
		{"API.Example.com:8443", []string{"127.0.0.1"}, "127.0.0.1:8443"},
		{"api.example.com:443", []string{"198.51.100.7", "0.0.0.0"}, "host api.example.com is 0.0.0.0, which is not the address of a host"},
		{"api.example.com:443", []string{"fe80::1%eth0"}, "has a zone"},
		{"api.example.com:443", nil, "host api.example.com has no address"},
		{"198.51.100.7:9000", nil, "198.51.100.7:9000"},
		{"localhost:443", []string{"198.51.100.7"}, "host localhost is 198.51.100.7"},
		{"198.51.100.7:9001", nil, "expected --allow-host 198.51.100.7, or 198.51.100.7:9001"},
		{"other.example:443", []string{"127.0.0.1"}, "host other.example is not on loopback"},
		{"api.example.com.:443", []string{"127.0.0.1"}, "without a dot at its end"},
	} {
		d, to := dialed(c.leads...)
		lookedUp, lookup := []string{}, d.Lookup
		d.Lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			lookedUp = append(lookedUp, host)
			return lookup(ctx, host)
		}
		d.Allowed = Allowed{{Host: "api.example.com"}, {Host: "localhost"}, {"198.51.100.7", "9000"}}
		_, err := d.DialContext(t.Context(), "tcp", c.address)
		if got := strings.Join(*to, " "); got != c.want && (got != "" || err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: connected to %q (%v), want %s", c.address, got, err, c.want)
		}
		for _, name := range lookedUp {
			if name != "api.example.com" && name != "localhost" {
				t.Errorf("%s: %s was looked up", c.address, name)
			}
		}
	}
}
