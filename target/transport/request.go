package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"

	"weighbridge/target"
	"weighbridge/target/cache"
	"weighbridge/target/transport/h2"
	"weighbridge/target/transport/lean"
)

// Request is the content of one request.
type Request struct {
	Phase     string // warmup, open, closed, capacity or batch
	Prompts   []string
	MaxTokens int
	// Conversation is sent instead of Prompts, unless nil, by a dialect that is Conversing.
	Conversation *target.Conversation
	// Call is sent instead of Prompts, unless nil.
	Call *Call
	// KeepAnswer says that the text of the answer to a Conversation is kept.
	KeepAnswer bool

	// built is what every attempt sends, except credentials and the attempt's id; failed is
	// why it could not be built. message is built as a lean connection sends it; else nil.
	built   *http.Request
	message *lean.Message
	stream  *h2.Message // the same over HTTP/2
	failed  error
	// key is the key in the client's cache, if it has one.
	key cache.Key
}

// Built reports whether Build has been called.
func (r *Request) Built() bool { return r.built != nil || r.failed != nil }

// Build makes the HTTP request of r: all that its attempts share. Do builds a request that
// is not built yet, and then takes longer.
func (c *Client) Build(r *Request) {
	if d, ok := c.Dialect.(interface{ Fixed() bool }); ok && d.Fixed() {
		c.buildOnce.Do(func() {
			c.build(r, c.Base)
			c.fixed = *r
		})
		r.built, r.message, r.stream, r.failed, r.key = c.fixed.built, c.fixed.message, c.fixed.stream, c.fixed.failed, c.fixed.key
		return
	}
	c.build(r, c.Base)
}

// build is Build, for any request, to a base URL.
func (c *Client) build(r *Request, base *url.URL) {
	req, err := NewRequest(c.Dialect, base, r)
	if err == nil && req.Body != nil && req.GetBody == nil {
		err = errors.New("the dialect's body can be sent only once")
	}
	if err != nil {
		r.failed = fmt.Errorf("build the request: %w", err)
		return
	}
	for name, values := range c.Headers {
		req.Header[name] = values
	}
	if _, given := req.Header["User-Agent"]; !given && c.Client.UserAgent != "" {
		req.Header.Set("User-Agent", c.Client.UserAgent)
	}
	if req.Host = req.Header.Get("Host"); req.Host == "" {
		req.Host = req.URL.Host
	}
	r.built = req
	if c.answers != nil && r.Call == nil {
		if r.key, r.failed = cache.KeyOf(req); r.failed != nil {
			return
		}
	}
	if c.Connections.lean != nil && !c.Connections.forwarded(req) {
		r.message, r.failed = messageOf(req)
	}
	if c.Connections.streams {
		r.stream, r.failed = streamOf(req)
	}
}

// NewRequest returns the HTTP request of r to base, as the dialect makes it.
func NewRequest(d target.Dialect, base *url.URL, r *Request) (*http.Request, error) {
	if r.Call != nil {
		return r.Call.Request, nil
	}
	if conversing, ok := d.(target.Conversing); ok && r.Conversation != nil {
		return conversing.RequestTurns(context.Background(), base, *r.Conversation, r.MaxTokens)
	}
	return d.Request(context.Background(), base, r.Prompts, r.MaxTokens)
}

// messageOf returns a request as a lean connection sends it.
func messageOf(req *http.Request) (*lean.Message, error) {
	m, err := lean.NewMessage(req)
	if err != nil {
		return nil, fmt.Errorf("build the request: %w", err)
	}
	return m, nil
}

// streamOf returns a request as package h2 sends it.
func streamOf(req *http.Request) (*h2.Message, error) {
	m, err := h2.NewMessage(req)
	if err != nil {
		return nil, fmt.Errorf("build the request: %w", err)
	}
	return m, nil
}

// streamMessage returns the message of one attempt over HTTP/2, with headers of its own.
func (c *Client) streamMessage(ctx context.Context, r *Request, own http.Header) (*h2.Message, error) {
	for name := range own {
		if r.stream.HasHeader(name) {
			req, err := c.requestOf(ctx, r, own)
			if err != nil {
				return nil, err
			}
			return streamOf(req)
		}
	}
	return r.stream.With(own)
}

// requestOf returns the HTTP request of one attempt, with headers of its own. For HTTP/1 it has no
// GetBody, so that net/http does not resend a request with a body on its own.
func (c *Client) requestOf(ctx context.Context, r *Request, own http.Header) (*http.Request, error) {
	req := r.built.WithContext(ctx)
	if len(own) > 0 || c.Connections.http2 == nil { // HTTP/2 changes no header that it is given
		req.Header = r.built.Header.Clone()
		maps.Copy(req.Header, own)
	}
	if req.GetBody == nil {
		if c.Budget != nil && req.Body == nil {
			req.Body = emptyBody{}
		}
		return req, nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, fmt.Errorf("build the request: %w", err)
	}
	req.Body = body
	if c.Connections.http2 == nil {
		req.GetBody = nil
	}
	return req, nil
}

// emptyBody is a body without content that net/http does not know to be empty: with http.NoBody
// it might send the request again on its own, past the budget.
type emptyBody struct{}

func (emptyBody) Read([]byte) (int, error) { return 0, io.EOF }
func (emptyBody) Close() error             { return nil }

// leanMessage returns the message of one attempt, and the headers of its own that it lacks.
func (c *Client) leanMessage(ctx context.Context, r *Request, own http.Header) (*lean.Message, http.Header, error) {
	for name := range own {
		if r.message.HasHeader(name) {
			req, err := c.requestOf(ctx, r, own)
			if err != nil {
				return nil, nil, err
			}
			m, err := messageOf(req)
			return m, nil, err
		}
	}
	return r.message, own, nil
}
