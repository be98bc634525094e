package mockserver

import (
	"net/http"
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
	segments := strings.Split(r.URL.Path, "/")
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

// pick is the first of the routes that takes the request.
func pick(candidates []route, r *http.Request) (found *route, allow []string) {
	for i := range candidates {
		switch candidate := &candidates[i]; {
		case candidate.For != nil && !candidate.For(r.Header):
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

// owner is the dialect that a path without an endpoint belongs to.
func (t routes) owner(path string) *api.Dialect {
	owner, longest := &t.dialects[0], 0
	for i := range t.dialects {
		for _, beginning := range t.dialects[i].Owns {
			if len(beginning) > longest && strings.HasPrefix(path, beginning) {
				owner, longest = &t.dialects[i], len(beginning)
			}
		}
	}
	return owner
}
