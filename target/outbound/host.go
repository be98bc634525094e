package outbound

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// localhost is the only name on loopback.
const localhost = "localhost"

// ParseHost returns the canonical spelling of a host: an IP address as netip writes it, or a DNS
// name in lower case and punycode, without a final dot. It looks nothing up. It refuses any other
// form of an IP address (127.1, 0x7f000001, 017700000001), addresses with a zone or of more than
// one host, names that are not DNS names, and names that other characters make look like another.
func ParseHost(text string) (string, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		if err := checkAddress(address); err != nil {
			return "", fmt.Errorf("host %s %w", text, err)
		}
		return address.Unmap().String(), nil
	}
	name, err := strings.ToLower(text), error(nil)
	if !isASCII(text) {
		name, err = idna.Lookup.ToASCII(name)
	}
	labels := strings.Split(name, ".")
	switch {
	case err != nil || name == "" || len(name) > 253 || !isASCII(name):
		return "", badHost(text)
	case labels[len(labels)-1] == "":
		return "", fmt.Errorf("host %.80q: expected a name without a dot at its end", text)
	case !isASCII(text) && !strings.Contains(name, "xn--"):
		return "", fmt.Errorf("host %.80q is another spelling of %s: expected that", text, name)
	case isNumber(labels[len(labels)-1]):
		return "", fmt.Errorf("host %.80q: expected an IPv4 address of four decimal numbers, such as 127.0.0.1", text)
	}
	for _, label := range labels {
		if !isLabel(label) {
			return "", badHost(text)
		}
	}
	return name, nil
}

func badHost(text string) error {
	return fmt.Errorf("host %.80q: expected an IP address or a DNS name, such as api.example.com", text)
}

// Spelled returns a URL with its host in the spelling of ParseHost; one that has none is returned
// as it is.
func Spelled(u *url.URL) *url.URL {
	host, err := ParseHost(u.Hostname())
	if err != nil {
		return u
	}
	spelled := *u
	switch {
	case u.Port() != "":
		spelled.Host = net.JoinHostPort(host, u.Port())
	case strings.Contains(host, ":"):
		spelled.Host = "[" + host + "]"
	default:
		spelled.Host = host
	}
	return &spelled
}

// checkAddress refuses addresses that no single host has.
func checkAddress(address netip.Addr) error {
	plain := address.Unmap()
	switch {
	case address.Zone() != "":
		return errors.New("has a zone: expected an address without one")
	case plain.IsUnspecified(), plain.IsMulticast(), plain == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return errors.New("is not the address of a host: expected one such as 127.0.0.1")
	}
	return nil
}

func isASCII(text string) bool {
	for _, r := range text {
		if r >= 0x80 {
			return false
		}
	}
	return true
}

// isNumber reports whether the last label of a name makes resolvers read the whole name as
// an IPv4 address.
func isNumber(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

// isLabel reports whether a text may stand between the dots of a name. Underscores are in no
// host name of the standards, but in those of container networks.
func isLabel(text string) bool {
	if text == "" || len(text) > 63 || text[0] == '-' || text[len(text)-1] == '-' {
		return false
	}
	return strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// Loopback reports whether host is on loopback: localhost, or an IP address there. A name
// that only resolves to an address on loopback is not. It looks nothing up.
func Loopback(host string) bool {
	host, err := ParseHost(host)
	if err != nil {
		return false
	}
	address, err := netip.ParseAddr(host)
	return host == localhost || err == nil && address.IsLoopback()
}

// OffLoopback reports whether requests to a URL may leave the machine: its host is not on
// loopback, whatever it resolves to. A text that is no URL, such as mock, has no host.
func OffLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return strings.Contains(address, "//")
	}
	return u.Host != "" && !Loopback(u.Hostname())
}
