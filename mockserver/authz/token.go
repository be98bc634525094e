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

// MaxForm is the largest body of a request for a token in bytes; real ones have a few hundred.
const MaxForm = 64 << 10

// problem is an error response of RFC 6749 §5.2.
type problem struct {
	Status      int    `json:"-"`
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

func invalidRequest(description string) *problem {
	return &problem{http.StatusBadRequest, "invalid_request", description}
}

// tokenResponse is a successful response of RFC 6749 §5.1.
type tokenResponse struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
	// IssuedTokenType is in the response to a token exchange only (RFC 8693 §2.2.1).
	IssuedTokenType string `json:"issued_token_type,omitempty"`
}

// ServeToken serves the token endpoint, which issues an opaque token for client
// credentials (RFC 6749 §4.4, §5.1, §5.2).
func (i *Issuer) ServeToken(w http.ResponseWriter, r *http.Request) {
	c := i.settings.Load().OAuth
	if !i.admitAndWait(w, r, c.Latency) {
		return
	}
	if invalid := i.checkGrant(w, r); invalid != nil {
		if invalid.Status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Basic realm="weighbridge"`)
		}
		writeJSON(w, invalid.Status, invalid)
		return
	}
	token, err := i.issueOAuth(c)
	if err != nil {
		writeJSON(w, http.StatusInternalServerError, problem{Code: "server_error", Description: err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, tokenResponse{AccessToken: token, TokenType: "Bearer", ExpiresIn: int64(c.TTL / time.Second)})
}

// admitAndWait applies the limit to a request for a token and waits for the endpoint's latency. It
// returns false if it has answered the request, or if the client has left. The Retry-After of a
// 429 is exact: a request after that time succeeds if no other comes; a 429 has no Retry-After if
// waiting would not help. RFC 6749 §5.2 has no error code for this; temporarily_unavailable is
// from §4.1.2.1.
func (i *Issuer) admitAndWait(w http.ResponseWriter, r *http.Request, latency dist.Duration) bool {
	if wait, ok := i.takeFromLimit(); !ok {
		if wait < never {
			w.Header().Set("Retry-After", strconv.Itoa(wait))
		}
		writeJSON(w, http.StatusTooManyRequests, problem{Code: "temporarily_unavailable", Description: "too many requests for tokens"})
		return false
	}
	return i.clock.Sleep(r.Context(), latency.Quantile(i.random.Latency(i.increment(&i.tokenRequests)))) == nil
}

func (i *Issuer) takeFromLimit() (wait int, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.bucket.take(i.clock.Now())
}

func (i *Issuer) checkGrant(w http.ResponseWriter, r *http.Request) *problem {
	form, invalid := readForm(w, r)
	if invalid != nil {
		return invalid
	}
	if invalid := i.checkClient(r, form); invalid != nil {
		return invalid
	}
	switch form.Get("grant_type") {
	case "client_credentials":
		return nil
	case "":
		return invalidRequest("grant_type is missing")
	}
	return &problem{http.StatusBadRequest, "unsupported_grant_type", "only client_credentials is supported"}
}

// readForm reads a form from the body, and refuses repeated fields (§3.2).
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
			return nil, invalidRequest(fmt.Sprintf("%q is given %d times", field, len(values)))
		}
	}
	return r.PostForm, nil
}

// checkClient checks the client's credentials, which are in HTTP Basic or in the form, not in both (§2.3).
func (i *Issuer) checkClient(r *http.Request, form url.Values) *problem {
	if _, _, basic := r.BasicAuth(); basic && form.Get("client_secret") != "" {
		return invalidRequest("the client's credentials are both in the header and in the form")
	}
	id, secret := clientCredentials(r, form)
	i.mu.Lock()
	defer i.mu.Unlock()
	if id != i.cred.ClientID || secret == "" || !i.secrets.valid(secret, i.clock.Now()) {
		return &problem{http.StatusUnauthorized, "invalid_client", "unknown client or wrong secret"}
	}
	return nil
}

// clientCredentials returns the credentials in a request, unchecked.
func clientCredentials(r *http.Request, form url.Values) (id, secret string) {
	if id, secret, ok := r.BasicAuth(); ok {
		return formUnescape(id), formUnescape(secret)
	}
	return form.Get("client_id"), form.Get("client_secret")
}

// formUnescape undoes the form encoding that §2.3.1 requires inside HTTP Basic. It
// returns s itself if that is not valid form encoding.
func formUnescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// writeJSON writes a JSON response that must not be cached (§5.1).
func writeJSON(w http.ResponseWriter, status int, body any) {
	raw, err := json.Marshal(body)
	if err != nil { // structs of strings and numbers always marshal
		panic(err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(raw)))
	w.WriteHeader(status)
	_, _ = w.Write(raw) // fails only if the client has left
}
