// Package api holds the wire formats of the APIs that the mock serves, one per
// dialect. A dialect parses request bodies and renders answers; the server decides
// what an answer contains and when it is sent.
//
// Nothing here is shared with the client's codec: a shared codec hides a shared bug.
package api

import (
	"net/http"
	"time"
)

// Dialect is the wire format of one API.
type Dialect struct {
	Name      string
	Endpoints []Endpoint
	// Match reports whether a request's headers identify it as one of this dialect; nil
	// if headers do not identify it.
	Match func(h http.Header) bool
	// PathPrefixes are prefixes of paths that belong to this dialect: a request for one
	// of them that has no endpoint gets a 404 in this dialect's format.
	PathPrefixes []string
	// Failure renders the body of an answer that is not a success.
	Failure func(Failure) []byte
	// StreamError renders a failure as an event inside a stream, after so many events; nil if the
	// dialect has no streams.
	StreamError func(f Failure, after int) Event
	// Overloaded is the status of a request that finds the queue full.
	Overloaded int
	// SetHeaders sets the request ID and rate-limit headers of an answer; nil if the dialect has none.
	SetHeaders func(h http.Header, info HeaderInfo)
}

// DefaultMaxBody is the largest request body in bytes, that of the Messages API.
const DefaultMaxBody = 32 << 20

// Endpoint is one method of one path. Exactly one of Complete and Handle is set.
type Endpoint struct {
	// Path may contain segments in braces, each of which matches any one segment.
	Method, Path string
	// ContentType is the type of request bodies; empty is application/json.
	ContentType string
	// MaxBody is the largest request body in bytes; 0 is DefaultMaxBody.
	MaxBody int64
	// Match reports whether a request is for this endpoint, if two dialects have the
	// path; nil matches any request.
	Match func(h http.Header) bool
	// Complete is set if the model answers the request's prompts.
	Complete *Completion
	// Handle answers without the model. An error is answered with a 400, or as a *Refusal says.
	Handle func(Query) (Response, error)
}

// Completion parses requests with prompts and renders their answers.
type Completion struct {
	// Read parses a body. An error is answered with a 400, or as a *Refusal says.
	Read func(h http.Header, body []byte) (Call, error)
	// Render renders the body of a success.
	Render func(Answer) ([]byte, error)
	// Stream renders a success as server-sent events; nil if the dialect has no streams.
	Stream func(Answer) ([]Event, error)
}

// Refusal is the error of a request that is refused.
type Refusal struct {
	Status  int
	Kind    Kind
	Message string
	// Param is the field that caused the error; may be empty. Only openai renders it.
	Param string
}

func (r *Refusal) Error() string { return r.Message }

// Kind distinguishes failures with the same status. Kinds other than the constants
// here are error codes of the openai dialect.
type Kind string

const (
	// SpendLimit is a 429 for which retrying is futile.
	SpendLimit Kind = "spend_limit"
	// TokenLimit is a 429 because of a limit on tokens, not on requests.
	TokenLimit Kind = "token_limit"
)

// Failure is an answer that is not a success.
type Failure struct {
	Status    int
	Kind      Kind
	Message   string
	RequestID string
	// Param is as in Refusal.
	Param string
}

// Call is a parsed request.
type Call struct {
	Prompts []string
	// Batch says that prompts succeed or fail individually.
	Batch bool
	// MaxTokens is the largest number of output tokens per prompt that the client
	// requests; 0 if it requests none.
	MaxTokens uint64
	// Model is the requested model; any is accepted.
	Model string
	// Stream requests server-sent events, IncludeUsage a usage event among them (openai).
	Stream, IncludeUsage bool
	// StopSequences end a completion before the first occurrence of one of them.
	StopSequences []string
}

// Answer is the answer to a Call: one item per prompt, in order.
type Answer struct {
	// ID determines the ID that the answer has on the wire.
	ID uint64
	// Call is the request that is answered.
	Call Call
	// Created is the time by the mock's clock.
	Created time.Time
	// Chunk is the number of tokens per event of a stream, at least 1.
	Chunk int
	Items []Item
}

// Item is the answer to one prompt.
type Item struct {
	// Failed is why the prompt has no completion; empty on success.
	Failed     string
	Completion string
	// Truncated says that the completion ended because it reached the maximum number of tokens.
	Truncated bool
	// StopSequence is the stop sequence that ended the completion; empty if none did.
	StopSequence string
	Usage        Usage
}

// Usage is billed tokens.
type Usage struct {
	Input  uint64 `json:"input_tokens"`
	Output uint64 `json:"output_tokens"`
	// Cached is the input tokens that were read from the prompt cache.
	Cached uint64 `json:"-"`
}

// Add returns the sum of two usages.
func (u Usage) Add(v Usage) Usage {
	return Usage{u.Input + v.Input, u.Output + v.Output, u.Cached + v.Cached}
}

// Usage returns the usage of all items together.
func (a Answer) Usage() Usage {
	var sum Usage
	for _, item := range a.Items {
		sum = sum.Add(item.Usage)
	}
	return sum
}

// Event is one server-sent event.
type Event struct {
	// Name is the event's type; if it is empty, only data is sent.
	Name string
	Data []byte
	// Tokens is the number of output tokens in the event.
	Tokens uint64
	// Last marks the terminal event: a stream without it is incomplete.
	Last bool
}

// Bytes returns the event as it is sent in a stream.
func (e Event) Bytes() []byte {
	out := make([]byte, 0, len(e.Name)+len(e.Data)+len("event: \ndata: \n\n"))
	if e.Name != "" {
		out = append(append(append(out, "event: "...), e.Name...), '\n')
	}
	return append(append(append(out, "data: "...), e.Data...), "\n\n"...)
}

// HeaderInfo holds the values for a dialect's response headers.
type HeaderInfo struct {
	// RequestID is the answer's request ID, req_….
	RequestID string
	Now       time.Time
	// Elapsed is the time since the request arrived.
	Elapsed time.Duration
	// Budgets is the state of the rate limits after this request.
	Budgets []Budget
}

// Budget is the state of a token bucket, as rate-limit headers report it.
type Budget struct {
	// Name is requests, input_tokens or output_tokens.
	Name string
	// Limit is the bucket's capacity, Remaining its current content.
	Limit, Remaining uint64
	// Full is when the bucket will be full again.
	Full time.Time
}

// Query is a request that is answered without the model, together with the server's data that the
// answer needs.
type Query struct {
	// Request has its path values set; its body has been read.
	Request *http.Request
	Body    []byte
	// ID is the number from which the IDs in the answer are made.
	ID  uint64
	Now time.Time
	// Base is the URL under which the client reached the mock, without a path.
	Base string
	// Tokens counts the tokens of a text.
	Tokens func(text string) uint64
	// Complete answers the prompt of a call; index is its position in the batch with the number id.
	Complete func(id uint64, index int, call Call) Item
	// BatchDuration is how long a message batch created by this request takes.
	BatchDuration time.Duration
	// Batches holds the message batches of this mock, Files the files and batches of openai.
	Batches *Batches
	Files   *Files
}

// Response is the answer to a Query, with status 200.
type Response struct {
	// ContentType is the Content-Type; empty is application/json.
	ContentType string
	Body        []byte
	// Prompts is the number of prompts in the request, Usage what they were billed.
	Prompts int
	Usage   Usage
}
