package scenarios

import (
	"fmt"
	"strings"
	"testing"
)

// urls is a scenario whose axis build has two levels on the given addresses, with more lines.
func urls(a, b, more string) string {
	return fmt.Sprintf(`
name: shared
target: {dialect: http, url: %q}
matrix:
  build: {base: {target.url: %q}, head: {target.url: %q}}
  %s
`, a, a, b, more)
}

func TestArmsThatShareAServerTakeTurns(t *testing.T) {
	const one, other = "http://127.0.0.1:8080", "http://127.0.0.1:8081"
	for name, row := range map[string]struct {
		source string
		want   string
	}{
		"a server each":                  {urls(one, other, ""), Concurrent},
		"one server":                     {urls(one, one, ""), Sequential},
		"one server, two paths":          {urls(one+"/a", one+"/b/", ""), Sequential},
		"one server by two names":        {urls("http://localhost:8080", one, ""), Sequential},
		"one server, a port left out":    {urls("https://localhost", "https://localhost:443", ""), Sequential},
		"two schemes":                    {urls("https://localhost:8080", "http://localhost:8080", ""), Concurrent},
		"one arm":                        {"name: x\ntarget: {dialect: http, url: \"" + one + "\"}\n", Concurrent},
		"mocks":                          {withMatrix("rate: {a: {load.open.rate: 1}, b: {load.open.rate: 2}}"), Concurrent},
		"a mock beside a server":         {minimal + "matrix: {side: {mock: {target.url: mock}, real: {target.url: \"" + one + "\", target.auth.scheme: none}}}\n", Concurrent},
		"a load each on one server":      {urls(one, one, "rate: {a: {load.open.rate: 1}, b: {load.open.rate: 2}}"), Sequential},
		"durations on one server":        {urls(one, one, "long: {a: {load.open.duration: 1s}, b: {load.open.duration: 2s}}"), Sequential},
		"two servers with two arms each": {urls(one, other, "batch: {a: {prompts.max_tokens: 1}, b: {prompts.max_tokens: 2}}"), Sequential},
	} {
		if got := mustParse(t, row.source).Experiment.Order; got != row.want {
			t.Errorf("%s: order %s, want %s", name, got, row.want)
		}
	}
}

// Arms elsewhere take turns, and those that share a server there do not warm its prompt cache for
// each other.
func TestArmsElsewhere(t *testing.T) {
	const remote = "https://api.example.com"
	source := func(a, b, prompts string) string {
		return fmt.Sprintf("name: x\ntarget: {dialect: openai, model: m, url: %q, auth: {scheme: none}}\nprompts: {%s}\nload: {open: {rate: 1, duration: 1s}}\nmatrix: {build: {base: {target.url: %q}, head: {target.url: %q}}}\n", a, prompts, a, b)
	}
	for name, row := range map[string]struct{ source, order, bust string }{
		"one server elsewhere":      {source(remote, remote, ""), Sequential, "arm"},
		"one server, and not apart": {source(remote, remote, "cache_bust: none"), Sequential, "none"},
		"two servers elsewhere":     {source(remote, "https://other.example.com", ""), Sequential, "none"},
		"one server here":           {source("http://127.0.0.1:1", "http://127.0.0.1:1", ""), Sequential, "none"},
		"two servers here":          {source("http://127.0.0.1:1", "http://127.0.0.1:2", "cache_bust: block"), Concurrent, "block"},
	} {
		s := mustParse(t, row.source)
		if got := s.Experiment.Order; got != row.order {
			t.Errorf("%s: order %s, want %s", name, got, row.order)
		}
		if got := s.Arms()[1].Prompts.CacheBust; got != row.bust {
			t.Errorf("%s: cache_bust %s, want %s", name, got, row.bust)
		}
	}
}

func TestArmsAtOnceOnOneServer(t *testing.T) {
	const one = "http://127.0.0.1:8080"
	concurrent := "experiment: {order: concurrent}\n"
	for name, row := range map[string]struct {
		source  string
		changes Changes
		refused string // a part of the error; empty if there is none
		warned  bool
	}{
		"alike in load":    {source: concurrent + urls(one, one, ""), warned: true},
		"a server each":    {source: concurrent + urls(one, "http://127.0.0.1:8081", "rate: {a: {load.open.rate: 1}, b: {load.open.rate: 2}}")[1:], refused: "axis rate sets load.open.rate"},
		"a section set":    {source: concurrent + urls(one, one, "rate: {a: {load: {warmup: 0s}}, b: {load: {warmup: 1s}}}"), refused: "axis rate sets load"},
		"by the flags":     {source: urls(one, one, ""), changes: Changes{Set: []string{"experiment.order=concurrent"}, Axes: []string{"rate=load.open.rate:2,10"}}, refused: "axis rate sets load.open.rate"},
		"sequential asked": {source: "experiment: {order: sequential}\n" + urls(one, one, "rate: {a: {load.open.rate: 1}, b: {load.open.rate: 2}}")},
	} {
		s, err := Parse("test.yaml", []byte(row.source), row.changes)
		if row.refused != "" {
			if err == nil || !strings.Contains(err.Error(), row.refused) || !strings.Contains(err.Error(), "expected sequential") {
				t.Errorf("%s: expected an error about %q, got %v", name, row.refused, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if warned := strings.Contains(strings.Join(s.Warnings(), "\n"), "loaded the same server"); warned != row.warned {
			t.Errorf("%s: warnings %q", name, s.Warnings())
		}
	}
}

func TestTheWarningOfUnverifiedCertificatesNamesTheServersWithTLS(t *testing.T) {
	for _, c := range []struct{ urls, want string }{
		{"http://localhost:1,https://localhost:2,https://localhost:3", "https://localhost:2, https://localhost:3"},
		{"http://localhost:1,http://localhost:2", "http://localhost:1, http://localhost:2"},
	} {
		s, err := Parse("test.yaml", []byte(minimal+"client: {tls: {insecure: true}}\n"), Changes{Axes: []string{"url=target.url:" + c.urls}, Set: []string{"target.auth.scheme=none", "target.model=m"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(s.Warnings(), "\n"); !strings.HasSuffix(got, " the requests to "+c.want) {
			t.Errorf("%s: %q, want one that ends in %s", c.urls, got, c.want)
		}
	}
}
