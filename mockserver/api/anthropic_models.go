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

// models returns the IDs that a list of models has. The mock accepts any other as well.
func models() []string { return []string{"mock-model", "mock-model-small", "mock-model-large"} }

// modelsCreatedAt is the release date of every model. The API gives the epoch if the
// date is not known.
const modelsCreatedAt = "1970-01-01T00:00:00Z"

// modelCapabilities is ModelCapabilities of the SDK. The mock supports batches only.
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
		Type: "model", ID: id, DisplayName: displayName(id), CreatedAt: modelsCreatedAt, Lifecycle: "active",
		MaxInputTokens: 1_000_000, MaxTokens: 1 << 16, Capabilities: json.RawMessage(modelCapabilities),
	}
}

// displayName makes a title of an ID: mock-model becomes Mock Model.
func displayName(id string) string {
	words := strings.FieldsFunc(id, func(r rune) bool { return r == '-' || r == '_' })
	for i, word := range words {
		_, first := utf8.DecodeRuneInString(word)
		words[i] = strings.ToUpper(word[:first]) + word[first:]
	}
	return strings.Join(words, " ")
}

func listAnthropicModels(q Query) (Response, error) {
	list := models()
	if stages := q.Request.URL.Query()["lifecycle"]; len(stages) > 0 && !listContains(stages, "active") {
		list = nil // every model of the mock is active
	}
	return pageResponse(q, list, func(id string) string { return id }, newAnthropicModel)
}

// listContains reports whether value is among those of a query parameter, which may
// be repeated and may hold several values separated by commas.
func listContains(parameter []string, value string) bool {
	for _, one := range parameter {
		for _, part := range strings.Split(one, ",") {
			if part == value {
				return true
			}
		}
	}
	return false
}

func getAnthropicModel(q Query) (Response, error) {
	id := q.Request.PathValue("model_id")
	if id == "" {
		return Response{}, &Refusal{Status: http.StatusNotFound, Message: "model: no ID given"}
	}
	return Response{Body: mustMarshal(newAnthropicModel(id))}, nil
}

// formatTime formats a time as the API does, in UTC with microseconds.
func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
