package target

import (
	"context"
	"net/http"
	"net/url"
)

// Turn is one message of a conversation.
type Turn struct {
	// Role is user or assistant.
	Role string
	Text string
}

// Conversation is what one chat request sends: a system prompt and the turns so far.
type Conversation struct {
	// System stands before target.system.
	System string
	Turns  []Turn
}

// Conversing is a dialect that can send conversations.
type Conversing interface {
	Dialect
	// RequestTurns builds a new HTTP request that sends the conversation to base.
	RequestTurns(ctx context.Context, base *url.URL, c Conversation, maxTokens int) (*http.Request, error)
	// Answer returns the text of the answer in the complete body of a success; "" if it has none.
	Answer(body []byte) string
}
