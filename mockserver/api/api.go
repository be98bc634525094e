// Package api holds the wire shapes that the mock answers in, one file per
// dialect. A dialect reads bodies and words answers; what an answer holds and
// when it is sent is decided by the server.
//
// Nothing here is shared with the client's codec: a shared codec hides a shared bug.
package api

import (
	"net/http"
	"time"
)

// Dialect is one API's wire shape.
type Dialect struct {
	Name      string
	Endpoints []Endpoint
	// Speaks reports whether a request says by its header that it is in this dialect;
	// nil is for one that does not tell.
	Speaks func(h http.Header) bool
	// Owns are the beginnings of paths that are this dialect's even where it has
	// no endpoint: a request there is told 404 in its words.
	Owns []string
	// Failure words the body of an answer that is not a success.
	Failure func(Failure) []byte
	// Interrupt words a failure inside a stream that has begun; nil where there are no streams.
	Interrupt func(Failure) Event
	// Overloaded is the status of a request that found the queue full.
	Overloaded int
	// Mark puts the answer's name and what is left of its budgets into headers; nil puts none.
	Mark func(h http.Header, m Mark)
}

// DefaultMaxBody bounds a request's body in bytes, as the Messages API does.
const DefaultMaxBody = 32 << 20

// Endpoint is one method of one path. Exactly one of Complete and Tell is set.
type Endpoint struct {
	// Path may hold segments in braces, which match any one segment.
	Method, Path string
	// MaxBody bounds a request's body in bytes; 0 is DefaultMaxBody.
	MaxBody int64
	// For reports whether a request is for this endpoint, where two dialects have
	// the path; nil takes any.
	For func(h http.Header) bool
	// Complete has the model serve prompts.
	Complete *Completion
	// Tell answers without the model. Its error is answered with 400, or as a *Refusal says.
	Tell func(Query) (Told, error)
}

// Completion is how prompts are read and their answers worded.
type Completion struct {
	// Read parses a body. Its error is answered with 400, or as a *Refusal says.
	Read func(h http.Header, body []byte) (Call, error)
	// Word renders the body of a success.
	Word func(Answer) ([]byte, error)
	// Stream renders a success as server-sent events; nil where there are no streams.
	Stream func(Answer) ([]Event, error)
}

// Refusal is why a request is not served.
type Refusal struct {
	Status  int
	Kind    Kind
	Message string
	// Param is the field to blame; empty is none. Only openai words it.
	Param string
}

func (r *Refusal) Error() string { return r.Message }

// Kind tells failures of one status apart. One that is not named here is a code of
// the openai dialect's own.
type Kind string

const (
	// SpendLimit is a 429 that waiting does not end.
	SpendLimit Kind = "spend_limit"
	// TokenLimit is a 429 of a budget of tokens, not of requests.
	TokenLimit Kind = "token_limit"
)

// Failure is an answer that is not a success.
type Failure struct {
	Status    int
	Kind      Kind
	Message   string
	RequestID string
	// Param is that of the Refusal.
	Param string
}

// Call is what a request asks for.
type Call struct {
	Prompts []string
	// Batch says that prompts fail one by one, not as a whole.
	Batch bool
	// MaxTokens is the longest answer the client wants per prompt; 0 is no wish.
	MaxTokens uint64
	// Model is the model asked for; any will do.
	Model string
	// Stream asks for server-sent events, IncludeUsage for usage in them (openai).
	Stream, IncludeUsage bool
	// StopSequences end an answer before the first of them.
	StopSequences []string
}

// Answer is what a request is given: one item per prompt, in order.
type Answer struct {
	// ID makes the answer's name; the same ID is always the same name.
	ID uint64
	// Call is what was asked.
	Call Call
	// Created is the mock's time.
	Created time.Time
	// Chunk is the tokens in one event of a stream, at least 1.
	Chunk int
	Items []Item
}

// Item is the answer to one prompt.
type Item struct {
	// Failed is why the prompt has no completion; empty is success.
	Failed     string
	Completion string
	// Cut says that the answer is as long as the client let it be, and had more to say.
	Cut bool
	// Stopped is the stop sequence that ended the answer; empty is none.
	Stopped string
	Usage   Usage
}

// Usage is billed tokens.
type Usage struct {
	Input  uint64 `json:"input_tokens"`
	Output uint64 `json:"output_tokens"`
}

// Plus is the sum of two usages.
func (u Usage) Plus(v Usage) Usage { return Usage{u.Input + v.Input, u.Output + v.Output} }

// Usage is the sum of all items'.
func (a Answer) Usage() Usage {
	var sum Usage
	for _, item := range a.Items {
		sum = sum.Plus(item.Usage)
	}
	return sum
}

// Event is one server-sent event.
type Event struct {
	// Name is its type; empty sends data alone.
	Name string
	Data []byte
	// Tokens is how many output tokens it carries.
	Tokens uint64
	// Last says that a stream without this event, or what follows it, was cut short.
	Last bool
}

// Bytes is the event as it stands in a stream.
func (e Event) Bytes() []byte {
	out := make([]byte, 0, len(e.Name)+len(e.Data)+len("event: \ndata: \n\n"))
	if e.Name != "" {
		out = append(append(append(out, "event: "...), e.Name...), '\n')
	}
	return append(append(append(out, "data: "...), e.Data...), "\n\n"...)
}

// Mark is what the headers of any answer tell.
type Mark struct {
	// RequestID is the answer's name, req_….
	RequestID string
	Now       time.Time
	// Took is how long the request has been served.
	Took time.Duration
	// Budgets are the limits there are, as they stand after this request.
	Budgets []Budget
}

// Budget is a token bucket as clients are told of it.
type Budget struct {
	// Name is requests, input_tokens or output_tokens.
	Name string
	// Limit is what the bucket holds at most, Remaining what it holds.
	Limit, Remaining uint64
	// Full is when it will be full again.
	Full time.Time
}

// Query is a request that no model serves, and what may be asked of the server.
type Query struct {
	// Request has its path values set; its body is read already.
	Request *http.Request
	Body    []byte
	// ID is the number that the request's names are made of.
	ID  uint64
	Now time.Time
	// Base is the URL that the client reached the mock under, without a path.
	Base string
	// Tokens counts those of a text.
	Tokens func(text string) uint64
	// Complete answers a prompt of a call that is number index of request id.
	Complete func(id uint64, index int, call Call) Item
	// Lasts is how long a message batch made by this request is to take.
	Lasts time.Duration
	// Batches are the message batches of this mock.
	Batches *Batches
}

// Told is the answer to a Query, with status 200.
type Told struct {
	// ContentType is application/json where it is empty.
	ContentType string
	Body        []byte
	// Prompts is how many the request carried, Usage what they were billed.
	Prompts int
	Usage   Usage
}
