package auth

import (
	"net/http"
	"strings"
)

// carrier is the name of the header that holds a credential, in canonical form. In
// Authorization it is a Bearer token (RFC 6750 §2.1), in any other header it stands alone.
type carrier string

// carrierOf returns the carrier for a target.auth.header; authorization if it is empty.
func carrierOf(header string) carrier {
	if header == "" {
		return "Authorization"
	}
	return carrier(http.CanonicalHeaderKey(header))
}

// put sets the credential.
func (c carrier) put(h http.Header, credential string) {
	if c == "Authorization" {
		credential = "Bearer " + credential
	}
	h.Set(string(c), credential)
}

// find returns the credential in h; "" if there is none.
func (c carrier) find(h http.Header) string {
	credential := h.Get(string(c))
	if c == "Authorization" {
		credential, _ = strings.CutPrefix(credential, "Bearer ")
	}
	return credential
}
