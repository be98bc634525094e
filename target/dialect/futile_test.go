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

func TestFatalFailures(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   target.Fatal
	}{
		{"a bad key at OpenAI", 401, `{"error":{"message":"m","type":"invalid_request_error","code":"invalid_api_key"}}`, target.FatalCredential},
		{"a bad key at Anthropic", 401, `{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}`, target.FatalCredential},
		{"a 401 without words", 401, ``, target.FatalCredential},
		{"no permission", 403, `{"type":"error","error":{"type":"permission_error","message":"m"}}`, target.FatalCredential},
		{"a challenge of a proxy", 403, `<html><title>Just a moment...</title></html>`, ""},
		{"a region that is not served", 403, `{"error":{"message":"m","type":"request_forbidden","code":"unsupported_country_region_territory"}}`, ""},
		{"no money", 402, `{"type":"error","error":{"type":"billing_error","message":"m"}}`, target.FatalQuota},
		{"an organization on hold", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"m","details":{"error_code":"organization_on_hold"}}}`, target.FatalQuota},
		{"a quota", 429, `{"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}}`, target.FatalQuota},
		{"a rate limit", 429, `{"error":{"message":"m","type":"requests","code":"rate_limit_exceeded"}}`, ""},
		{"a model at OpenAI", 404, `{"error":{"message":"The model x does not exist","type":"invalid_request_error","code":"model_not_found"}}`, target.FatalModel},
		{"a model at Anthropic", 404, `{"type":"error","error":{"type":"not_found_error","message":"model: x"}}`, target.FatalModel},
		{"a model at vLLM", 404, `{"error":{"message":"The model x does not exist.","type":"NotFoundError","param":null,"code":404}}`, target.FatalModel},
		{"another path", 404, `{"type":"error","error":{"type":"not_found_error","message":"Not Found"}}`, ""},
		{"a wrong request", 400, `{"error":{"message":"m","type":"invalid_request_error","code":null}}`, ""},
		{"a broken server", 500, `{"error":{"message":"m","code":"insufficient_quota"}}`, ""},
	} {
		out := newDialect(t, modelConfig("openai", false)).Judge(c.status, http.Header{"Content-Type": {typeJSON}}, []byte(c.body), 1)
		if out.Fatal != c.want || out.Futile != (c.want == target.FatalQuota) {
			t.Errorf("%s: fatal %q, futile %v; want %q", c.name, out.Fatal, out.Futile, c.want)
		}
	}
}
