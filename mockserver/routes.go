package mockserver

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"weighbridge/mockserver/api"
)

// route is an endpoint and the dialect it speaks.
type route struct {
	api.Endpoint
	dialect *api.Dialect
	// name is the method and the path as the dialect writes it.
	name string
	// segments are the path's, where some of them are open.
	segments []string
}

// routes are the endpoints of all dialects.
type routes struct {
	dialects []api.Dialect
	exact    map[string][]route
	open     []route
}

// newRoutes joins dialects; where two have a path, the first that takes a
// request has it. The first dialect words the answers to paths that are nobody's.
func newRoutes(dialects ...api.Dialect) routes {
	t := routes{dialects: dialects, exact: map[string][]route{}}
	for i := range dialects {
		for _, endpoint := range dialects[i].Endpoints {
			r := route{Endpoint: endpoint, dialect: &dialects[i], name: endpoint.Method + " " + endpoint.Path}
			if strings.Contains(endpoint.Path, "{") {
				r.segments = strings.Split(endpoint.Path, "/")
				t.open = append(t.open, r)
				continue
			}
			t.exact[endpoint.Path] = append(t.exact[endpoint.Path], r)
		}
	}
	return t
}

// find is the route of a request, with the request's path values set. Where
// there is none, allow are the methods that the path has.
func (t routes) find(r *http.Request) (found *route, allow []string) {
	if found, allow := pick(t.exact[r.URL.Path], r); found != nil || len(allow) > 0 {
		return found, allow
	}
	segments := segmentsOf(r.URL)
	var matching []route
	for _, candidate := range t.open {
		if matches(candidate.segments, segments) {
			matching = append(matching, candidate)
		}
	}
	found, allow = pick(matching, r)
	if found != nil {
		setPathValues(r, found.segments, segments)
	}
	return found, allow
}

// segmentsOf are a path's; a slash that is escaped is none between two.
func segmentsOf(u *url.URL) []string {
	segments := strings.Split(u.EscapedPath(), "/")
	for i, segment := range segments {
		if plain, err := url.PathUnescape(segment); err == nil {
			segments[i] = plain
		}
	}
	return segments
}

// pick is the first of the routes that takes the request.
func pick(candidates []route, r *http.Request) (found *route, allow []string) {
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

func isOpen(segment string) bool { return strings.HasPrefix(segment, "{") }

func matches(pattern, segments []string) bool {
	return slices.EqualFunc(pattern, segments, func(p, s string) bool { return p == s || isOpen(p) && s != "" })
}

func setPathValues(r *http.Request, pattern, segments []string) {
	for i, p := range pattern {
		if isOpen(p) {
			r.SetPathValue(strings.Trim(p, "{}"), segments[i])
		}
	}
}

// owner is the dialect that a request without an endpoint is answered in: one that
// has the beginning of its path, if several have the one that the request says it
// speaks. A path that is nobody's is answered in that one too, or else in the first.
func (t routes) owner(path string, h http.Header) *api.Dialect {
	var owners []*api.Dialect
	longest := 0
	for i := range t.dialects {
		d := &t.dialects[i]
		for _, beginning := range d.PathPrefixes {
			switch {
			case len(beginning) < longest || !strings.HasPrefix(path, beginning):
			case len(beginning) > longest:
				owners, longest = []*api.Dialect{d}, len(beginning)
			default:
				owners = append(owners, d)
			}
		}
	}
	if len(owners) == 0 {
		for i := range t.dialects {
			owners = append(owners, &t.dialects[i])
		}
	}
	for _, d := range owners {
		if d.Match != nil && d.Match(h) {
			return d
		}
	}
	for _, d := range owners {
		if d.Match == nil {
			return d
		}
	}
	return owners[0]
}
