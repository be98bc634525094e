package target

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// maxAssertionLife is the longest lifetime of an identity token.
const maxAssertionLife = time.Hour

// check reports what is wrong with the keys of the section by their paths, whatever the target.
func (a Auth) check(wrong map[string]string) {
	if a.Header != "" && a.Header != "authorization" && !slices.Contains([]string{"apikey", "exec", "file"}, a.Scheme) {
		wrong["target.auth.header"] = fmt.Sprintf("scheme %s sends the header authorization: expected scheme apikey, exec or file, found %s", a.Scheme, a.Header)
	}
	switch {
	case a.Scheme == "exec" && len(a.Command) == 0:
		wrong["target.auth.scheme"] = "scheme exec needs target.auth.command"
	case a.Scheme == "file" && a.File == "":
		wrong["target.auth.scheme"] = "scheme file needs target.auth.file"
	case a.Scheme == "federation" && len(a.Command) > 0 && a.File != "":
		wrong["target.auth.file"] = "the identity token comes from target.auth.command: expected one of them"
	}
	a.checkCommand(wrong)
	a.checkJWT(wrong)
}

// inCommand matches a credential that is written out in a command: in a header, or as the value of
// an option or variable. A value that the shell puts in, $NAME or $(…), is none.
var inCommand = regexp.MustCompile(`(?i)(?:authorization["']?\s*:\s*["']?(?:bearer|basic)\s+|\b(?:x-)?api-key["']?\s*:\s*|` +
	`(?:password|passwd|passphrase|client[-_]?secret|api[-_]?key)=["']?|--?(?:password|passphrase|client-?secret|api-?key)\s+["']?)` +
	`[^\s"'$` + "`" + `(-]\S{3}|\bsk-[\w-]{8}|\beyJ[\w-]{8,}\.`)

// checkCommand refuses secrets in a command: everybody on the machine can read a process's arguments.
func (a Auth) checkCommand(wrong map[string]string) {
	const path = "target.auth.command"
	all := strings.Join(a.Command, " ")
	switch {
	case len(a.Command) > 0 && strings.TrimSpace(a.Command[0]) == "":
		wrong[path] = "expected a program, found an empty text"
	case strings.Contains(all, "\x00"):
		wrong[path] = "expected a command without null characters"
	case strings.Contains(all, "${env:") || strings.Contains(all, "${file:"):
		wrong[path] = "a reference would put a secret into the arguments of a process, which others can read: expected the command to take it from its environment or a file"
	case inCommand.MatchString(all) || len(inURL(all)) > 0:
		wrong[path] = "a credential is written out, and others can read the arguments of a process: expected the command to take it from its environment or a file"
	}
}

// checkJWT checks that the key of signed tokens belongs to their algorithm, as far as that shows
// without reading it.
func (a Auth) checkJWT(wrong map[string]string) {
	jwt := a.JWT
	switch {
	case jwt.Key != "" && jwt.Secret != "":
		wrong["target.auth.jwt.secret"] = "target.auth.jwt.key is given too: expected one of them"
	case jwt.Key != "" && jwt.Alg == "HS256":
		wrong["target.auth.jwt.alg"] = "HS256 signs with target.auth.jwt.secret, not with target.auth.jwt.key: expected RS256, ES256 or EdDSA"
	case jwt.Secret != "" && jwt.Alg != "" && jwt.Alg != "HS256":
		wrong["target.auth.jwt.alg"] = fmt.Sprintf("%s signs with target.auth.jwt.key, not with target.auth.jwt.secret: expected HS256", jwt.Alg)
	}
	if !a.signsIdentity() {
		return
	}
	switch {
	case jwt.Alg == "HS256" || jwt.Secret != "":
		wrong["target.auth.jwt.alg"] = "identity tokens are not signed with a secret: expected target.auth.jwt.key and RS256, ES256 or EdDSA"
	case jwt.TTL > maxAssertionLife:
		wrong["target.auth.jwt.ttl"] = fmt.Sprintf("an identity token lives at most 1h, found %v", jwt.TTL)
	}
}

// signsIdentity reports whether the client signs the identity tokens of federation itself.
func (a Auth) signsIdentity() bool {
	return a.Scheme == "federation" && len(a.Command) == 0 && a.File == ""
}

// Missing returns the keys that a target other than the mock needs and that are not given; "" if
// there are none.
func (a Auth) Missing(dialect string) string {
	signed := (a.JWT.Key != "" || a.Scheme == "jwt" && a.JWT.Secret != "" && (a.JWT.Alg == "" || a.JWT.Alg == "HS256")) && a.JWT.Issuer+a.ClientID != ""
	f := a.Federation
	for _, need := range []struct {
		scheme, what string
		given        bool
	}{
		{"apikey", "key", a.Key != ""},
		{"oauth", "client_id and client_secret", a.ClientID != "" && a.ClientSecret != ""},
		{"jwt", "jwt.issuer with jwt.secret or jwt.key", signed},
		{"federation", "an identity token (command, file, or jwt.issuer with jwt.key)", !a.signsIdentity() || signed},
		{"federation", "federation.identity_provider and federation.service_account", !OpenAIFederation(dialect) || f.IdentityProvider != "" && f.ServiceAccount != ""},
		{"federation", "federation.rule and federation.organization", OpenAIFederation(dialect) || f.Rule != "" && f.Organization != ""},
	} {
		if need.scheme == a.Scheme && !need.given {
			return need.what
		}
	}
	return ""
}
