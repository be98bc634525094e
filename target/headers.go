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
