package target

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Credentials returns the credentials that are written out in the text at a path of a
// scenario, such as target.headers.Authorization, instead of being taken from a reference.
// It looks at headers, parameters of the query and fields of the body by their names, and in
// URLs and paths at user info and at the parameters of the query.
func Credentials(path, text string) []string {
	for _, section := range []string{"target.headers.", "target.http.headers.", "target.query."} {
		if name, ok := strings.CutPrefix(path, section); ok {
			return inHeader(name, text)
		}
	}
	if inside, ok := strings.CutPrefix(path, "target.body."); ok {
		return inField(inside[strings.LastIndexByte(inside, '.')+1:], text)
	}
	switch path {
	case "client.proxy":
		if namedUser.MatchString(reference.ReplaceAllString(text, resolved)) {
			return nil
		}
		return inURL(text)
	case "target.url", "target.path", "target.http.path", "target.auth.token_path":
		return inURL(text)
	}
	return nil
}

// inField returns the credentials in a field of the body. It goes by names that only credentials have: many
// fields of models' APIs have token in their names.
func inField(name, text string) []string {
	words := wordsOf(name)
	has := func(word string) bool { return slices.Contains(words, word) }
	named := has("secret") || has("password") || has("authorization") || has("credential") || has("credentials") || has("apikey") ||
		has("key") && (has("api") || has("access") || len(words) == 1) || has("token") && (has("access") || has("auth") || has("bearer"))
	if !named {
		return inURL(text)
	}
	return inHeader("authorization", text)
}

// MaskCredentials returns the text at a path of a scenario with Masked in the place of what
// Credentials finds: the whole value of a header, a part of a URL.
func MaskCredentials(path, text string) string {
	if len(Credentials(path, text)) == 0 {
		return text
	}
	masked := inEachURL(text, func(string) string { return Masked })
	if masked == text {
		return Masked
	}
	return masked
}

// resolved stands for a reference in a text that is searched for credentials.
const resolved = "\x00"

// byReference matches the value of a header that holds nothing but references: alone, after
// the name of a scheme (Bearer ${env:TOKEN}), or as named values (session=${env:SESSION}).
var byReference = regexp.MustCompile(`^(?:[A-Za-z][A-Za-z0-9-]* +)?(?:[\w.-]+="?)?\x00"?(?:[;,] *(?:[\w.-]+="?)?\x00"?)*$`)

func inHeader(name, text string) []string {
	bare := reference.ReplaceAllString(text, resolved)
	if !NamesCredential(name) {
		return inURL(text)
	}
	if bare == "" || byReference.MatchString(bare) {
		return nil
	}
	// A server may repeat a part of the value: the token without its scheme, or one cookie.
	found := []string{text}
	for _, part := range strings.FieldsFunc(bare, func(r rune) bool { return r == ';' || r == ',' }) {
		if _, value, named := strings.Cut(part, "="); named && strings.Trim(value, "=") != "" {
			part = value
		}
		words := strings.Fields(strings.NewReplacer(resolved, " ", `"`, " ").Replace(part))
		if len(words) > 0 && len(words[len(words)-1]) >= shortestSecret {
			found = append(found, words[len(words)-1])
		}
	}
	return found
}

// namedUser matches the URL of a proxy whose user is written out and whose password is not.
var namedUser = regexp.MustCompile(`^[a-z0-9]+://[^/?#\s@:]*:\x00+@[^@?]*$`)

// userInfo matches the user info of a URL, parameter a name and a value of its query.
var (
	userInfo  = regexp.MustCompile(`//([^/?#\s@]*)@`)
	parameter = regexp.MustCompile(`([?&;])([^=&;#?]+)=([^&;#]*)`)
)

func inURL(text string) []string {
	var found []string
	inEachURL(text, func(credential string) string {
		for _, piece := range reference.Split(credential, -1) {
			if user, password, ok := strings.Cut(piece, ":"); ok {
				found = append(found, user, password)
			}
			found = append(found, piece)
		}
		return ""
	})
	return slices.DeleteFunc(found, func(piece string) bool { return piece == "" })
}

// inEachURL returns the text with each credential in its user info and its query replaced.
func inEachURL(text string, replace func(credential string) string) string {
	literal := func(value string) bool { return strings.Trim(reference.ReplaceAllString(value, ""), ":") != "" }
	text = userInfo.ReplaceAllStringFunc(text, func(found string) string {
		if info := found[len("//") : len(found)-len("@")]; literal(info) {
			return "//" + replace(info) + "@"
		}
		return found
	})
	return parameter.ReplaceAllStringFunc(text, func(found string) string {
		m := parameter.FindStringSubmatch(found)
		name := m[2]
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		if literal(m[3]) && NamesCredential(name) {
			return m[1] + m[2] + "=" + replace(m[3])
		}
		return found
	})
}

// NamesCredential reports whether a header, parameter or variable of this name holds a credential.
func NamesCredential(name string) bool {
	words := wordsOf(name)
	for _, word := range words {
		if slices.Contains([]string{
			"authorization", "auth", "cookie", "token", "secret", "password", "passwd", "pwd", "credential", "credentials", "apikey",
			"accesstoken", "authtoken", "jwt", "bearer", "session", "sessionid", "sid", "signature", "sig", "assertion",
		}, word) {
			return true
		}
	}
	if !slices.Contains(words, "key") {
		return false
	}
	return !slices.ContainsFunc(words, func(word string) bool {
		return slices.Contains([]string{"idempotency", "partition", "cache", "sort", "routing", "websocket", "surrogate", "public"}, word)
	})
}

// wordsOf returns the words of a name in lower case: X-Api-Key, api_key and apiKey have api and key.
func wordsOf(name string) []string {
	var spaced strings.Builder
	before := ' '
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			spaced.WriteByte(' ')
		}
		spaced.WriteRune(r)
		before = r
	}
	return strings.FieldsFunc(strings.ToLower(spaced.String()), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
