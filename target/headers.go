package target

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"golang.org/x/net/http/httpguts"
)

// CheckHeaders returns what is wrong with the method and the headers that a scenario
// gives, by dotted path. A header may be given once, whatever its case and section.
func (c Config) CheckHeaders() map[string]string {
	wrong := map[string]string{}
	if c.HTTP.Method != "" && !httpguts.ValidHeaderFieldName(c.HTTP.Method) { // both are tokens
		wrong["target.http.method"] = fmt.Sprintf("expected a method such as POST, found %.40q", c.HTTP.Method)
	}
	first := map[string]string{}
	for _, section := range []struct {
		path  string
		texts map[string]Text
	}{{"target.headers", c.Headers}, {"target.http.headers", c.HTTP.Headers}} {
		for _, name := range slices.Sorted(maps.Keys(section.texts)) {
			path := section.path + "." + name
			other, given := first[http.CanonicalHeaderKey(name)]
			switch {
			case !httpguts.ValidHeaderFieldName(name):
				wrong[section.path] = fmt.Sprintf("expected the name of a header, such as X-Tenant, found %.40q", name)
			case isFraming(name):
				wrong[path] = "the harness sets it from the body that it sends: expected no such header"
			case given:
				wrong[path] = fmt.Sprintf("the header is already given as %s", other)
			case !httpguts.ValidHeaderFieldValue(string(section.texts[name])):
				wrong[path] = "expected a value without line breaks and control characters"
			}
			first[http.CanonicalHeaderKey(name)] = path
		}
	}
	return wrong
}

// isFraming reports whether a header says how the body of a request is sent. A wrong one would make a server
// take the rest of a body for the next request.
func isFraming(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Content-Length", "Transfer-Encoding", "Trailer":
		return true
	}
	return false
}

// CheckHTTP2Headers returns which of the headers HTTP/2 does not have (RFC 9113 §8.2.2), by dotted path.
func (c Config) CheckHTTP2Headers() map[string]string {
	wrong := map[string]string{}
	for section, texts := range map[string]map[string]Text{"target.headers": c.Headers, "target.http.headers": c.HTTP.Headers} {
		for name := range texts {
			switch http.CanonicalHeaderKey(name) {
			case "Connection", "Keep-Alive", "Proxy-Connection", "Upgrade":
				wrong[section+"."+name] = "HTTP/2 has no such header: expected none, or client.protocol http/1.1"
			}
		}
	}
	return wrong
}
