package target

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A secret is found in every form in which it travels.
func TestRedactorKnowsTheForms(t *testing.T) {
	for _, secret := range []string{"sesame-4711-öffne", `p"a\ss<wörd>&/+=`, "0123456789abcdef", "MultiLineOne-abcdefgh\nMultiLineTwo-ijklmnop"} {
		var r Redactor
		r.Add(secret)
		quoted, err := json.Marshal(map[string]string{"echo": secret})
		if err != nil {
			t.Fatal(err)
		}
		basic := func(user, password string) string {
			h := http.Header{}
			(&http.Request{Header: h}).SetBasicAuth(user, password)
			return h.Get("Authorization")
		}
		for name, text := range map[string]string{
			"plain": "it said " + secret + ".", "query": "?key=" + url.QueryEscape(secret) + "&b=1",
			"lower-case escapes": lowerEscapes(url.QueryEscape(secret)), "path": "/" + url.PathEscape(secret) + "/x",
			"json": string(quoted), "go": fmt.Sprintf("%q", secret),
			"base64": base64.StdEncoding.EncodeToString([]byte(secret)), "raw base64 for URLs": base64.RawURLEncoding.EncodeToString([]byte(secret)),
		} {
			if got := r.Redact(text); !strings.Contains(got, Masked) || strings.Contains(got, secret) || len(got) > len(Masked)+20 {
				t.Errorf("%s of %q: %s becomes %s", name, secret, text, got)
			}
		}
		for _, user := range []string{"a", "ab", "abc", "client"} {
			for _, password := range []string{secret, url.QueryEscape(secret)} {
				header := basic(user, password)
				if got := r.Redact(header); !strings.Contains(got, Masked) || len(got)-len(Masked) > len("Basic ")+2*len(user)+8 {
					t.Errorf("Basic of %s:%q: %s becomes %s", user, secret, header, got)
				}
			}
		}
	}
}

func TestRedactorLeavesTheRest(t *testing.T) {
	var none *Redactor
	if got := none.Redact("text"); got != "text" {
		t.Errorf("a nil Redactor gives %q", got)
	}
	var r Redactor
	r.Add("", "abc", "long-secret", "long-secret-of-another")
	for text, want := range map[string]string{
		"": "", "abc": "abc", "a long-secret-of-another one": "a [secret] one", "long-secret": "[secret]", "long-secre": "long-secre",
	} {
		if got := r.Redact(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestRedactorForgetsOldTokensOnly(t *testing.T) {
	var r Redactor
	r.Add("the-secret")
	for i := range mostTokens + 1 {
		r.AddToken(fmt.Sprintf("token-%06d", i))
	}
	if got, want := r.Redact("token-000000 token-000001 the-secret"), "token-000000 [secret] [secret]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A token that is in use is known however many others are added; one that was replaced, until
// many others were.
func TestTokensInUseStayKnown(t *testing.T) {
	var r Redactor
	long, short := new(int), new(int)
	r.Hold(long, "token-for-hours")
	for i := range 2 * mostTokens {
		r.Hold(short, fmt.Sprintf("token-number-%d", i))
		r.AddToken(fmt.Sprintf("assertion-%d", i))
	}
	if got := r.Redact("token-for-hours token-number-1023 token-number-1022 assertion-1023 token-number-1"); got != "[secret] [secret] [secret] [secret] token-number-1" {
		t.Error(got)
	}
	r.Hold(long, "")
	if got := r.Redact("token-for-hours"); got != Masked {
		t.Errorf("just after its end: %s", got)
	}
	for i := range mostTokens {
		r.AddToken(fmt.Sprintf("assertion-%d", i))
	}
	if got := r.Redact("token-for-hours"); got != "token-for-hours" {
		t.Errorf("long after its end: %s", got)
	}
}
