package mockserver

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"weighbridge/mockserver/api"
)

// route is an endpoint and its dialect.
type route struct {
	api.Endpoint
	dialect *api.Dialect
	// name is the method and the path as the dialect writes it.
	name string
	// segments holds the segments of the path if it has parameters; nil otherwise.
	segments []string
}

// routes are the endpoints of all dialects, by exact path or with parameters.
type routes struct {
	dialects       []api.Dialect
	exact          map[string][]route
	withParameters []route
}

// newRoutes returns the routes of dialects. If two have the same path, the first one that
// matches a request gets it. Unknown paths are answered in the first dialect.
func newRoutes(dialects ...api.Dialect) routes {
	t := routes{dialects: dialects, exact: map[string][]route{}}
	for i := range dialects {
		for _, endpoint := range dialects[i].Endpoints {
			r := route{Endpoint: endpoint, dialect: &dialects[i], name: endpoint.Method + " " + endpoint.Path}
			if strings.Contains(endpoint.Path, "{") {
				r.segments = strings.Split(endpoint.Path, "/")
				t.withParameters = append(t.withParameters, r)
				continue
			}
			t.exact[endpoint.Path] = append(t.exact[endpoint.Path], r)
		}
	}
	return t
}

// find returns the route of a request, and sets the request's path values. If no route matches,
// allow lists the methods that the path accepts.
func (t routes) find(r *http.Request) (found *route, allow []string) {
	if found, allow := firstMatch(t.exact[r.URL.Path], r); found != nil || len(allow) > 0 {
		return found, allow
	}
	segments := pathSegments(r.URL)
	var matching []route
	for _, candidate := range t.withParameters {
		if matches(candidate.segments, segments) {
			matching = append(matching, candidate)
		}
	}
	found, allow = firstMatch(matching, r)
	if found != nil {
		setPathValues(r, found.segments, segments)
	}
	return found, allow
}

// pathSegments returns the unescaped segments of a path; an escaped slash does not separate.
func pathSegments(u *url.URL) []string {
	segments := strings.Split(u.EscapedPath(), "/")
	for i, segment := range segments {
		if plain, err := url.PathUnescape(segment); err == nil {
			segments[i] = plain
		}
	}
	return segments
}

// firstMatch returns the first of the routes that matches the request. If none matches, allow
// lists the methods of the routes that would match but for their method.
func firstMatch(candidates []route, r *http.Request) (found *route, allow []string) {
	for i := range candidates {
		switch candidate := &candidates[i]; {
		case candidate.Match != nil && !candidate.Match(r.Header):
		case candidate.Method == r.Method:
			return candidate, nil
		case !slices.Contains(allow, candidate.Method):
			allow = append(allow, candidate.Method)
		}
	}
	return nil, allow
}

func isParameter(segment string) bool { return strings.HasPrefix(segment, "{") }

func matches(pattern, segments []string) bool {
	return slices.EqualFunc(pattern, segments, func(p, s string) bool { return p == s || isParameter(p) && s != "" })
}

func setPathValues(r *http.Request, pattern, segments []string) {
	for i, p := range pattern {
		if isParameter(p) {
			r.SetPathValue(strings.Trim(p, "{}"), segments[i])
		}
	}
}

// dialectFor returns the dialect for the answer to a request without an endpoint: of the
// dialects with the longest matching path prefix (all, if no prefix matches), the one that
// the request's headers identify, else the first that has no Match, else the first.
func (t routes) dialectFor(path string, h http.Header) *api.Dialect {
	var candidates []*api.Dialect
	longest := 0
	for i := range t.dialects {
		d := &t.dialects[i]
		for _, prefix := range d.PathPrefixes {
			switch {
			case len(prefix) < longest || !strings.HasPrefix(path, prefix):
			case len(prefix) > longest:
				candidates, longest = []*api.Dialect{d}, len(prefix)
			default:
				candidates = append(candidates, d)
			}
		}
	}
	if len(candidates) == 0 {
		for i := range t.dialects {
			candidates = append(candidates, &t.dialects[i])
		}
	}
	for _, d := range candidates {
		if d.Match != nil && d.Match(h) {
			return d
		}
	}
	for _, d := range candidates {
		if d.Match == nil {
			return d
		}
	}
	return candidates[0]
}
