package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/net/http/httpguts"
)

// maxCredential is the length of the longest credential in bytes: servers refuse longer headers.
const maxCredential = 64 << 10

// longestLife bounds lifetimes, which come from elsewhere, so that dates can be calculated.
const longestLife = 10 * 365 * 24 * time.Hour

// lifeOf returns a lifetime of that many seconds; 0 if there is none.
func lifeOf(seconds float64) time.Duration {
	if !(seconds > 0) {
		return 0
	}
	return time.Duration(math.Min(seconds, longestLife.Seconds()) * float64(time.Second))
}

// The names under which programs print a credential, and when it expires: OAuth token
// endpoints (access_token, expires_in), kubectl's plugins (ExecCredential), gcloud config
// config-helper (credential.access_token, .token_expiry), az and azd (accessToken, expires_on
// in seconds, expiresOn in local time), Google's executable-sourced credentials (id_token,
// expiration_time), GitHub's identity tokens (value). Earlier names win.
var (
	credentialNames = []string{"access_token", "accessToken", "token", "id_token", "idToken", "value"}
	expiryNames     = []string{
		"expires_in", "expiresIn", "expires_on", "expires_at", "expiresAt", "expirationTimestamp", "expiration_time",
		"token_expiry", "expiry", "expiration", "expiresOn", "exp",
	}
)

// parsePrinted returns the credential in what a program printed or a file holds: alone, or as
// JSON. Its life counts from now, and is 0 if nothing says it. Errors contain nothing of the
// text but what it says of a failure of its own.
func parsePrinted(text string, now time.Time) (token, error) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	found := token{value: text}
	var err error
	if strings.HasPrefix(text, "{") {
		found, err = parseCredentialJSON(text, now)
	} else {
		if json.Unmarshal([]byte(text), &found.value) != nil { // az quotes what --query selects
			found.value = text
		}
		if scheme, bare, ok := strings.Cut(found.value, " "); ok && strings.EqualFold(scheme, "Bearer") {
			found.value = strings.TrimSpace(bare)
		}
		found.life = lifeUntil(jwtExpiry(found.value), now)
	}
	switch value := found.value; {
	case err != nil:
		return token{}, err
	case value == "":
		return token{}, errors.New("there is no credential: it is empty")
	case len(value) > maxCredential:
		return token{}, fmt.Errorf("the credential has %d bytes: expected at most %d", len(value), maxCredential)
	case strings.ContainsAny(value, "\r\n"):
		return token{}, fmt.Errorf("it has %d lines: expected the credential alone, or JSON", strings.Count(value, "\n")+1)
	case strings.Contains(value, " ") || !httpguts.ValidHeaderFieldValue(value):
		return token{}, errors.New("it contains spaces or control characters: expected the credential alone, or JSON")
	case found.life < 0:
		return token{}, fmt.Errorf("the credential expired %v ago", -found.life.Round(time.Second))
	}
	return found, nil
}

// parseCredentialJSON returns the credential in a JSON object, or in the section of it that
// gcloud and kubectl's plugins have. A life below 0 is one that has passed.
func parseCredentialJSON(text string, now time.Time) (token, error) {
	var fields map[string]any
	read := json.NewDecoder(strings.NewReader(text))
	read.UseNumber()
	if read.Decode(&fields) != nil || read.More() {
		return token{}, errors.New("it begins like JSON but is not valid JSON")
	}
	if success, given := fields["success"].(bool); given && !success {
		return token{}, fmt.Errorf("it says that it failed: %s %s", textOf(fields["code"]), textOf(fields["message"]))
	}
	for _, section := range []string{"status", "credential"} {
		if inner, ok := fields[section].(map[string]any); ok {
			fields = inner
		}
	}
	if kind := textOf(fields["token_type"]) + textOf(fields["tokenType"]); kind != "" && !strings.EqualFold(kind, "bearer") && !strings.HasPrefix(kind, "urn:") {
		return token{}, fmt.Errorf("its token_type is %.40q: expected Bearer", kind)
	}
	var found token
	for _, name := range credentialNames {
		if found.value = textOf(fields[name]); found.value != "" {
			break
		}
	}
	if found.value == "" {
		return token{}, fmt.Errorf("the JSON has no credential: expected one of %s, or the section status or credential with one", strings.Join(credentialNames, ", "))
	}
	expires, err := expiryIn(fields, now)
	if err != nil {
		return token{}, err
	}
	if expires.IsZero() {
		expires = jwtExpiry(found.value)
	}
	found.life = lifeUntil(expires, now)
	return found, nil
}

// lifeUntil returns how long a credential is valid that expires then: 0 if expires is zero, and
// below 0 if it has passed.
func lifeUntil(expires, now time.Time) time.Duration {
	switch life := expires.Sub(now); {
	case expires.IsZero():
		return 0
	case life <= 0:
		return max(life, -longestLife) - time.Nanosecond
	default:
		return min(life, longestLife)
	}
}

// expiryIn returns when the credential in fields expires; zero if they do not say.
func expiryIn(fields map[string]any, now time.Time) (time.Time, error) {
	for _, name := range expiryNames {
		text := textOf(fields[name])
		if text == "" || text == "N/A" || text == "0" {
			continue
		}
		seconds, err := strconv.ParseFloat(text, 64)
		switch isNumber := err == nil && !math.IsNaN(seconds); {
		case isNumber && (name == "expires_in" || name == "expiresIn"):
			return now.Add(lifeOf(seconds)), nil
		case isNumber && seconds > 1e11: // that many seconds are 3,000 years: it counts milliseconds
			return time.UnixMilli(int64(min(seconds, 1e15))), nil
		case isNumber:
			return time.Unix(int64(seconds), 0), nil
		}
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999"} {
			if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
				return at, nil
			}
		}
		return time.Time{}, fmt.Errorf("its %s is not a time: expected seconds, or an RFC 3339 date", name)
	}
	return time.Time{}, nil
}

// textOf returns a text or a number of JSON as text; "" for anything else.
func textOf(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	}
	return ""
}

// jwtExpiry returns the exp of a token if it is a JWT that has one; else zero.
func jwtExpiry(text string) time.Time {
	var claims jwt.RegisteredClaims
	if strings.Count(text, ".") != 2 {
		return time.Time{}
	}
	if _, _, err := jwt.NewParser().ParseUnverified(text, &claims); err != nil || claims.ExpiresAt == nil {
		return time.Time{}
	}
	return claims.ExpiresAt.Time
}

// shortestPrinted is the length of the shortest text in an output that is taken for a secret,
// mostPrinted how many there may be.
const (
	shortestPrinted = 8
	mostPrinted     = 200
)

// secretsIn returns what may be secret in the output of a program: its words, and the texts in
// its JSON.
func secretsIn(output []byte) []string {
	found := strings.Fields(string(output))
	read := json.NewDecoder(bytes.NewReader(output))
	for part, err := read.Token(); err == nil; part, err = read.Token() {
		if value, ok := part.(string); ok {
			found = append(found, value)
		}
	}
	found = slices.DeleteFunc(found, func(text string) bool { return len(text) < shortestPrinted })
	return found[:min(len(found), mostPrinted)]
}
