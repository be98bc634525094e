package target

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// TLS is how connections are encrypted.
type TLS struct {
	// CA is a file of certificates in PEM, at most 1 MiB. Servers and https proxies must have a certificate that one of them signed, the bundled mock excepted; default the system's certificates.
	CA string `yaml:"ca"`
	// Cert is a file with the client's certificate, and those between it and its CA, in PEM, which is sent to servers that ask for one (mutual TLS); default none.
	Cert string `yaml:"cert"`
	// Key is the file with the private key of cert, in PEM and not encrypted; required with cert.
	Key string `yaml:"key"`
	// ServerName is the name that is sent to the target (SNI) and that its certificate must have; default the host of target.url.
	ServerName string `yaml:"server_name"`
	// Insecure accepts any certificate, so that whoever is in between can read and change everything, credentials included; default false. Every report of such a run has a warning.
	Insecure bool `yaml:"insecure"`
}

// The values of client.proxy that are no URL.
const (
	ProxyNone = "none"
	ProxyEnv  = "env"
)

// ProxyOf returns the proxy for requests to a server; nil for none. Its scheme is http, https
// or socks5. env is what the environment says, such as httpproxy.FromEnvironment(), which
// matters only where client.proxy is env. References in client.proxy are resolved.
func (c Client) ProxyOf(server *url.URL, env *httpproxy.Config) (*url.URL, error) {
	proxy, err := c.ProxyForm(server, env)
	if err != nil || !c.Proxy.HasReference() {
		return proxy, err
	}
	text, err := c.Proxy.expand(func(value string) string { return strings.ReplaceAll(url.QueryEscape(value), "+", "%20") })
	if err != nil {
		return nil, err
	}
	return parseProxy(text)
}

// unresolved stands for a reference that is not resolved.
const unresolved = "unresolved-reference"

// ProxyForm is ProxyOf without resolving the references, which may stand in the user and the
// password alone.
func (c Client) ProxyForm(server *url.URL, env *httpproxy.Config) (*url.URL, error) {
	switch c.Proxy {
	case "", ProxyNone:
		return nil, nil
	case ProxyEnv:
		proxy, err := env.ProxyFunc()(server)
		if err != nil || proxy == nil {
			return nil, hideUserInfo(err)
		}
		return proxy, checkProxy(proxy)
	}
	text := reference.ReplaceAllString(string(c.Proxy), unresolved)
	if strings.Contains(text[strings.LastIndexByte(text, '@')+1:], unresolved) {
		return nil, errors.New("expected references in place of the user and the password alone, such as http://${env:USER}:${env:PASSWORD}@127.0.0.1:3128")
	}
	return parseProxy(text)
}

func parseProxy(text string) (*url.URL, error) {
	proxy, err := url.Parse(text)
	if err != nil {
		return nil, hideUserInfo(err)
	}
	return proxy, checkProxy(proxy)
}

// hideUserInfo keeps the text of a URL, which may hold a password, out of an error.
func hideUserInfo(err error) error {
	var wrong *url.Error
	if errors.As(err, &wrong) {
		return errors.New("expected none, env or a URL such as http://127.0.0.1:3128, found one that cannot be parsed")
	}
	return err
}

func checkProxy(proxy *url.URL) error {
	if proxy.Scheme == "socks5h" {
		proxy.Scheme = "socks5"
	}
	switch {
	case proxy.Scheme != "http" && proxy.Scheme != "https" && proxy.Scheme != "socks5", proxy.Hostname() == "":
		return fmt.Errorf("expected none, env or a URL of scheme http, https or socks5 with a host, such as http://127.0.0.1:3128, found %q", MaskedURL(proxy))
	case strings.Trim(proxy.Path, "/") != "" || proxy.RawQuery != "" || proxy.Fragment != "":
		return fmt.Errorf("expected a URL without a path, found %q", MaskedURL(proxy))
	}
	return nil
}

// MaskedURL is the text of a URL with Masked in the place of its user info.
func MaskedURL(u *url.URL) string {
	if u.User == nil {
		return u.String()
	}
	plain := *u
	plain.User = nil
	return strings.Replace(plain.String(), "//", "//"+Masked+"@", 1)
}

// Secrets returns the values of the references in the section, and the credentials written
// out in it. Its error names the key of a reference that cannot be resolved.
func (c Client) Secrets() ([]string, error) {
	values, err := c.Proxy.Values()
	if err != nil {
		return nil, fmt.Errorf("client.proxy: %w", err)
	}
	return append(values, Credentials("client.proxy", string(c.Proxy))...), nil
}

// Endpoint is what a target.url names: the base URL of the requests, and the unix socket that
// they are sent through, "" for TCP.
type Endpoint struct {
	Base   *url.URL
	Socket string
}

// maxSocketPath is the length of the longest path that a unix socket may have on all systems.
const maxSocketPath = 103

// ParseEndpoint parses a target.url: a URL that ParseURL takes, or unix:// and the absolute path of a
// socket, whose requests are for http://localhost.
func ParseEndpoint(text string) (Endpoint, error) {
	path := strings.TrimPrefix(text, "unix://")
	if !strings.HasPrefix(text, "unix:") {
		base, err := ParseURL(text)
		return Endpoint{Base: base}, err
	}
	if !strings.HasPrefix(path, "/") || filepath.Clean(path) != path || strings.ContainsAny(path, "?#%\x00") || len(path) > maxSocketPath {
		return Endpoint{}, fmt.Errorf("expected unix:// and the absolute path of a socket of at most %d characters, such as unix:///run/api.sock (the path of requests is target.path or target.http.path), found %q",
			maxSocketPath, MaskCredentials("target.url", text))
	}
	return Endpoint{Base: &url.URL{Scheme: "http", Host: "localhost"}, Socket: path}, nil
}
