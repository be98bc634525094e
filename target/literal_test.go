package target

import (
	"slices"
	"strings"
	"testing"
)

func TestCredentialsWrittenOut(t *testing.T) {
	for _, row := range []struct{ path, text string }{
		{"target.headers.Authorization", "Bearer sk-4711"},
		{"target.headers.authorization", "sk-4711"},
		{"target.headers.Authorization", "Bearer sk-${env:TOKEN}"},
		{"target.headers.Authorization", "${env:TOKEN} sk-4711"},
		{"target.http.headers.X-Api-Key", "sk-4711"},
		{"target.headers.Api-Key", "sk-4711"},
		{"target.headers.apikey", "sk-4711"},
		{"target.headers.Ocp-Apim-Subscription-Key", "sk-4711"},
		{"target.headers.X-Goog-Api-Key", "sk-4711"},
		{"target.headers.Cookie", "theme=dark; session=sk-4711"},
		{"target.headers.Cookie", "session=${env:SESSION}; sid=sk-4711"},
		{"target.headers.Proxy-Authorization", "Basic dXNlcjpzay00NzEx"},
		{"target.headers.X-Auth-Token", "sk-4711"},
		{"target.headers.X_CLIENT_SECRET", "sk-4711"},
		{"target.headers.X-Amz-Security-Token", "sk-4711"},
		{"target.headers.Referer", "https://user:sk-4711@example.org/"},
		{"target.headers.Referer", "https://example.org/?access_token=sk-4711"},
		{"target.http.path", "/ask?token=sk-4711"},
		{"target.http.path", "/ask?q=1&api_key=sk-4711#top"},
		{"target.http.path", "/ask?a=1;key=sk-4711"},
		{"target.http.path", "/ask?apiKey=sk-4711"},
		{"target.http.path", "/ask?%61pi_key=sk-4711"},
		{"target.http.path", "//user:sk-4711@host/"},
		{"target.auth.token_path", "/token?client_secret=sk-4711"},
		{"target.auth.token_path", "http://user:sk-4711@127.0.0.1/token"},
		{"target.url", "http://127.0.0.1:1/?sig=sk-4711"},
		{"target.url", "http://sk-4711@127.0.0.1:1/"},
		{"client.proxy", "http://me:sk-4711@127.0.0.1:3128"},
		{"client.proxy", "http://sk-4711@127.0.0.1:3128"},
		{"client.proxy", "http://${env:USER}:sk-4711${env:PASSWORD}@127.0.0.1:3128"},
	} {
		if found := Credentials(row.path, row.text); len(found) == 0 {
			t.Errorf("%s: %s is not seen", row.path, row.text)
		} else if masked := maskedBy(row.text, found); strings.Contains(masked, "4711") || strings.Contains(masked, "00NzEx") {
			t.Errorf("%s: %s keeps its secret: %s", row.path, row.text, masked)
		}
	}
}

func maskedBy(text string, secrets []string) string {
	var r Redactor
	r.Add(secrets...)
	return r.Redact(text)
}

func TestReferencesAndOtherTextsAreNoCredentials(t *testing.T) {
	for _, row := range []struct{ path, text string }{
		{"target.headers.Authorization", "${env:TOKEN}"},
		{"target.headers.Authorization", "Bearer ${env:TOKEN}"},
		{"target.headers.Authorization", `Token token="${env:TOKEN}"`},
		{"target.headers.Authorization", ""},
		{"target.headers.Cookie", "session=${env:SESSION}; csrf=${file:/run/csrf}"},
		{"target.headers.X-Api-Key", "${file:/run/key}"},
		{"target.headers.Idempotency-Key", "run-1"},
		{"target.headers.X-Max-Tokens", "64"},
		{"target.headers.X-Tenant", "blue"},
		{"target.headers.Author", "nobody"},
		{"target.headers.Monkey", "george"},
		{"target.http.path", "/v1/ask?model=x&max_tokens=64&user=me"},
		{"target.http.path", "/ask?key=${env:KEY}"},
		{"target.http.path", "/tokens/authorization/secret"},
		{"target.auth.token_path", "/oauth2/token"},
		{"target.url", "http://127.0.0.1:1/base"},
		{"client.proxy", "http://me:${env:PASSWORD}@127.0.0.1:3128"},
		{"client.proxy", "http://${env:USER}:${env:PASSWORD}@127.0.0.1:3128"},
		{"client.proxy", "socks5://127.0.0.1:3128"},
		{"client.proxy", "env"},
		{"target.http.body", `{"token": 1}`},
	} {
		if found := Credentials(row.path, row.text); len(found) > 0 {
			t.Errorf("%s: %s counts as a credential: %q", row.path, row.text, found)
		}
	}
}

func TestMalformedReferences(t *testing.T) {
	for _, text := range []Text{"${NOPE}", "${env:", "${env:NAME", "a ${env:A} ${file:/x", "${env:}", "${vault:x}", "${}", "${"} {
		if text.CheckForm() == nil {
			t.Errorf("%s passes", text)
		}
		if value, err := text.Expand(); err == nil {
			t.Errorf("%s expands to %q", text, value)
		}
	}
	for _, text := range []Text{"", "$5", "{x}", "${env:A}", "x${env:A}${file:/b}", "$ {env:A"} {
		if err := text.CheckForm(); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestPathsTakeReferencesEscaped(t *testing.T) {
	t.Setenv("TEST_PATH_KEY", "a&b=c/d e")
	cfg := Config{HTTP: HTTP{Path: "/ask?key=${env:TEST_PATH_KEY}"}, Auth: Auth{TokenPath: "/token?key=${env:TEST_PATH_KEY}"}}
	resolved, err := cfg.Resolved()
	if want := "/ask?key=a%26b%3Dc%2Fd+e"; err != nil || resolved.HTTP.Path != want || cfg.HTTP.Path == want {
		t.Errorf("the path is %s, %v", resolved.HTTP.Path, err)
	}
	if want := "/token?key=a%26b%3Dc%2Fd+e"; resolved.Auth.TokenPath != want {
		t.Errorf("the token path is %s", resolved.Auth.TokenPath)
	}
	secrets, err := cfg.Secrets()
	if err != nil || !slices.Contains(secrets, "a&b=c/d e") {
		t.Errorf("the secrets are %q, %v", secrets, err)
	}
	cfg.HTTP.Path = "/ask?key=${env:NO_SUCH_VARIABLE}"
	if _, err := cfg.Resolved(); err == nil || !strings.Contains(err.Error(), "target.http.path: ${env:NO_SUCH_VARIABLE}") {
		t.Errorf("the error is %v", err)
	}
}
