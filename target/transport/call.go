package transport

import (
	"io"
	"net/http"

	"weighbridge/target"
	"weighbridge/target/budget"
)

// Call is a request that is not one of the dialect's for prompts, such as the one that asks for the
// state of a batch.
type Call struct {
	Request *http.Request
	// Judge judges a response that arrived whole.
	Judge func(status int, header http.Header, body []byte) target.Outcome
	// Prompts is how many prompts the request hands over to be answered and billed later, and Bytes their
	// size. Exchange.Held is then their reservation.
	Prompts int
	Bytes   int64
	// MaxTokens is how many output tokens each of them asks for on average; 0 if that is not known.
	MaxTokens int
	// Reserved is the reservation of the first attempt; nil makes one when the attempt leaves.
	Reserved *budget.Reservation
}

// reserve reserves an attempt at r.
func (c *Client) reserve(r *Request, x *Exchange) (*budget.Reservation, error) {
	switch call := r.Call; {
	case call == nil:
		return c.Budget.Reserve(r.ask())
	case call.Reserved != nil && len(x.Attempts) == 0:
		return call.Reserved, nil
	default:
		return c.Budget.Reserve(budget.Ask{Prompts: call.Prompts, MaxTokens: call.MaxTokens, Body: call.Bytes})
	}
}

// ask is what an attempt at r asks for.
func (r *Request) ask() budget.Ask {
	return budget.Ask{Prompts: len(r.Prompts), MaxTokens: r.MaxTokens, Body: max(r.built.ContentLength, 0)}
}

// settle settles the reservation of an attempt at r, unless its prompts are to be answered later.
func (r *Request) settle(reserved *budget.Reservation, connected bool, x *Exchange) {
	if r.Call != nil && r.Call.Prompts > 0 && x.Status != 0 && x.Outcome.Class == target.Success {
		x.Held = reserved
		return
	}
	reserved.Settle(connected, x.Status, x.Outcome)
}

// outcomeOf judges the response to r.
func (c *Client) outcomeOf(r *Request, status int, header http.Header, body []byte) target.Outcome {
	if r.Call != nil {
		return r.Call.Judge(status, header, body)
	}
	return c.Dialect.Judge(status, header, body, len(r.Prompts))
}

// PromptBody returns the body of the request for the prompts of r.
func (c *Client) PromptBody(r *Request) (body []byte, header http.Header, err error) {
	req, err := NewRequest(c.Dialect, c.Base, r)
	if err != nil {
		return nil, nil, err
	}
	body, err = io.ReadAll(req.Body) // a text in memory
	return body, req.Header, err
}
