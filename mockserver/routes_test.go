package mockserver

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"weighbridge/mockserver/api"
)

func TestRoutes(t *testing.T) {
	endpoint := func(method, path string) api.Endpoint { return api.Endpoint{Method: method, Path: path} }
	marked := endpoint("GET", "/models")
	marked.Match = func(h http.Header) bool { return h.Get("Mark") != "" }
	routes := newRoutes(
		api.Dialect{Name: "one", PathPrefixes: []string{"/one"}, Endpoints: []api.Endpoint{
			marked, endpoint("POST", "/one"), endpoint("GET", "/one"), endpoint("GET", "/one/{id}"), endpoint("DELETE", "/one/{id}"),
			endpoint("POST", "/one/{id}/cancel"),
		}},
		api.Dialect{Name: "two", PathPrefixes: []string{"/two", "/one/of/two"}, Endpoints: []api.Endpoint{endpoint("GET", "/models")}},
	)
	for _, test := range []struct {
		method, path, mark string
		want, dialect, id  string
		allow              []string
	}{
		{method: "POST", path: "/one", want: "POST /one", dialect: "one"},
		{method: "GET", path: "/one/7", want: "GET /one/{id}", dialect: "one", id: "7"},
		{method: "POST", path: "/one/7/cancel", want: "POST /one/{id}/cancel", dialect: "one", id: "7"},
		{method: "GET", path: "/models", mark: "x", want: "GET /models", dialect: "one"},
		{method: "GET", path: "/models", want: "GET /models", dialect: "two"},
		{method: "PUT", path: "/one", allow: []string{"POST", "GET"}},
		{method: "PUT", path: "/one/7", allow: []string{"GET", "DELETE"}},
		{method: "GET", path: "/one/"},
		{method: "GET", path: "/one/7/8"},
		{method: "GET", path: "/"},
	} {
		r := httptest.NewRequest(test.method, test.path, nil)
		r.Header.Set("Mark", test.mark)
		found, allow := routes.find(r)
		name, dialect := "", ""
		if found != nil {
			name, dialect = found.name, found.dialect.Name
		}
		if name != test.want || dialect != test.dialect || r.PathValue("id") != test.id || !slices.Equal(allow, test.allow) {
			t.Errorf("%s %s: %q of %q, id %q, allow %v", test.method, test.path, name, dialect, r.PathValue("id"), allow)
		}
	}
	slashed := httptest.NewRequest("GET", "/one/a%2Fb", nil)
	if found, _ := routes.find(slashed); found == nil || slashed.PathValue("id") != "a/b" {
		t.Errorf("an ID with an escaped slash is %q", slashed.PathValue("id"))
	}
	for path, want := range map[string]string{"/one/x": "one", "/one/of/two/x": "two", "/two": "two", "/else": "one"} {
		if got := routes.dialectFor(path, http.Header{}).Name; got != want {
			t.Errorf("the dialect of %s is %s, want %s", path, got, want)
		}
	}
}

func TestDialectOfUnknownPaths(t *testing.T) {
	routes := newRoutes(api.Article(), api.Anthropic(), api.OpenAI(), api.Responses())
	for _, test := range []struct{ path, version, want string }{
		{"/v1/nosuch", "", "article"},
		{"/v1/nosuch", "2026-10-21", "anthropic"},
		{"/v1/models/a/b", "", "openai"},
		{"/v1/models/a/b", "2026-10-21", "anthropic"},
		{"/v1/files", "", "openai"},
		{"/v1/files", "2023-06-01", "anthropic"},
		{"/v1/messages/no/where", "", "anthropic"},
		{"/v1/completions/no", "2023-06-01", "article"},
		{"/v1/chat/no", "2023-06-01", "openai"},
		{"/v1/responses/resp_1", "", "responses"},
	} {
		h := http.Header{}
		if test.version != "" {
			h.Set("Anthropic-Version", test.version)
		}
		if got := routes.dialectFor(test.path, h).Name; got != test.want {
			t.Errorf("%s, version %q: answered in %s, want %s", test.path, test.version, got, test.want)
		}
	}
}
