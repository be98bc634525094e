package dialect

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"weighbridge/target"
)

// refusedFor are the fields by which an error response says what it refuses: Anthropic in
// error.details.error_code and error.type, OpenAI in error.code or error.type.
type refusedFor struct {
	Error struct {
		Type    any `json:"type"`
		Code    any `json:"code"` // a number at some servers
		Message any `json:"message"`
		Details any `json:"details"`
	} `json:"error"`
}

// names are the type and the codes of the error.
func (r refusedFor) names() (names []string) {
	all := []any{r.Error.Type, r.Error.Code}
	if details, ok := r.Error.Details.(map[string]any); ok {
		all = append(all, details["error_code"])
	}
	for _, name := range all {
		if text, ok := name.(string); ok && text != "" {
			names = append(names, text)
		}
	}
	return names
}

// fatal returns why an error response rules out that any other request succeeds; empty if it does
// not. A 401 without a body that says more is a bad credential; a 403 is one only if the API says so,
// as proxies answer 403 to what they take for an attack.
func fatal(status int, body []byte) target.Fatal {
	var r refusedFor
	_ = json.Unmarshal(body, &r) // other bodies say nothing
	names := r.names()
	said := func(any ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(any, name) })
	}
	message, _ := r.Error.Message.(string)
	switch {
	case status == http.StatusUnauthorized:
		return target.FatalCredential
	case status == http.StatusForbidden && said("permission_error", "authentication_error", "invalid_api_key", "account_deactivated"):
		return target.FatalCredential
	case status == http.StatusTooManyRequests && said("enforced_spend_limit_reached", "contract_spend_limit_reached", "insufficient_quota"),
		status == http.StatusPaymentRequired && said("billing_error", "insufficient_quota"),
		status == http.StatusBadRequest && said("organization_on_hold", "billing_hard_limit_reached"):
		return target.FatalQuota
	case status == http.StatusNotFound && (said("model_not_found") || said("not_found_error", "NotFoundError") && strings.Contains(strings.ToLower(message), "model")):
		return target.FatalModel
	}
	return ""
}
