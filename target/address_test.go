package target

import (
	"net/url"
	"strings"
	"testing"

	"weighbridge/bench/bounds"
)

func TestPathKeepsTheServerOfItsBase(t *testing.T) {
	for _, c := range []struct{ base, path, below, on string }{
		{"http://127.0.0.1:9000", "/", "http://127.0.0.1:9000/", "http://127.0.0.1:9000/"},
		{"http://127.0.0.1:9000/base/", "/x?v=1", "http://127.0.0.1:9000/base/x?v=1", "http://127.0.0.1:9000/x?v=1"},
		{"http://127.0.0.1:9000/base?key=1", "/x", "http://127.0.0.1:9000/base/x?key=1", "http://127.0.0.1:9000/x"},
		{"http://127.0.0.1:9000/base?key=1", "/x?v=1", "http://127.0.0.1:9000/base/x?key=1&v=1", "http://127.0.0.1:9000/x?v=1"},
		{"https://[::1]:9000/a%2Fb/", "/c%2Fd", "https://[::1]:9000/a%2Fb/c%2Fd", "https://[::1]:9000/c%2Fd"},
		{"http://127.0.0.1:9000/a%2f", "/b", "http://127.0.0.1:9000/a%2f/b", "http://127.0.0.1:9000/b"},
		{"http://127.0.0.1:9000//other/", "/x", "http://127.0.0.1:9000//other/x", "http://127.0.0.1:9000/x"},
		{"http://127.0.0.1:9000", "/..//other/", "http://127.0.0.1:9000/..//other/", "http://127.0.0.1:9000/..//other/"},
		{"http://127.0.0.1:9000", "/a b/é", "http://127.0.0.1:9000/a%20b/%C3%A9", "http://127.0.0.1:9000/a%20b/%C3%A9"},
	} {
		base, err := ParseURL(c.base)
		if err != nil {
			t.Fatal(err)
		}
		path, err := ParsePath(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if got := path.Below(base).String(); got != c.below {
			t.Errorf("%s below %s is %s, want %s", c.path, c.base, got, c.below)
		}
		if got := path.On(base).String(); got != c.on {
			t.Errorf("%s on %s is %s, want %s", c.path, c.base, got, c.on)
		}
	}
}

func TestQueriesAreKept(t *testing.T) {
	for _, c := range []struct {
		query string
		added map[string]string
		want  string
	}{
		{"", nil, ""},
		{"b=2&a=%20&c", nil, "b=2&a=%20&c"},
		{"b=2", map[string]string{"a": "x y", "c": "&="}, "b=2&a=x+y&c=%26%3D"},
		{"api-version=old&b&api%2Dversion=older", map[string]string{"api-version": "new"}, "b&api-version=new"},
	} {
		if got := WithQuery(c.query, c.added); got != c.want {
			t.Errorf("%q with %v is %q, want %q", c.query, c.added, got, c.want)
		}
	}
}

func TestAZoneThatIsNotASCIIIsRefused(t *testing.T) {
	for text, ok := range map[string]bool{
		"http://[::1%25lo]:80/x": true, "http://[fe80::1%25eth0]/": true, "http://[::1%25\xff\x80]": false, "http://[::1%25é]:80": false,
	} {
		if _, err := ParseURL(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzPath holds that no path changes the server, in the URL or in its text.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/", "/x?y=//z", "//host/", "//user@host", "/\\host", "/%2f/host", "/..//host", "/\t/host", "http://host/", "/?", "/? ", "/#", "/;@host", "/é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		defer bounds.Check(t)()
		path, err := ParsePath(text)
		if err != nil {
			return
		}
		for _, text := range []string{"http://127.0.0.1:9000", "http://127.0.0.1:9000/base/?q", "http://127.0.0.1:9000//a%2f/"} {
			base, err := ParseURL(text)
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range []*url.URL{path.Below(base), path.On(base), path.Over(base)} {
				again, err := ParseURL(u.String())
				if err != nil || u.Host != base.Host || again.Host != base.Host || u.User != nil {
					t.Errorf("%q makes %s of %s (%v)", path, u, base, err)
				}
				if u.RequestURI() == "" || strings.ContainsAny(u.RequestURI(), " \t\r\n\\") {
					t.Errorf("%q makes the request target %q", path, u.RequestURI())
				}
			}
		}
	})
}

// FuzzURL holds that a URL that is accepted names the same host once printed and parsed
// again.
func FuzzURL(f *testing.F) {
	for _, seed := range []string{"http://127.0.0.1:1", "https://[::1]/x?y", "http://a@b", "http:b", "//b", "http://127.1#x", "HTTP://LOCALHOST", "http://[::1%25lo]", "http://é。b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		defer bounds.Check(t)()
		u, err := ParseURL(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: the error has several lines: %v", text, err)
			}
			return
		}
		again, err := ParseURL(u.String())
		if err != nil || again.Hostname() != u.Hostname() || u.User != nil || u.Opaque != "" {
			t.Errorf("%q is %#v, and printed and parsed again %v (%v)", text, u, again, err)
		}
	})
}

func TestServerOf(t *testing.T) {
	for url, want := range map[string]string{
		"http://127.0.0.1:8080":          "http://localhost:8080",
		"http://LocalHost:8080/v1/?a=b":  "http://localhost:8080",
		"http://[::1]:8080":              "http://localhost:8080",
		"http://[::ffff:127.0.0.1]:8080": "http://localhost:8080",
		"http://127.0.0.2":               "http://127.0.0.2:80",
		"https://API.example.com./v1":    "https://api.example.com:443",
		"https://api.example.com:443":    "https://api.example.com:443",
		"HTTPS://[2001:DB8:0::1]":        "https://[2001:db8::1]:443",
		"mock":                           "mock",
	} {
		if got := ServerOf(url); got != want {
			t.Errorf("%s: got %s, want %s", url, got, want)
		}
	}
}
