package outbound

import (
	"net/url"
	"strings"
	"testing"
)

func TestEveryHostHasOneSpelling(t *testing.T) {
	for text, want := range map[string]string{
		"127.0.0.1": "127.0.0.1", "::1": "::1", "0:0:0:0:0:0:0:1": "::1", "::ffff:127.0.0.1": "127.0.0.1", "::FFFF:C633:6407": "198.51.100.7",
		"localhost": "localhost", "LOCALHOST": "localhost", "API.Example.com": "api.example.com", "a_b.internal": "a_b.internal", "r3---sn.example": "r3---sn.example",
		"bücher.example": "xn--bcher-kva.example", "BÜCHER.example": "xn--bcher-kva.example", "xn--bcher-kva.example": "xn--bcher-kva.example", "2001:DB8::7": "2001:db8::7",
		"lоcalhost": "xn--lcalhost-nbh", "1.example": "1.example", "0xbeef.example": "0xbeef.example",
		// none
		"": "", ".": "", "localhost.": "", "api.example.com.": "", "api..example": "", "-a.example": "", "a-.example": "", "a b": "", "a/b": "", "a@b": "", "*.example.com": "",
		"127.1": "", "127.0.1": "", "2130706433": "", "0177.0.0.1": "", "0x7f.0.0.1": "", "0x7f000001": "", "0x": "", "0X7F000001": "", "127.0.0.01": "", "127.0.0.1.": "",
		"example.0x7f": "", "1.2.3.4.5": "", "0": "", "0.0.0.0": "", "::": "", "::ffff:0.0.0.0": "", "255.255.255.255": "", "224.0.0.1": "", "ff02::1": "",
		"::1%lo": "", "fe80::1%eth0": "", "[::1]": "", "::ffff:127.0.0.1:80": "", "127.0.0.1:80": "", "ｌocalhost": "", "127。0。0。1": "", "example。com": "", "①②⑦.0.0.1": "", "%6cocalhost": "",
		strings.Repeat("a", 64) + ".example": "", strings.Repeat("a.", 127) + "aa": "", "a\x00b": "", "a\n": "",
	} {
		got, err := ParseHost(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q (%v), want %q", text, got, err, want)
		}
		if again, err := ParseHost(got); got != "" && (again != got || err != nil) {
			t.Errorf("%q, the spelling of %q, is %q itself (%v)", got, text, again, err)
		}
	}
}

func TestURLsHaveOneSpelling(t *testing.T) {
	for text, want := range map[string]string{
		"https://BÜCHER.example/Path?q=1": "https://xn--bcher-kva.example/Path?q=1", "http://LOCALHOST:80": "http://localhost:80", "http://[::FFFF:127.0.0.1]:1/": "http://127.0.0.1:1/",
		"https://[2001:DB8::7]": "https://[2001:db8::7]", "https://[2001:DB8::7]:443": "https://[2001:db8::7]:443", "https://127.1/": "https://127.1/",
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := Spelled(u).String(); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestOffLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"mock": false, "": false, "http://127.0.0.1:9000/x": false, "https://[::1]": false, "http://localhost:80": false, "http://LOCALHOST": false, "http://127.9.9.9": false,
		"http://[::ffff:127.0.0.1]:1": false, "unix:///run/api.sock": false,
		"https://api.example.com": true, "http://localhost.example.com": true, "http://a.localhost": true, "http://localhost.": true, "http://127.1": true, "http://0.0.0.0": true,
		"http://[::ffff:198.51.100.7]": true, "http://[::1%25lo]": true, "http://127.0.0.1@198.51.100.7/": true, "http://127.0.0.1\n.example/": true, "//example.com": true,
	} {
		if got := OffLoopback(address); got != want {
			t.Errorf("%q: %v, want %v", address, got, want)
		}
	}
}

func TestAllowedHosts(t *testing.T) {
	allowed, err := ParseAllowed([]string{"API.example.com", "bücher.example:8443", "198.51.100.7:9000", "[2001:db8::7]:443", "2001:db8::8", "::ffff:198.51.100.9", "api.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	const want = "api.example.com xn--bcher-kva.example:8443 198.51.100.7:9000 [2001:db8::7]:443 2001:db8::8 198.51.100.9"
	if got := strings.Join(allowed.Strings(), " "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for address, ok := range map[string]bool{
		"https://api.example.com": true, "https://api.example.com:8443": true, "http://Api.Example.Com:80/x": true, "https://xn--bcher-kva.example:8443": true, "https://bücher.example:8443": true,
		"http://198.51.100.7:9000": true, "http://[::ffff:198.51.100.7]:9000": true, "https://[2001:db8::7]": true, "http://[2001:db8:0::8]:1": true, "http://198.51.100.9": true,
		"http://127.0.0.1:1": true, "http://localhost:1": true,
		"https://xn--bcher-kva.example": false, "http://198.51.100.7": false, "http://[2001:db8::7]": false, "https://api.example.com.": false, "https://x.api.example.com": false,
		"https://example.com": false, "https://api.example.com.evil.example": false, "http://198.51.100.8:9000": false, "http://3325256711:9000": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if err := allowed.CheckURL(u); (err == nil) != ok {
			t.Errorf("%s: error %v, want it allowed: %v", address, err, ok)
		}
	}
	u := &url.URL{Scheme: "https", Host: "api.example.com"}
	if err := Allowed(nil).CheckURL(u); err == nil || err.Error() != "host api.example.com is not on loopback: expected --allow-host api.example.com, or api.example.com:443, on the command line" {
		t.Errorf("error %v", err)
	}
}

func TestMistakesInAllowHost(t *testing.T) {
	for _, value := range []string{
		"", "https://api.example.com", "api.example.com/", "user@api.example.com", "*.example.com", "api.example.com:", "api.example.com:0", "api.example.com:65536", "api.example.com:https",
		":443", "127.1", "0.0.0.0", "api.example.com.", "[::1", "[::1]443", "fe80::1%eth0", "a,b", "a b",
	} {
		if allowed, err := ParseAllowed([]string{value}); err == nil || !strings.Contains(err.Error(), "--allow-host") || !strings.Contains(err.Error(), "expected") {
			t.Errorf("%q: %v, error %v", value, allowed, err)
		}
	}
}
