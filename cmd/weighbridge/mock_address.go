package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/netip"
	"net/url"
	"slices"

	"weighbridge/mockserver/callback"
	"weighbridge/target/outbound"
)

// listenAddress checks the address that a flag gives and returns it with localhost
// resolved by d. Its host is an IP address or localhost, because to look up any other name
// would send a query; an empty one stands for all addresses of the machine.
func listenAddress(flag, address string, d outbound.Dialer) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", usagef("%s %s: expected host:port, as in 127.0.0.1:8080", flag, address)
	}
	if host == "localhost" {
		found, err := d.Resolve(context.Background(), host, port) // reads a file
		if err != nil {
			return "", usagef("%s %s: %w", flag, address, err)
		}
		ip := found[max(0, slices.IndexFunc(found, netip.Addr.Is4))] // IPv4 rather than IPv6, as net.Listen
		return net.JoinHostPort(ip.String(), port), nil
	}
	if _, err := netip.ParseAddr(host); host != "" && err != nil {
		return "", usagef("%s %s: expected an IP address or localhost, as in 127.0.0.1:8080", flag, address)
	}
	return address, nil
}

// loopbackAddress is listenAddress for a listener that must be on loopback, as it has no
// authentication.
func loopbackAddress(flag, address string, d outbound.Dialer) (string, error) {
	resolved, err := listenAddress(flag, address, d)
	if err == nil && !onLoopback(resolved) {
		return "", usagef("%s %s: expected an address on loopback", flag, address)
	}
	return resolved, err
}

// onLoopback reports whether an address that listenAddress has returned is on loopback.
func onLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// callbacksTo returns where callbacks go, with a new secret to sign them with; the zero Delivery if
// address is "". The address must be on loopback.
func callbacksTo(address string) (callback.Delivery, error) {
	if address == "" {
		return callback.Delivery{}, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return callback.Delivery{}, usagef("--callbacks %s: expected http://HOST:PORT/PATH, as in http://127.0.0.1:9000/usage", address)
	}
	if u.Host, err = loopbackAddress("--callbacks", net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "80")), outbound.Dialer{}); err != nil {
		return callback.Delivery{}, err
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	return callback.Delivery{URL: u.String(), Secret: "whsec_" + base64.StdEncoding.EncodeToString(secret)}, nil
}
