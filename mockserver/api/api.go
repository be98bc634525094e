// Package api holds the wire shapes that the mock answers in, one file per
// dialect. A dialect reads bodies and words answers; what an answer holds and
// when it is sent is decided by the server.
//
// Nothing here is shared with the client's codec: a shared codec hides a shared bug.
package api

// Dialect is one API's wire shape.
type Dialect struct {
	Name      string
	Endpoints []Endpoint
	// Failure words the body of an answer that is not a success.
	Failure func(status int, message string) []byte
	// Overloaded is the status of a request that found the queue full.
	Overloaded int
}

// Endpoint is one path of a dialect.
type Endpoint struct {
	Method, Path string
	// Read parses a body; its error is answered with 400.
	Read func(body []byte) (Call, error)
	// Word renders the body of a success.
	Word func(Answer) ([]byte, error)
}

// Call is what a request asks for.
type Call struct {
	Prompts []string
	// Batch says that prompts fail one by one, not as a whole.
	Batch bool
	// MaxTokens is the longest answer the client wants per prompt; 0 is no wish.
	MaxTokens uint64
}

// Answer is what a request is given: one item per prompt, in order.
type Answer struct {
	// ID makes the answer's name; the same ID is always the same name.
	ID    uint64
	Items []Item
}

// Item is the answer to one prompt.
type Item struct {
	// Failed is why the prompt has no completion; empty is success.
	Failed     string
	Completion string
	Usage      Usage
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
