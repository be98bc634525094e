package authz

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"weighbridge/mockserver/dist"
)

// MaxForm bounds the body of a request for a token in bytes; a real one has a few hundred.
const MaxForm = 64 << 10

// problem is an error answer of RFC 6749 §5.2.
type problem struct {
	Status      int    `json:"-"`
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

func invalidRequest(description string) *problem {
	return &problem{http.StatusBadRequest, "invalid_request", description}
}

// grant is a token that is handed out (§5.1).
type grant struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
}

// ServeToken is the token endpoint: client credentials in, an opaque token out
// (RFC 6749 §4.4, §5.1, §5.2).
func (i *Issuer) ServeToken(w http.ResponseWriter, r *http.Request) {
	c := i.settings.Load().OAuth
	if !i.begin(w, r, c.Latency) {
		return
	}
	if wrong := i.checkGrant(w, r); wrong != nil {
		if wrong.Status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Basic realm="weighbridge"`)
		}
		answer(w, wrong.Status, wrong)
		return
	}
	token, err := i.issueOAuth(c)
	if err != nil {
		answer(w, http.StatusInternalServerError, problem{Code: "server_error", Description: err.Error()})
		return
	}
	answer(w, http.StatusOK, grant{token, "Bearer", int64(c.TTL / time.Second)})
}

// begin takes a request for a token from the limit, and takes its time; false
// is a request that is answered already, or whose client is gone. A Retry-After
// is true: waiting that long succeeds if nobody else comes. There is none where
// no wait would help. RFC 6749 §5.2 has no code for it; this one is §4.1.2.1's.
func (i *Issuer) begin(w http.ResponseWriter, r *http.Request, latency dist.Duration) bool {
	if wait, ok := i.admit(); !ok {
		if wait < never {
			w.Header().Set("Retry-After", strconv.Itoa(wait))
		}
		answer(w, http.StatusTooManyRequests, problem{Code: "temporarily_unavailable", Description: "too many requests for tokens"})
		return false
	}
	return i.clock.Sleep(r.Context(), latency.Quantile(i.latency(i.next(&i.asked)))) == nil
}

func (i *Issuer) admit() (wait int, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.bucket.take(i.clock.Now())
}

func (i *Issuer) checkGrant(w http.ResponseWriter, r *http.Request) *problem {
	form, wrong := readForm(w, r)
	if wrong != nil {
		return wrong
	}
	if wrong := i.checkClient(r, form); wrong != nil {
		return wrong
	}
	switch form.Get("grant_type") {
	case "client_credentials":
		return nil
	case "":
		return invalidRequest("grant_type is missing")
	}
	return &problem{http.StatusBadRequest, "unsupported_grant_type", "only client_credentials is"}
}

// readForm reads a form from the body, and refuses a field that stands twice (§3.2).
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, *problem) {
	if r.Method != http.MethodPost {
		return nil, invalidRequest("the method must be POST")
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return nil, invalidRequest("the Content-Type must be application/x-www-form-urlencoded")
	}
	r.Body = http.MaxBytesReader(w, r.Body, MaxForm)
	if err := r.ParseForm(); err != nil {
		return nil, invalidRequest(fmt.Sprintf("the form cannot be read: %v", err))
	}
	for field, values := range r.PostForm {
		if len(values) > 1 {
			return nil, invalidRequest(fmt.Sprintf("%q stands %d times", field, len(values)))
		}
	}
	return r.PostForm, nil
}

// checkClient checks the client's credentials, in HTTP Basic or in the form but not in both (§2.3).
func (i *Issuer) checkClient(r *http.Request, form url.Values) *problem {
	if _, _, basic := r.BasicAuth(); basic && form.Get("client_secret") != "" {
		return invalidRequest("the client's credentials stand in the header and in the form")
	}
	id, secret := clientOf(r, form)
	i.mu.Lock()
	defer i.mu.Unlock()
	if id != i.cred.ClientID || secret == "" || !i.secrets.good(secret, i.clock.Now()) {
		return &problem{http.StatusUnauthorized, "invalid_client", "unknown client or wrong secret"}
	}
	return nil
}

// clientOf is who a client says it is.
func clientOf(r *http.Request, form url.Values) (id, secret string) {
	if id, secret, ok := r.BasicAuth(); ok {
		return unescape(id), unescape(secret)
	}
	return form.Get("client_id"), form.Get("client_secret")
}

// unescape undoes the form encoding that §2.3.1 asks for inside HTTP Basic;
// what is not well encoded is taken as it stands.
func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// answer writes JSON that no cache may keep (§5.1).
func answer(w http.ResponseWriter, status int, body any) {
	raw, err := json.Marshal(body)
	if err != nil { // structs of strings and numbers always marshal
		panic(err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(raw)))
	w.WriteHeader(status)
	_, _ = w.Write(raw) // a client that is gone needs no answer
}
