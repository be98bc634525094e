package auth

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"
)

// unsignedJWT is a JWT that expires at exp.
func unsignedJWT(exp int64) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode(fmt.Appendf(nil, `{"exp":%d}`, exp)) + ".eA"
}

func TestPrintedCredentials(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	in := func(d time.Duration) time.Time { return now.Add(d) }
	const token, minutes = "t0ken-a", 10 * time.Minute
	aJWT := unsignedJWT(in(minutes).Unix())
	for name, c := range map[string]struct {
		text, value string
		life        time.Duration
	}{
		"alone":                        {token, token, 0},
		"with a line break":            {token + "\r\n", token, 0},
		"with a byte order mark":       {"\ufeff" + token, token, 0},
		"quoted, as az --query prints": {`"` + token + `"` + "\n", token, 0},
		"with the name of its scheme":  {"Bearer " + token, token, 0},
		"a JWT":                        {aJWT + "\n", aJWT, minutes},
		"OAuth":                        {`{"access_token": "t0ken-a", "token_type": "Bearer", "expires_in": 600}`, token, minutes},
		"OAuth, with texts":            {`{"access_token": "t0ken-a", "token_type": "bearer", "expires_in": "600"}`, token, minutes},
		"without expiry":               {`{"token": "t0ken-a"}`, token, 0},
		"expires_at in seconds":        {fmt.Sprintf(`{"token": "t0ken-a", "expires_at": %d}`, in(minutes).Unix()), token, minutes},
		"expires_at in milliseconds":   {fmt.Sprintf(`{"token": "t0ken-a", "expiresAt": %d}`, in(minutes).UnixMilli()), token, minutes},
		"expiry":                       {`{"token": "t0ken-a", "expiry": "2026-11-27T13:10:00.5+01:00"}`, token, minutes + 500*time.Millisecond},
		"kubectl": {
			`{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "spec": {"interactive": false}, "status": {"expirationTimestamp": "2026-11-27T12:10:00Z", "token": "t0ken-a"}}`, token, minutes,
		},
		"gcloud": {
			`{"configuration": {"properties": {"core": {"account": "me"}}}, "credential": {"access_token": "t0ken-a", "id_token": "other", "token_expiry": "2026-11-27T12:10:00Z"}, "sentinels": {}}`, token, minutes,
		},
		"az": {
			fmt.Sprintf(`{"accessToken": "t0ken-a", "expiresOn": "%s", "expires_on": %d, "subscription": "s", "tenant": "t", "tokenType": "Bearer"}`,
				"2026-11-27 09:10:00.000000", in(minutes).Unix()), token, minutes,
		},
		"older az, in local time":  {fmt.Sprintf(`{"accessToken": "t0ken-a", "expiresOn": "%s"}`, in(minutes).In(time.Local).Format("2006-01-02 15:04:05.000000")), token, minutes},
		"az of a managed identity": {`{"accessToken": "t0ken-a", "expiresOn": "N/A"}`, token, 0},
		"azd":                      {`{"token": "t0ken-a", "expiresOn": "2026-11-27T12:10:00Z"}`, token, minutes},
		"Google's executables": {
			fmt.Sprintf(`{"version": 1, "success": true, "token_type": "urn:ietf:params:oauth:token-type:id_token", "id_token": "t0ken-a", "expiration_time": %d}`, in(minutes).Unix()), token, minutes,
		},
		"GitHub's identity token": {fmt.Sprintf(`{"count": 1, "value": %q}`, aJWT), aJWT, minutes},
		"an absurd life":          {`{"token": "t0ken-a", "expires_in": 1e300}`, token, longestLife},
	} {
		if got, err := parsePrinted(c.text, now); err != nil || got.value != c.value || got.life != c.life {
			t.Errorf("%s: %q for %v (%v), want %q for %v", name, got.value, got.life, err, c.value, c.life)
		}
	}
}

func TestWhatIsNoCredential(t *testing.T) {
	now := time.Now()
	for text, want := range map[string]string{
		"":                                       "it is empty",
		`{"access_token": ""}`:                   "no credential: expected one of access_token",
		"WARNING: old\nt0ken-a":                  "it has 2 lines",
		"please log in t0ken-a":                  "spaces or control characters",
		"t0ken\x01a":                             "spaces or control characters",
		`{"token": "t0ken-a"`:                    "not valid JSON",
		`{"token": "t0ken-a"} {}`:                "not valid JSON",
		`{"t0ken": "t0ken-a"}`:                   "the JSON has no credential",
		`{"token": ["t0ken-a"]}`:                 "the JSON has no credential",
		`{"token": "t0ken-a\nb"}`:                "it has 2 lines",
		`{"token": "t0ken-a", "expiry": "soon"}`: "its expiry is not a time",
		`{"token": "t0ken-a", "expires_at": 1000000000}`:     "expired",
		`{"access_token": "t0ken-a", "token_type": "mac"}`:   "expected Bearer",
		`{"success": false, "code": "401", "message": "no"}`: "it failed: 401 no",
		unsignedJWT(1_000_000_000):                           "expired",
		strings.Repeat("x", maxCredential+1):                 "expected at most",
	} {
		if _, err := parsePrinted(text, now); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "t0ken") {
			t.Errorf("%.40q: %v, want %q and no credential", text, err, want)
		}
	}
}
