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

	"weighbridge/bench/bounds"
)

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

// A failed look-up of any name must not become a DNS query.
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
	if _, err := client.Get("http://198.51.100.7:9000/"); err == nil || !strings.Contains(err.Error(), "198.51.100.7 is not loopback") {
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
