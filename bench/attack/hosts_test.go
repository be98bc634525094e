package attack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/outbound"
	"weighbridge/target/transport"
)

// spelling is a value of an address key, and whether a scenario may have it.
type spelling struct {
	key, value string
	valid      bool
}

// spellings are ways to write an address, most of which aim at another host than loopback.
func spellings() []spelling {
	var all []spelling
	add := func(key string, valid bool, values ...string) {
		for _, value := range values {
			all = append(all, spelling{key, value, valid})
		}
	}
	add("target.url", true,
		"http://127.0.0.1:9000", "http://127.0.0.2:9000/base/", "https://[::1]:9000", "http://[::ffff:127.0.0.1]:9000", "http://localhost:9000",
		"HTTP://127.0.0.1:9000", "http://LOCALHOST:9000", "http://127.0.0.1:9000//198.51.100.7/", "http://127.0.0.1:9000/%2f%2f198.51.100.7/", "http://127.0.0.1:9000?@198.51.100.7/", "unix:///var/run/x.sock")
	add("target.url", false,
		// other forms of IP addresses, some of which the system's resolver takes
		"http://127.1:9000", "http://127.0.1:9000", "http://2130706433:9000", "http://0177.0.0.1:9000", "http://0x7f.0.0.1:9000", "http://0x7f000001:9000",
		"http://127.0.0.01:9000", "http://127.0.0.1.:9000", "http://0:9000", "http://0.0.0.0:9000", "http://[::]:9000", "http://[::ffff:198.51.100.7]:9000",
		"http://[64:ff9b::127.0.0.1]:9000", "http://[::1%25lo]:9000", "http://[fe80::1%25eth0]:9000", "http://198.51.100.7:9000", "http://255.255.255.255:9000",
		"http://169.254.169.254/", "http://10.0.0.1:9000", "http://[::127.0.0.1]:9000", "http://[2002:7f00:1::]:9000",
		// names
		"https://api.example.com", "http://localhost.example.com:9000", "http://localhost.:9000", "http://a.localhost:9000",
		"http://localhost.localdomain:9000", "http://ip6-localhost:9000", "http://127.0.0.1.nip.io:9000", "http://vm:9000", "http://example。com:9000",
		"http://127。0。0。1:9000", "http://ｌocalhost:9000", "http://lоcalhost:9000", "http://%6cocalhost:9000", "http://127.0.0.1%2eexample.com:9000",
		// user info and other ways to hide the host
		"http://127.0.0.1@198.51.100.7:9000", "http://user:pass@127.0.0.1:9000", "http://127.0.0.1:9000@198.51.100.7/", "http://127.0.0.1#@198.51.100.7/",
		"http://127.0.0.1\\@198.51.100.7/", "http:\\\\198.51.100.7/", "http:198.51.100.7", "http:/198.51.100.7", "//198.51.100.7/", "/\\198.51.100.7/",
		"http://127.0.0.1\t.example.com/", "http://198.51.100.7\n/", " http://198.51.100.7/", "unix://198.51.100.7/x.sock", "unix:198.51.100.7", "unix:///../x.sock", "javascript://127.0.0.1/", "mock://198.51.100.7/")
	add("target.http.path", true, "/", "/v1/items?limit=5", "/a//b", "/@198.51.100.7", "/a%2Fb", "/.//198.51.100.7/", "/..//198.51.100.7/", "/?//198.51.100.7", "/a b", "/é", "/%252f/")
	add("target.http.path", false,
		"//198.51.100.7/", "//user@198.51.100.7/", "//user:pass@198.51.100.7:9000/x", "//[2001:db8::7]/", "//[::ffff:198.51.100.7]:9000/", "//example.com/",
		"///198.51.100.7/", "////198.51.100.7/", "//127.0.0.1:9000/", "//localhost/", "//", "//?@198.51.100.7", "/\\198.51.100.7/", "\\\\198.51.100.7\\", "\\/198.51.100.7/",
		"/\t/198.51.100.7/", "/\n/198.51.100.7/", "/\r/198.51.100.7/", "/\x00/198.51.100.7/", "\t//198.51.100.7/", " //198.51.100.7/", "/%2f198.51.100.7/", "/%2F/198.51.100.7/",
		"/%5c198.51.100.7/", "/%5C%5c198.51.100.7/", "/a\\b", "/a#@198.51.100.7", "/%zz", "/%", "", "x", "?//198.51.100.7", "@198.51.100.7/", "@198.51.100.7:80", ":9001/", ".198.51.100.7/",
		"http://198.51.100.7/", "https:198.51.100.7", "http:///198.51.100.7/", "198.51.100.7")
	add("target.auth.token_path", true, "/oauth2/token", "/t?x=//y", "http://127.0.0.1:9001/token", "https://[::1]:9001//t", "http://localhost:9001/token")
	add("target.auth.token_path", false,
		"//198.51.100.7/", "//user@198.51.100.7/t", "//[2001:db8::7]/t", "//example.com/t", "///198.51.100.7/t", "/\\198.51.100.7/t", "/%2f198.51.100.7/t", "/%5c198.51.100.7/t",
		"/\t/198.51.100.7/t", "/\n/198.51.100.7/t", "http://198.51.100.7/t", "https://login.example.com/t", "http://127.0.0.1@198.51.100.7/t", "http://u:p@127.0.0.1/t",
		"http:198.51.100.7", "https:/198.51.100.7", "ftp://127.0.0.1/", "mock", "t", "http://0.0.0.0:9001/t", "http://127.1/t", "http:///198.51.100.7/t", "http://127.0.0.1#/t")
	return all
}

