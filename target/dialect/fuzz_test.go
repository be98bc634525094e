package dialect

import (
	"net/http"
	"testing"

	"weighbridge/bench/bounds"
	"weighbridge/target"
)

// FuzzHTTP compiles templates and expressions and runs them once: nothing panics, and
// all ends within the bounds.
func FuzzHTTP(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"q": {{json .Prompt}}}`, `status == 200 && body.ok`},
		{`{{range $i, $p := .Prompts}}{{printf "%d %q" $i $p}}{{end}}`, `all(body.items, .n + 1 > 0)`},
		{`{{define "a"}}{{range 9}}x{{end}}{{end}}{{template "a"}}`, `count(map([1, 2], # + #), # > 1) == 2 ? body matches "a{9}" : header["X"] in ["a"]`},
		{`{{$x := print 1 2}}{{$x = js $x}}{{html (urlquery $x)}}`, `len(filter(body.items, any(body.items, # == 1))) ?? 1 == 1`},
	} {
		f.Add(seed[0], seed[1], `{"ok": true, "items": [{"n": 1}, 2]}`)
	}
	header := http.Header{"Content-Type": {"application/json"}, "X": {"a"}}
	f.Fuzz(func(t *testing.T, body, success, response string) {
		defer bounds.Check(t)()
		if template, err := newTextTemplate("target.http.body", body); err == nil {
			_, _ = template.execute(templateData{"one", []string{"one", "two"}, 64})
		}
		if program, err := compileSuccess(success); err == nil {
			d := httpDialect{success: program}
			if got := d.Judge(200, header, []byte(response), 1); got.Class != target.Success && got.Detail == "" {
				t.Fatalf("%q: %+v", success, got)
			}
		}
	})
}
