package target

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Masked stands in a text for a secret that was taken out of it.
const Masked = "[secret]"

// shortestSecret is the length in bytes of the shortest secret that is taken out of texts:
// shorter ones occur by chance.
const shortestSecret = 4

// mostTokens is how many of the latest replaced tokens are remembered. No request under way has a
// token that was replaced longer ago.
const mostTokens = 512

// Redactor takes the secrets that it knows out of texts, as they are and in the forms in
// which they travel: URL-encoded, in base64 (alone, or within a longer text such as the
// user:password of Basic authentication), and quoted as in JSON and Go. A run has one, which
// everything that learns a secret adds to and everything that leaves the process passes
// through. The zero value knows no secret. It is safe for concurrent use.
type Redactor struct {
	mu sync.RWMutex
	// forms are all spellings of the secrets, the longest first.
	forms []string
	// inUse are the spellings of the tokens in use, by their holders; tokens are the spellings of the
	// latest tokens that are in use no more, in a ring.
	inUse  map[any][]string
	tokens [mostTokens][]string
	next   int
}

// Add makes secrets known for as long as the Redactor lives.
func (r *Redactor) Add(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, secret := range secrets {
		r.forms = append(r.forms, formsOf(secret)...)
	}
	slices.SortFunc(r.forms, longestFirst)
	r.forms = slices.Compact(r.forms)
}

// AddToken makes a token known until many others were added.
func (r *Redactor) AddToken(token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.remember(tokenForms(token))
}

// Hold makes a token known for as long as its holder has it, which is until Hold is called
// again; then it becomes as one of AddToken. A holder that has none any more gives "".
func (r *Redactor) Hold(holder any, token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if before, had := r.inUse[holder]; had {
		r.remember(before)
		delete(r.inUse, holder)
	}
	if token == "" {
		return
	}
	if r.inUse == nil {
		r.inUse = map[any][]string{}
	}
	r.inUse[holder] = tokenForms(token)
}

// remember puts the forms of a token in the place of the oldest ones; r.mu is held.
func (r *Redactor) remember(forms []string) {
	r.tokens[r.next] = forms
	r.next = (r.next + 1) % mostTokens
}

func tokenForms(token string) []string {
	forms := formsOf(token)
	slices.SortFunc(forms, longestFirst)
	return slices.Compact(forms)
}

// Redact returns the text with Masked in the place of each known secret. A nil Redactor
// returns it as it is.
func (r *Redactor) Redact(text string) string {
	if r == nil || text == "" {
		return text
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, forms := range r.inUse {
		text = without(text, forms)
	}
	for _, forms := range r.tokens[:] {
		text = without(text, forms)
	}
	return without(text, r.forms)
}

// RedactAll applies Redact to each text, in place.
func (r *Redactor) RedactAll(texts []string) {
	for i, text := range texts {
		texts[i] = r.Redact(text)
	}
}

func without(text string, forms []string) string {
	for _, form := range forms {
		text = strings.ReplaceAll(text, form, Masked)
	}
	return text
}

func longestFirst(a, b string) int {
	if len(a) != len(b) {
		return len(b) - len(a)
	}
	return strings.Compare(a, b)
}

// formsOf returns the texts that a secret may appear as.
func formsOf(secret string) []string {
	if len(secret) < shortestSecret {
		return nil
	}
	query := url.QueryEscape(secret)
	forms := []string{secret, query, lowerEscapes(query), url.PathEscape(secret), jsonText(secret, true), jsonText(secret, false), strings.Trim(strconv.Quote(secret), `"`)}
	if lines := strings.Fields(secret); len(lines) > 1 { // such as a key in PEM
		forms = append(forms, strings.Join(lines, " "))
		for _, line := range lines {
			if len(line) >= 4*shortestSecret {
				forms = append(forms, line)
			}
		}
	}
	for _, text := range []string{secret, query} {
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			forms = append(forms, encoding.EncodeToString([]byte(text)))
			forms = append(forms, within(encoding, text)...)
		}
	}
	return forms
}

// within returns what stays of a secret in the base64 of any text around it, for each of the
// three places in a group of three bytes at which it may begin.
func within(encoding *base64.Encoding, secret string) []string {
	const shortest = 8
	var forms []string
	for shift := range 3 {
		whole := encoding.EncodeToString(append(make([]byte, shift), secret...))
		// A character holds six bits; those that also hold bits of a neighbour differ with it.
		from, to := (8*shift+5)/6, 8*(shift+len(secret))/6
		if to-from >= shortest {
			forms = append(forms, whole[from:to])
		}
	}
	return forms
}

// lowerEscapes writes %2F as %2f, as some servers do.
func lowerEscapes(text string) string {
	b := []byte(text)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i:], bytes.ToLower(b[i:i+3]))
			i += 2
		}
	}
	return string(b)
}

// jsonText returns a text as it is inside a JSON string, with or without HTML's characters escaped.
func jsonText(text string, html bool) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(html)
	_ = encoder.Encode(text) // a string always encodes
	quoted := strings.TrimSuffix(b.String(), "\n")
	return quoted[1 : len(quoted)-1]
}
