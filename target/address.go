package target

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// ParseURL parses the URL of a server: http or https, with a host, and with neither user
// info nor a fragment. It does not check which host that is. The error of a URL with user
// info does not repeat it.
func ParseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err == nil && u.User != nil, err != nil && strings.Contains(text, "@"):
		return nil, errors.New("credentials in a URL: expected them in target.auth, as references")
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || strings.Contains(text, "#") || !isReadAgain(u):
		return nil, fmt.Errorf("expected an http(s) URL with a host, such as http://127.0.0.1:8080, found %q", MaskCredentials("target.url", text))
	}
	return u, nil
}

// isReadAgain reports whether the text of a URL names its host. That of an IPv6 zone that is not
// ASCII is not a URL, so that no request could be sent there.
func isReadAgain(u *url.URL) bool {
	again, err := url.Parse(u.String())
	return err == nil && again.Host == u.Host
}

// ServerOf returns the scheme, host and port of a URL in one spelling, so that two URLs of the
// same server give the same text. The names of the loopback interface (localhost, 127.0.0.1, ::1)
// are one host. The text of a URL that ParseURL refuses is itself.
func ServerOf(text string) string {
	u, err := ParseURL(text)
	if err != nil {
		return text
	}
	host, port := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), u.Port()
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.Unmap().String()
	}
	if host == "127.0.0.1" || host == "::1" {
		host = "localhost"
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(host, port)
}

// Path is a path on a server, with or without a query. It cannot name another server.
type Path struct{ escaped, query string }

// ParsePath parses a path, such as /v1/items?limit=5. It must begin with exactly one
// slash, encoded ones included, because // begins the name of a host in a URL. It must
// not contain a backslash, a control character or a fragment.
func ParsePath(text string) (Path, error) {
	found := MaskCredentials("target.http.path", text) // as in every other path
	if !strings.HasPrefix(text, "/") {
		return Path{}, fmt.Errorf("expected a path that begins with /, found %q", found)
	}
	u, err := url.ParseRequestURI(text)
	if err != nil || strings.ContainsAny(text, `\#`) || strings.Contains(u.RawQuery, " ") {
		return Path{}, fmt.Errorf("expected a path without backslashes, control characters, #, spaces in its query and invalid %% encodings, found %q", found)
	}
	if len(u.Path) > 1 && (u.Path[1] == '/' || u.Path[1] == '\\') {
		return Path{}, fmt.Errorf("expected a path that begins with a single /, found %q, which would name a host", found)
	}
	return Path{u.EscapedPath(), u.RawQuery}, nil
}

// On returns the URL of the path on the server of base, in place of the path and query
// of base.
func (p Path) On(base *url.URL) *url.URL { return p.at(base, "", p.query) }

// Over returns the URL of the path on the server of base, in place of the path of base. The
// query of base is kept, followed by the path's.
func (p Path) Over(base *url.URL) *url.URL {
	return p.at(base, "", joinQueries(base.RawQuery, p.query))
}

// Below returns the URL of the path appended to the path of base. The query of base is kept,
// followed by the path's.
func (p Path) Below(base *url.URL) *url.URL {
	return p.at(base, strings.TrimSuffix(base.EscapedPath(), "/"), joinQueries(base.RawQuery, p.query))
}

func joinQueries(first, second string) string {
	if first == "" || second == "" {
		return first + second
	}
	return first + "&" + second
}

// WithQuery returns a query with parameters added to it, in the order of their names. One
// that the query has already is replaced; the rest of it stays as it was written.
func WithQuery(query string, parameters map[string]string) string {
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		if _, replaced := parameters[name]; part != "" && !replaced {
			kept = append(kept, part)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		kept = append(kept, url.QueryEscape(name)+"="+url.QueryEscape(parameters[name]))
	}
	return strings.Join(kept, "&")
}

// at sets the fields of a URL one by one: text that was joined and parsed again could
// name another host.
func (p Path) at(base *url.URL, prefix, query string) *url.URL {
	u := &url.URL{Scheme: base.Scheme, Host: base.Host, RawPath: prefix + p.escaped, RawQuery: query}
	u.Path, _ = url.PathUnescape(u.RawPath) // both parts are escaped by net/url
	return u
}
