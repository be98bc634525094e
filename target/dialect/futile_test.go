package dialect

import (
	"net/http"
	"testing"

	"weighbridge/target"
)

func TestFutileFailures(t *testing.T) {
	const anthropic = `{"type":"error","error":{"type":"rate_limit_error","message":"m","details":{"error_code":"`
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   bool
	}{
		{"a spend limit that is enforced", 429, anthropic + `enforced_spend_limit_reached"}}}`, true},
		{"a spend limit of the contract", 429, anthropic + `contract_spend_limit_reached"}}}`, true},
		{"too fast a ramp", 429, anthropic + `ramp_limit_exceeded"}}}`, false},
		{"an Anthropic rate limit", 429, `{"type":"error","error":{"type":"rate_limit_error","message":"m","details":null}}`, false},
		{"a used-up quota by its code", 429, `{"error":{"message":"m","type":"billing","param":null,"code":"insufficient_quota"}}`, true},
		{"a used-up quota by its type", 429, `{"error":{"message":"m","type":"insufficient_quota","code":429}}`, true},
		{"an OpenAI rate limit", 429, `{"error":{"message":"m","type":"requests","code":"rate_limit_exceeded"}}`, false},
		{"an error that is a text", 429, `{"error":"insufficient_quota"}`, false},
		{"no JSON", 429, `insufficient_quota`, false},
		{"a quota in a 503", 503, `{"error":{"code":"insufficient_quota"}}`, false},
	} {
		for _, name := range []string{"openai", "anthropic", "article", "http"} {
			d := newDialect(t, httpConfig(target.HTTP{}))
			if name != "http" {
				d = newDialect(t, modelConfig(name, false))
			}
			out := d.Judge(c.status, http.Header{"Content-Type": {typeJSON}}, []byte(c.body), 1)
			if out.Futile != c.want || out.Class == target.Success {
				t.Errorf("%s, dialect %s: futile = %v, class %q", c.name, name, out.Futile, out.Class)
			}
		}
	}
}
