package dialect

import (
	"encoding/json"
	"net/http"
)

// futile reports whether an error response says that waiting does not help: a 429 because
// money or a quota is used up, not because requests come too fast. Anthropic says it in
// error.details.error_code, OpenAI in error.code or error.type.
func futile(status int, body []byte) bool {
	if status != http.StatusTooManyRequests {
		return false
	}
	var response struct {
		Error struct {
			Type    any `json:"type"`
			Code    any `json:"code"` // a number at some servers
			Details any `json:"details"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &response) != nil {
		return false
	}
	e := response.Error
	if details, ok := e.Details.(map[string]any); ok {
		switch details["error_code"] {
		case "enforced_spend_limit_reached", "contract_spend_limit_reached":
			return true
		}
	}
	return e.Code == "insufficient_quota" || e.Type == "insufficient_quota"
}
