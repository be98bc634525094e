package mockserver

import (
	"maps"
	"slices"
)

// Endpoints returns the names of all endpoints, such as "POST /v1/messages".
func (s *Server) Endpoints() []string {
	var names []string
	for _, r := range slices.Concat(slices.Concat(slices.Collect(maps.Values(s.routes.exact))...), s.routes.withParameters) {
		names = append(names, r.name)
	}
	slices.Sort(names)
	return names
}
