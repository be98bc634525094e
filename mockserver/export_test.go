package mockserver

import (
	"maps"
	"slices"
)

// Endpoints are the names of all there are, such as "POST /v1/messages".
func (s *Server) Endpoints() []string {
	var names []string
	for _, r := range slices.Concat(slices.Concat(slices.Collect(maps.Values(s.routes.exact))...), s.routes.open) {
		names = append(names, r.name)
	}
	slices.Sort(names)
	return names
}
