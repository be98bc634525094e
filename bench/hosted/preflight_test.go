package hosted

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/outbound"
)

func TestWhereLocalhostLeadsIsCheckedBeforeARun(t *testing.T) {
	for _, c := range []struct{ url, token, localhost, want string }{
		{"mock", "/oauth2/token", "198.51.100.7", ""},
		{"http://127.0.0.1:9000", "/oauth2/token", "198.51.100.7", ""},
		{"http://localhost:9000", "/oauth2/token", "::1", ""},
		{"http://localhost:9000", "/oauth2/token", "198.51.100.7", "target.url: host localhost is 198.51.100.7"},
		{"mock", "http://localhost:9000/token", "198.51.100.7", "target.auth.token_path: host localhost is 198.51.100.7"},
		{"http://127.0.0.1:9000", "http://localhost/token", "0.0.0.0", "target.auth.token_path: host localhost is 0.0.0.0"},
	} {
		d := outbound.Dialer{Lookup: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr(c.localhost)}, nil
		}}
		err := checkLocalhost(&scenarios.Arm{Target: target.Config{URL: c.url, Auth: target.Auth{TokenPath: c.token}}}, d)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("%s and %s with localhost at %s: error %v, want %q", c.url, c.token, c.localhost, err, c.want)
		}
	}
}
