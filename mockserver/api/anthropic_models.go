package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// anthropicModel is ModelInfo of the SDK.
type anthropicModel struct {
	Type           string          `json:"type"`
	ID             string          `json:"id"`
	DisplayName    string          `json:"display_name"`
	CreatedAt      string          `json:"created_at"`
	Lifecycle      string          `json:"lifecycle"`
	Line           *string         `json:"line"`
	MaxInputTokens uint64          `json:"max_input_tokens"`
	MaxTokens      uint64          `json:"max_tokens"`
	DeprecatedAt   *string         `json:"deprecated_at"`
	RetiresAt      *string         `json:"retires_at"`
	Capabilities   json.RawMessage `json:"capabilities"`
}

// models are those that lists name. Any other will do as well.
func models() []string { return []string{"mock-model", "mock-model-small", "mock-model-large"} }

// modelsCreated is when every model came out: the API takes an epoch value where
// the date is not known.
const modelsCreated = "1970-01-01T00:00:00Z"

// modelCapabilities is ModelCapabilities of the SDK: what the mock answers as a
// model with that capability would.
const modelCapabilities = `{"batch":{"supported":true},"citations":{"supported":false},"code_execution":{"supported":false},` +
	`"context_management":{"supported":false,"clear_thinking_20251015":{"supported":false},` +
	`"clear_tool_uses_20250919":{"supported":false},"compact_20260112":{"supported":false}},` +
	`"effort":{"supported":false,"low":{"supported":false},"medium":{"supported":false},"high":{"supported":false},` +
	`"xhigh":{"supported":false},"max":{"supported":false}},"image_input":{"supported":false},"pdf_input":{"supported":false},` +
	`"server_tools":{"supported":false,"code_execution":{"supported":false},"web_search":{"supported":false}},` +
	`"structured_outputs":{"supported":false},"thinking":{"supported":false,"types":{"adaptive":{"supported":false},` +
	`"between_tools":{"supported":false},"disabled":{"supported":false},"enabled":{"supported":false}}}}`

func newAnthropicModel(id string) anthropicModel {
	return anthropicModel{
		Type: "model", ID: id, DisplayName: displayName(id), CreatedAt: modelsCreated, Lifecycle: "active",
		MaxInputTokens: 1_000_000, MaxTokens: 1 << 16, Capabilities: json.RawMessage(modelCapabilities),
	}
}

// displayName is an id as people write names: mock-model is Mock Model.
func displayName(id string) string {
	words := strings.FieldsFunc(id, func(r rune) bool { return r == '-' || r == '_' })
	for i, word := range words {
		_, first := utf8.DecodeRuneInString(word)
		words[i] = strings.ToUpper(word[:first]) + word[first:]
	}
	return strings.Join(words, " ")
}

func listAnthropicModels(q Query) (Told, error) {
	list := models()
	if stages := q.Request.URL.Query()["lifecycle"]; len(stages) > 0 && !contains(stages, "active") {
		list = nil // every model of the mock is active
	}
	return tellPage(q, list, func(id string) string { return id }, newAnthropicModel)
}

// contains reports whether a query parameter that may be repeated, or hold
// several values with commas between, has value among them.
func contains(parameter []string, value string) bool {
	for _, one := range parameter {
		for _, part := range strings.Split(one, ",") {
			if part == value {
				return true
			}
		}
	}
	return false
}

func getAnthropicModel(q Query) (Told, error) {
	id := q.Request.PathValue("model_id")
	if id == "" {
		return Told{}, &Refusal{Status: http.StatusNotFound, Message: "model: none named"}
	}
	return Told{Body: mustMarshal(newAnthropicModel(id))}, nil
}

// stamp is a moment as the API writes it, in UTC with microseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