// observer sees what a dialer would look up and connect to; it connects to nothing.
type observer struct {
	// localhost is its address.
	localhost string

	mu               sync.Mutex
	lookedUp, dialed []string
}

func (o *observer) dialer() outbound.Dialer {
	return outbound.Dialer{
		Lookup: func(_ context.Context, host string) ([]netip.Addr, error) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.lookedUp = append(o.lookedUp, host)
			return []netip.Addr{netip.MustParseAddr(o.localhost)}, nil
		},
		Connect: func(_ context.Context, _, address string) (net.Conn, error) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.dialed = append(o.dialed, address)
			return nil, errors.New("the test connects to nothing")
		},
	}
}

// leaves returns what o saw that was not for loopback.
func (o *observer) leaves() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []string
	for _, name := range o.lookedUp {
		if name != "localhost" {
			out = append(out, "a lookup of "+name)
		}
	}
	for _, address := range o.dialed {
		if strings.HasPrefix(address, "/") { // a unix socket
			continue
		}
		if at, err := netip.ParseAddrPort(address); err != nil || !at.Addr().IsLoopback() {
			out = append(out, "a connection to "+address)
		}
	}
	return out
}

// seen is the number of connections that o saw.
func (o *observer) seen() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.dialed)
}

// oauthArm returns an arm that sends prompts and fetches tokens.
func oauthArm(t *testing.T) scenarios.Arm {
	t.Helper()
	t.Setenv("TEST_SECRET", "sesame")
	return scenario(t, "http://127.0.0.1:9000", "target.auth={scheme: oauth, client_id: me, client_secret: \"${env:TEST_SECRET}\"}", "client.timeout=1s")
}

// send sends one request of an arm through the dialer, with its credential and without,
// whether or not a scenario may have such an arm.
func send(t *testing.T, arm scenarios.Arm, d outbound.Dialer) error {
	t.Helper()
	var failed error
	for _, scheme := range []string{"oauth", "none"} {
		arm.Target.Auth.Scheme = scheme
		deck, err := schedule.SyntheticDeck(arm.Prompts, 1)
		if err != nil {
			t.Fatal(err)
		}
		work := schedule.Work{Seed: 1, Arm: arm.Name, Deck: deck}
		a, err := New(arm, Endpoint{URL: arm.Target.URL, Dialer: d}, work, time.Now(), &target.Redactor{})
		if err != nil {
			failed = err
			continue
		}
		x := a.client.Do(t.Context(), transport.Request{Phase: PhaseOpen, Prompts: []string{"hello"}})
		if x.Outcome.Class != target.Success {
			failed = errors.New(x.Outcome.Detail)
		}
		a.Close()
	}
	return failed
}

