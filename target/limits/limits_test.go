package limits

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// headers reads "Name: value" lines.
func headers(lines string) http.Header {
	h := http.Header{}
	for line := range strings.Lines(lines) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			h.Add(name, value)
		}
	}
	return h
}

func TestParse(t *testing.T) {
	for _, row := range []struct{ name, headers, want string }{
		{"none", "Content-Type: text/plain\nX-Request-Id: 1\nServer: limited", ""},
		{
			"Anthropic", `anthropic-ratelimit-requests-limit: 50
			anthropic-ratelimit-requests-remaining: 49
			anthropic-ratelimit-requests-reset: 2026-11-22T12:00:02Z
			anthropic-ratelimit-tokens-limit: 48000
			anthropic-ratelimit-tokens-remaining: 47000
			anthropic-ratelimit-input-tokens-limit: 40000
			anthropic-ratelimit-input-tokens-remaining: 39000
			anthropic-ratelimit-input-tokens-reset: 2026-11-22T11:59:00Z
			anthropic-priority-output-tokens-limit: 8000
			anthropic-priority-output-tokens-remaining: 0
			anthropic-fast-input-tokens-remaining: 7`,
			`anthropic-fast-input-tokens: input tokens, 7±500 of ?
			anthropic-priority-output-tokens: output tokens, 0±500 of 8000
			anthropic-ratelimit-input-tokens: input tokens, 39000±500 of 40000, reset 0s at 11:59:00, gradual
			anthropic-ratelimit-requests: requests, 49 of 50, reset 2s at 12:00:02, gradual
			anthropic-ratelimit-tokens: other, 47000±500 of 48000`,
		},
		{
			"Anthropic, tokens alone", "anthropic-ratelimit-tokens-limit: 8000\nanthropic-ratelimit-tokens-remaining: 1000",
			"anthropic-ratelimit-tokens: tokens, 1000±500 of 8000",
		},
		{"Anthropic, a share only", "anthropic-ratelimit-unified-5h-utilization: 0.25\nanthropic-ratelimit-unified-5h-reset: 1795345200", ""},
		{
			"the server's clock is an hour ahead", "Date: Sun, 22 Nov 2026 13:00:00 GMT\nanthropic-ratelimit-requests-limit: 5\nanthropic-ratelimit-requests-reset: 2026-11-22T13:00:09Z",
			"anthropic-ratelimit-requests: requests, ? of 5, reset 9s at 13:00:09, gradual",
		},
		{
			"OpenAI", `x-ratelimit-limit-requests: 60
			x-ratelimit-limit-tokens: 150000
			x-ratelimit-remaining-requests: 59
			x-ratelimit-remaining-tokens: 149984
			x-ratelimit-reset-requests: 12ms
			x-ratelimit-reset-tokens: 6m0s
			x-ratelimit-limit-project-tokens: 9`,
			`x-ratelimit-project-tokens: tokens, ? of 9
			x-ratelimit-requests: requests, 59 of 60, reset 12ms, gradual
			x-ratelimit-tokens: tokens, 149984 of 150000, reset 6m0s, gradual`,
		},
		{
			"Azure", "x-ratelimit-limit-requests: 10\nx-ratelimit-remaining-requests: -1\nx-ratelimit-reset-requests: 10\nx-ratelimit-renewalperiod-requests: 60\nx-ms-ratelimit-remaining-resource: Microsoft/Low;239",
			"x-ratelimit-requests: requests, ? of 10, reset 10s",
		},
		{
			"seconds with a fraction", "x-ratelimit-limit-requests-day: 14400\nx-ratelimit-reset-requests-day: 33011.5",
			"x-ratelimit-requests-day: requests, ? of 14400, reset 9h10m11.5s",
		},
		{
			"GitHub", "X-RateLimit-Limit: 5000\nX-RateLimit-Remaining: 4999\nX-RateLimit-Used: 1\nX-RateLimit-Resource: core\nX-RateLimit-Reset: 1795348860",
			"x-ratelimit: requests, 4999 of 5000, reset 1m0s at 12:01:00",
		},
		{
			"OpenRouter, in milliseconds", "X-RateLimit-Limit: 20\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1795348860500",
			"x-ratelimit: requests, 0 of 20, reset 1m0.5s at 12:01:00",
		},
		{
			"with a hyphen more", "X-Rate-Limit-Limit: 15\nX-Rate-Limit-Remaining: 14\nX-Rate-Limit-Reset: 1795348860",
			"x-ratelimit: requests, 14 of 15, reset 1m0s at 12:01:00",
		},
		{
			"Envoy", "x-ratelimit-limit: 10, 10;w=1;name=\"per user\", 100;w=60\nx-ratelimit-remaining: 9\nx-ratelimit-reset: 1",
			"x-ratelimit: requests, 9 of 10, reset 1s",
		},
		{
			"Mistral", "x-ratelimit-limit-req-minute: 60\nx-ratelimit-remaining-req-minute: 59\nx-ratelimit-limit-tokens-minute: 500000",
			"x-ratelimit-req-minute: requests, 59 of 60\nx-ratelimit-tokens-minute: tokens, ? of 500000",
		},
		{"Kong", "X-RateLimit-Limit-Minute: 60\nX-RateLimit-Remaining-Minute: 59", "x-ratelimit-minute: other, 59 of 60"},
		{"Together", "x-tokenlimit-limit: 600\nx-tokenlimit-remaining: 6", "x-tokenlimit: tokens, 6 of 600"},
		{"IETF, to draft 7", "RateLimit-Limit: 100, 100;w=60\nRateLimit-Remaining: 50\nRateLimit-Reset: 30", "ratelimit: requests, 50 of 100, reset 30s"},
		{"IETF, draft 8", "RateLimit: limit=100, remaining=50, reset=30\nRateLimit-Policy: 100;w=60;comment=\"a, b\"", "ratelimit: requests, 50 of 100, reset 30s"},
		{
			"IETF, from draft 9", "RateLimit-Policy: \"burst\";q=100;w=60,\"daily\";q=1000;w=86400;qu=\"content-bytes\"\nRateLimit: \"burst\";r=50;t=30\nRateLimit: \"daily\";r=999",
			"ratelimit burst: requests, 50 of 100, reset 30s\nratelimit daily: other, 999 of 1000",
		},
		{"nonsense", "x-ratelimit-limit-requests: many\nx-ratelimit-remaining-requests: -3\nx-ratelimit-limit-tokens: NaN\nx-ratelimit-remaining-tokens: 1e300", ""},
		{"a reset without sense", "x-ratelimit-limit: 3\nx-ratelimit-reset: tomorrow", "x-ratelimit: requests, ? of 3"},
		{"a reset in 100 years", "x-ratelimit-limit: 3\nx-ratelimit-reset: 876000h", "x-ratelimit: requests, ? of 3"},
		{"a negative reset", "x-ratelimit-limit: 3\nx-ratelimit-reset: -5", "x-ratelimit: requests, ? of 3"},
		{"a name that is a text", "RateLimit: \"<b>\";r=1, \"fine\";r=2, \"" + strings.Repeat("x", 60) + "\";r=3", "ratelimit fine: requests, 2 of ?"},
		{"empty ones", "RateLimit: ,;,\"\nRateLimit-Policy: ;;\nx-ratelimit-limit: ", ""},
	} {
		var want []string
		for line := range strings.Lines(row.want) {
			want = append(want, strings.TrimSpace(line))
		}
		if got := texts(Parse(headers(row.headers), noon)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", row.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// texts are limits in words.
func texts(all []Limit) []string {
	var out []string
	for _, l := range all {
		number := func(n *uint64) string {
			if n == nil {
				return "?"
			}
			return fmt.Sprint(*n)
		}
		s := fmt.Sprintf("%s: %s, %s", l.Name, [...]string{"other", "requests", "input tokens", "output tokens", "tokens"}[l.Counts], number(l.Remaining))
		if l.Rounding > 0 {
			s += fmt.Sprintf("±%d", l.Rounding)
		}
		s += " of " + number(l.Limit)
		if l.Reset != nil {
			s += fmt.Sprintf(", reset %v", *l.Reset)
		}
		if !l.ResetAt.IsZero() {
			s += " at " + l.ResetAt.UTC().Format(time.TimeOnly)
		}
		if l.Gradual {
			s += ", gradual"
		}
		out = append(out, s)
	}
	return out
}

func TestParseIsBounded(t *testing.T) {
	h := http.Header{}
	for i := range 1000 {
		h.Set(fmt.Sprintf("X-Ratelimit-Limit-N%03d", i), "1")
	}
	if got := Parse(h, noon); len(got) != mostLimits || got[0].Name != "x-ratelimit-n000" {
		t.Errorf("%d limits", len(got))
	}
}

func FuzzParse(f *testing.F) {
	f.Add("RateLimit", `"burst";r=50;t=30`)
	f.Add("X-Ratelimit-Reset-Tokens", "6m0s")
	f.Fuzz(func(t *testing.T, name, value string) {
		for _, l := range Parse(http.Header{http.CanonicalHeaderKey(name): {value, value}, "X-Ratelimit-Limit": {value}}, noon) {
			if !plain(l.Name) || l.Limit == nil && l.Remaining == nil || l.Reset != nil && (*l.Reset < 0 || *l.Reset > longestReset) {
				t.Errorf("%+v", l)
			}
		}
	})
}

func TestRefusing(t *testing.T) {
	const both = "anthropic-ratelimit-requests-remaining: %d\nanthropic-ratelimit-input-tokens-remaining: %d\nanthropic-ratelimit-input-tokens-reset: 2026-11-22T12:00:30Z"
	for _, row := range []struct{ headers, message, want string }{
		{"", "Too many requests", ""},
		{fmt.Sprintf(both, 0, 9000), "", "anthropic-ratelimit-requests"},
		{fmt.Sprintf(both, 0, 9000), "of 40,000 input tokens per minute", "anthropic-ratelimit-requests"},
		{fmt.Sprintf(both, 3, 9000), "Too many requests", ""},
		{fmt.Sprintf(both, 3, 9000), "would exceed your rate limit of 40,000 input tokens per minute", "anthropic-ratelimit-input-tokens"},
		{fmt.Sprintf(both, 3, 9000), "the limit on output tokens", ""},
		{fmt.Sprintf(both, 0, 0), "", "anthropic-ratelimit-input-tokens"},
		{fmt.Sprintf(both, 0, 0), "Number of requests", "anthropic-ratelimit-requests"},
		{"x-ratelimit-remaining-requests: 5\nx-ratelimit-remaining-tokens: 100", "Rate limit reached on tokens per min (TPM): Limit 10000", "x-ratelimit-tokens"},
		{"x-ratelimit-remaining-requests: 5\nx-ratelimit-remaining-tokens: 100", "Rate limit reached (RPM)", "x-ratelimit-requests"},
	} {
		if got := Refusing(Parse(headers(row.headers), noon), row.message); got != row.want {
			t.Errorf("%q, %q: %q, want %q", row.headers, row.message, got, row.want)
		}
	}
}

func BenchmarkParseNothing(b *testing.B) {
	h := headers("Content-Type: application/json\nDate: Sun, 22 Nov 2026 12:00:07 GMT\nContent-Length: 7\nRequest-Id: req\nServer-Timing: total;dur=1")
	for b.Loop() {
		Parse(h, noon)
	}
}
