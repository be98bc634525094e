package outbound

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Allowed is the hosts off loopback that connections may be opened to; none by default.
// Those on loopback are always allowed.
type Allowed []AllowedHost

// AllowedHost is a host in the spelling of ParseHost, and a port; "" stands for all ports.
type AllowedHost struct{ Host, Port string }

// ParseAllowed parses the values of --allow-host, each HOST or HOST:PORT.
func ParseAllowed(values []string) (Allowed, error) {
	var allowed Allowed
	for _, value := range values {
		one, err := parseAllowed(value)
		if err != nil {
			return nil, fmt.Errorf("--allow-host %.80q: %w", value, err)
		}
		if !slices.Contains(allowed, one) {
			allowed = append(allowed, one)
		}
	}
	return allowed, nil
}

func parseAllowed(value string) (AllowedHost, error) {
	if strings.ContainsAny(value, "/@*") {
		return AllowedHost{}, fmt.Errorf("expected HOST or HOST:PORT, such as api.example.com or api.example.com:443")
	}
	host, port := value, ""
	switch inner, bracketed := strings.CutPrefix(value, "["); {
	case bracketed && strings.HasSuffix(inner, "]"):
		host = strings.TrimSuffix(inner, "]")
	case bracketed || strings.Count(value, ":") == 1:
		var err error
		if host, port, err = net.SplitHostPort(value); err != nil || !isPort(port) {
			return AllowedHost{}, fmt.Errorf("expected HOST:PORT with a port of 1 to 65535, such as api.example.com:443")
		}
	}
	host, err := ParseHost(host)
	return AllowedHost{host, port}, err
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

// String returns the host and its port, if any, as --allow-host takes them.
func (a AllowedHost) String() string {
	if a.Port != "" {
		return net.JoinHostPort(a.Host, a.Port)
	}
	return a.Host
}

// Strings returns the hosts as --allow-host takes them.
func (a Allowed) Strings() []string {
	var all []string
	for _, one := range a {
		all = append(all, one.String())
	}
	return all
}

// CheckURL reports why nothing may be sent to a URL: its host is neither on loopback nor
// allowed. It looks nothing up.
func (a Allowed) CheckURL(u *url.URL) error {
	_, err := a.check(u.Hostname(), portOf(u))
	return err
}

// CheckURL does the same as Allowed.CheckURL, and also checks the address that replaces the lookup, if any.
func (d Dialer) CheckURL(u *url.URL) error {
	name, err := d.Allowed.check(u.Hostname(), portOf(u))
	if err == nil {
		_, _, _, err = d.mappedTo(name, portOf(u))
	}
	return err
}

// portOf returns the port of a URL, or else that of its scheme.
func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return map[string]string{"http": "80", "https": "443", "socks5": "1080"}[strings.ToLower(u.Scheme)]
}

// check returns the canonical spelling of a host that connections may be opened to.
func (a Allowed) check(host, port string) (string, error) {
	name, err := ParseHost(host)
	if err != nil {
		return "", err
	}
	if Loopback(name) {
		return name, nil
	}
	for _, one := range a {
		if one.Host == name && (one.Port == "" || one.Port == port) {
			return name, nil
		}
	}
	return "", fmt.Errorf("host %s is not on loopback: expected --allow-host %s, or %s, on the command line", name, AllowedHost{Host: name}, AllowedHost{name, port})
}