// TestNothingLeavesForAnotherHost checks every spelling twice: the checks before a run take
// only addresses on loopback, and the dialer connects to no others even without them.
func TestNothingLeavesForAnotherHost(t *testing.T) {
	all := spellings()
	if len(all) < 60 {
		t.Fatalf("%d spellings, want at least 60", len(all))
	}
	valid := oauthArm(t)
	first := map[string]string{"target.url": "http://127.0.0.1:9001/", "target.http.path": "/x", "target.auth.token_path": "/x"}
	const source = "name: test\ntarget: {dialect: http, url: \"http://127.0.0.1:9000\", auth: {scheme: oauth, client_id: me, client_secret: \"${env:TEST_SECRET}\"}}\nload: {open: {rate: 1}}\n"
	for _, s := range all {
		t.Run(fmt.Sprintf("%s %q", s.key, s.value), func(t *testing.T) {
			for name, changes := range map[string]scenarios.Changes{
				"--set":  {Set: []string{fmt.Sprintf("%s=%q", s.key, s.value)}},
				"--axis": {Axes: []string{fmt.Sprintf("a=%s:%q,%q", s.key, first[s.key], s.value)}},
			} {
				parsed, err := scenarios.Parse("test.yaml", []byte(source), changes)
				if err == nil {
					err = parsed.CheckHosts(nil)
				}
				if (err == nil) != s.valid {
					t.Errorf("%s: error %v, want it accepted: %v", name, err, s.valid)
				}
			}
			arm := valid
			switch s.key {
			case "target.url":
				arm.Target.URL = s.value
			case "target.http.path":
				arm.Target.HTTP.Path = s.value
			case "target.auth.token_path":
				arm.Target.Auth.TokenPath = s.value
			}
			o := &observer{localhost: "127.0.0.1"}
			err := send(t, arm, o.dialer())
			if out := o.leaves(); out != nil {
				t.Errorf("unvalidated: %s (%v)", strings.Join(out, ", "), err)
			}
			if s.valid && o.seen() != 2 {
				t.Errorf("%d connections, want one for the token and one for the prompt (%v)", o.seen(), err)
			}
		})
	}
}

// A hosts file may map localhost anywhere.
func TestLocalhostElsewhereIsNotConnectedTo(t *testing.T) {
	for address, ok := range map[string]bool{
		"127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true,
		"198.51.100.7": false, "0.0.0.0": false, "::": false, "::ffff:198.51.100.7": false, "fe80::1%lo": false, "::1%lo": false, "10.0.0.1": false,
	} {
		arm := oauthArm(t)
		arm.Target.URL = "http://localhost:9000"
		o := &observer{localhost: address}
		err := send(t, arm, o.dialer())
		if out := o.leaves(); out != nil {
			t.Errorf("localhost is %s: %s", address, strings.Join(out, ", "))
		}
		if (o.seen() > 0) != ok {
			t.Errorf("localhost is %s: %d connections", address, o.seen())
		}
		if want := "localhost is " + address; !ok && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("error %v, want one that contains %q", err, want)
		}
	}
}

// An answer that redirects sends neither prompts nor credentials on, and no proxy of the
// environment is used.
func TestRedirectsAndProxiesAreIgnored(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, "http://198.51.100.8:3128")
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		url := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://198.51.100.7:9000/", status) })
		o := &observer{localhost: "127.0.0.1"}
		d := o.dialer()
		refuse := d.Connect
		d.Connect = func(ctx context.Context, network, address string) (net.Conn, error) {
			_, _ = refuse(ctx, network, address)
			if at, err := netip.ParseAddrPort(address); err != nil || !at.Addr().IsLoopback() {
				return nil, errors.New("the test connects to nothing but loopback")
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}
		arm := oauthArm(t)
		arm.Target.URL = url
		if err := send(t, arm, d); err != nil && !strings.Contains(err.Error(), "redirect") {
			t.Errorf("%d: %v", status, err)
		}
		if out := o.leaves(); out != nil || o.seen() != 2 {
			t.Errorf("%d: %d connections, and %s", status, o.seen(), strings.Join(out, ", "))
		}
	}
}
