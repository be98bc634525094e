package scenarios

import (
	"errors"
	"strings"
	"testing"

	"weighbridge/scenarios/tree"
)

func excerptOf(t *testing.T, source string) string {
	t.Helper()
	_, err := Parse("test.yaml", []byte(source), Changes{})
	var all tree.Errors
	if !errors.As(err, &all) {
		t.Fatalf("%v\n%s", err, source)
	}
	return all[0].Excerpt
}

func TestExcerptsPointAtTheColumn(t *testing.T) {
	long := strings.Repeat("a", 60)
	for _, row := range []struct{ line, want string }{
		{"load: {warmup: 5}", "load: {warmup: 5}\n               ^"},
		{"load: {warmup: 5}   # why", "load: {warmup: 5}   # …\n               ^"},
		{"load:  {warmup: 5}\r", "load:  {warmup: 5}\n                ^"},
		{"load: {\"warmup\": '5'}", "load: {\"warmup\": '5'}\n                 ^"},
		{"about: µµ°\nload: {drain: 1µs, warmup: 5}", "load: {drain: 1µs, warmup: 5}\n                           ^"},
		{"client: {timeout: }", "client: {timeout: }\n                 ^"},
		{"target.url: x", "target.url: …\n^"},
		{"claims: [{measure: tps, says: " + long + ", claimed: much, id: C1}]", "…" + long[:50] + ", claimed: much, id: C1}]\n" + strings.Repeat(" ", 62) + "^"},
		{"claims: [{claimed: much, measure: tps, id: C1, says: " + long + "}]", "claims: [{claimed: much, measure: tps, id: C1, says: " + long[:22] + "…\n                   ^"},
	} {
		if got := excerptOf(t, minimal+row.line+"\n"); got != row.want {
			t.Errorf("%q: got\n%s\nwant\n%s", row.line, got, row.want)
		}
	}
}

// TestExcerptsHoldNoCredential puts a credential beside a mistake in every place: alone, among
// other words, and in a source that cannot be parsed.
func TestExcerptsHoldNoCredential(t *testing.T) {
	const wrong = "oops: 1"
	for _, credential := range []string{"sesame", "open sesame", "Bearer sesame", "sesame==", "x:sesame", "{sesame}", "article sesame", "5sesame"} {
		for _, line := range []string{
			"auth: {key: #}", "auth: {key: [#]}", "auth: {key: {a: #}}", "auth: {jwt: {secret: #}}", "auht: {key: #}", "auth: {client_id: #}", "auth: {kye: #}",
			"headers: {Authorization: #}", "http: {body: #, headers: {X: #}}", "url: #", "auth: {token_path: #}", "oops: [#, {b: #}]",
		} {
			for _, quote := range []string{`"`, `'`, ``} {
				text := quote + credential + quote
				written := strings.ReplaceAll(line, "#", text)
				for _, source := range []string{
					"name: x\ntarget: {dialect: article, " + wrong + ", " + written + "}\n",
					"name: x\ntarget: {" + written + ", dialect: " + "{}}\n",
					"name: x\ntarget: {" + written + ", " + wrong + "\n",
					"name: x\ntarget: {" + written + "}}\n",
					"name: x\ntarget:\n  dialect: article\n   " + written + "\n",
					"name: x\ntarget:\n  " + written + "\n  " + written + "\n",
					"name: x\ntarget:\n  dialect: # " + credential + "\n    a: b\n",
					"name: x\ntarget: {dialect: article}\nmatrix: {a: {b: {target.headers.X: " + text + ", target.oops: " + text + "}}}\n",
					"name: x\ntarget: {dialect: article}\nmatrix: {a: {b: {target.auth: {key: " + text + ", kye: 5}}}}\n",
					"name: x\noops: " + text + "\n",
					"name: x\noops: |\n  " + credential + "\ntarget:\n",
				} {
					_, err := Parse("test.yaml", []byte(source), Changes{})
					var all tree.Errors
					errors.As(err, &all)
					for _, one := range all {
						if strings.Contains(one.Excerpt, "sesame") {
							t.Fatalf("a credential is shown:\n%s\n%v\n%s", source, one, one.Excerpt)
						}
					}
				}
			}
		}
	}
}
