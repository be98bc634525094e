package dialect

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"weighbridge/target"
)

// endpoint is the address of a dialect's requests on the server of a base URL.
type endpoint struct {
	// path is target.path; it applies if given is true.
	path  target.Path
	given bool
	// query is target.query.
	query map[string]string
}

func newEndpoint(cfg target.Config) (endpoint, error) {
	e := endpoint{query: map[string]string{}}
	for name, value := range cfg.Query {
		e.query[name] = string(value)
	}
	if cfg.Path == "" {
		return e, nil
	}
	path, err := target.ParsePath(cfg.Path)
	if err != nil {
		return e, fmt.Errorf("target.path: %w", err)
	}
	e.path, e.given = path, true
	return e, nil
}

// url returns the URL of a call, such as /chat/completions. The query of base is kept.
func (e endpoint) url(base *url.URL, call string) *url.URL {
	var u *url.URL
	if e.given {
		u = e.path.Over(base)
	} else {
		u = &url.URL{Scheme: base.Scheme, Host: base.Host, RawPath: callPath(base.EscapedPath(), call), RawQuery: base.RawQuery}
		u.Path, _ = url.PathUnescape(u.RawPath) // both parts are escaped by net/url
	}
	if len(e.query) > 0 {
		u.RawQuery = target.WithQuery(u.RawQuery, e.query)
	}
	return u
}

// root matches the path of a base URL to which SDKs append a call: one that ends in a
// version, such as /v1 or /api/v4, in /openai or /openapi, as /v1beta/openai, or in a
// deployment of Azure's.
var root = regexp.MustCompile(`/(v[0-9]+([a-z]+[0-9]*)?|openai|openapi|deployments/[^/]+)$`)

// callPath returns the path of a call by the path of the base URL. A path that ends in the
// call, or in Vertex AI's rawPredict, is the whole path. Otherwise the call is appended, below
// /v1 unless the path is a root.
func callPath(base, call string) string {
	whole := strings.TrimRight(base, "/")
	switch {
	case strings.HasSuffix(whole, call), strings.HasSuffix(whole, ":rawPredict"), strings.HasSuffix(whole, ":streamRawPredict"):
		return whole
	case root.MatchString(whole):
		return whole + call
	}
	return whole + "/v1" + call
}
