package scenarios

import (
	"slices"
	"strings"
	"testing"
)

const secret = "sk-4711-secret"

// literals are scenarios and changes that write a secret out.
func literals() []mistake {
	const web = "name: web\ntarget:\n  dialect: http\n  url: http://127.0.0.1:1\n"
	return []mistake{
		{source: web + "  headers: {Authorization: Bearer " + secret + "}\n"},
		{source: web + "  headers: {'Cookie': 'a=b; c=" + secret + "', X-Team: blue}\n"},
		{source: web + "  http:\n    headers:\n      X-Api-Key: \"" + secret + "\" # the key\n"},
		{source: web + "  http: {path: '/ask?token=" + secret + "'}\n"},
		{source: web + "  headers: {Referer: 'https://user:" + secret + "@example.org/'}\n"},
		{source: web + "matrix: {side: {a: {target.headers: {X-Auth-Token: " + secret + "}}, b: {target.headers.X-Auth-Token: x" + secret + "}}}\n"},
		{source: web, changes: Changes{Set: []string{"target.headers.Api-Key=" + secret, "client.timeout=2s"}}},
		{source: web, changes: Changes{Set: []string{"target.http={path: '/?key=" + secret + "', method: GET}"}}},
		{source: web, changes: Changes{Axes: []string{"key=target.headers.Proxy-Authorization:Basic " + secret + ",Basic 2" + secret}}},
		{source: web, changes: Changes{Axes: []string{"path=target.http.path:/,/?api_key=" + secret}}},
	}
}

func TestLiteralSecretsAreRefused(t *testing.T) {
	for _, wrong := range literals() {
		_, err := Parse("test.yaml", []byte(wrong.source), wrong.changes)
		if err == nil || !strings.Contains(err.Error(), "${env:NAME}") || strings.Contains(err.Error(), "4711") {
			t.Errorf("%s %+v:\n%v", wrong.source, wrong.changes, err)
		}
	}
}

func TestLiteralSecretsAreMasked(t *testing.T) {
	for _, allowed := range literals() {
		allowed.changes.AllowLiteralSecrets = true
		s, err := Parse("test.yaml", []byte(allowed.source), allowed.changes)
		if err != nil {
			t.Errorf("%s %+v: %v", allowed.source, allowed.changes, err)
			continue
		}
		source, changes := Masked(allowed.source, allowed.changes)
		shown := string(s.Show())
		for what, text := range map[string]string{"source": source, "flags": strings.Join(slices.Concat(changes.Set, changes.Axes), "\n"), "show": shown} {
			if strings.Contains(text, "4711") {
				t.Errorf("the %s keeps the secret:\n%s", what, text)
			}
		}
		for _, arm := range s.Arms() {
			if strings.Contains(arm.Name, "4711") {
				t.Errorf("the arm is called %s", arm.Name)
			}
		}
		again, err := Parse("test.yaml", []byte(source), changes)
		if err != nil || len(again.Arms()) != len(s.Arms()) {
			t.Errorf("what is kept is no scenario: %v\n%s", err, source)
		}
		if _, err := Parse("test.yaml", []byte(shown), Changes{AllowLiteralSecrets: true}); err != nil {
			t.Errorf("what is shown is no scenario: %v\n%s", err, shown)
		}
	}
}

func TestSourceThatCannotBeMaskedIsLeftOut(t *testing.T) {
	source := "name: web\ntarget:\n  dialect: article\n  headers:\n    X-Api-Key: >-\n      sk-4711\n      secret\n"
	if masked, _ := Masked(source, Changes{}); !strings.HasPrefix(masked, "# The source was left out") || strings.Contains(masked, "4711") {
		t.Errorf("got\n%s", masked)
	}
	if masked, _ := Masked(minimal, Changes{}); masked != minimal {
		t.Errorf("a source without secrets is changed:\n%s", masked)
	}
}

func TestMalformedReferencesAreRefused(t *testing.T) {
	for _, line := range []string{
		"headers: {X-Team: '${NOPE}'}", "headers: {X-Team: 'a${env:TEAM'}", "http: {path: '/?q=${env:'}", "http: {headers: {X: '${vault:x}'}}",
		"auth: {scheme: jwt, token_path: '/t?${X}'}", "auth: {key: '${env:A'}",
	} {
		_, err := Parse("test.yaml", []byte(minimal[:strings.Index(minimal, "target")]+"target:\n  dialect: article\n  "+line+"\n"), Changes{})
		if err == nil || !strings.Contains(err.Error(), "${env:NAME}") {
			t.Errorf("%s: %v", line, err)
		}
	}
	if _, err := Parse("test.yaml", []byte(minimal+"mock: {auth: {jwt: {secret: '${env:X'}}}\n"), Changes{}); err == nil {
		t.Error("mock.auth.jwt.secret takes an unclosed reference")
	}
}
