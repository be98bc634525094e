package auth

import (
	"context"
	"net/http"
	"sync"
	"time"

	"weighbridge/target"
)

// perRequest is a Scheme that signs a token for every request.
type perRequest struct {
	signer  signer
	secrets *target.Redactor

	mu   sync.Mutex
	last string
	cost Cost
}

// Authorize signs a token and sets the header.
func (p *perRequest) Authorize(ctx context.Context, h http.Header) error {
	began := time.Now()
	t, err := p.signer.sign(ctx)
	took := time.Since(began)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.cost.Count++
	p.cost.Total += took
	fresh := t.value != p.last // dates have whole seconds, so that many tokens are the same
	p.last = t.value
	p.mu.Unlock()
	if fresh {
		p.secrets.AddToken(t.value)
	}
	carrierOf("").put(h, t.value)
	return nil
}

// Rejected returns false: another token would say the same.
func (p *perRequest) Rejected(http.Header) bool { return false }

// Cost returns what signing has taken so far.
func (p *perRequest) Cost() Cost {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.cost
	c.PerRequest = true
	return c
}

// Close does nothing.
func (p *perRequest) Close() {}
