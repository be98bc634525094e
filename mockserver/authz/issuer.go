package authz

import (
	"fmt"
	"io"
	"sync"
	"time"

	"weighbridge/mockserver/clock"
)

// Draw gives the n-th random number of a stream, even in [0, 1).
type Draw func(n uint64) float64

// Issuer is the auth server: it issues opaque tokens and says which are good.
// It is safe for concurrent use.
type Issuer struct {
	config Config
	cred   Credentials
	clock  clock.Clock
	// latency and introspect draw the costs of the two endpoints.
	latency, introspect Draw

	mu     sync.Mutex
	random io.Reader
	tokens map[string]time.Time // to the moment each ends
	// sweepAt is how many tokens make the next sweep due.
	sweepAt int
	// issued and introspected count what the costs are drawn for.
	issued, introspected uint64
}

// leastSweep is how many tokens are kept before the first sweep.
const leastSweep = 64

// NewIssuer returns an auth server without tokens. random is where tokens are
// drawn from, latency and introspect where the costs of its endpoints are.
func NewIssuer(c Config, cred Credentials, clk clock.Clock, random io.Reader, latency, introspect Draw) *Issuer {
	return &Issuer{
		config: c, cred: cred, clock: clk, random: random, latency: latency, introspect: introspect,
		tokens: map[string]time.Time{}, sweepAt: leastSweep,
	}
}

// Issue makes a token that is good for the configured life. Under RevokeOld the
// older ones end after the grace.
func (i *Issuer) Issue() (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	drawn, err := draw(i.random)
	if err != nil {
		return "", fmt.Errorf("draw a token: %w", err)
	}
	now := i.clock.Now()
	i.sweep(now)
	if i.config.OAuth.RevokeOld {
		i.endAll(now.Add(i.config.OAuth.Grace))
	}
	token := tokenPrefix + drawn
	i.tokens[token] = now.Add(i.config.OAuth.TTL)
	return token, nil
}

// Ends is the moment a token ends; ok is false when it is not good now.
func (i *Issuer) Ends(token string) (ends time.Time, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	ends = i.tokens[token]
	return ends, i.clock.Now().Before(ends)
}

func (i *Issuer) endAll(by time.Time) {
	for token, ends := range i.tokens {
		if by.Before(ends) {
			i.tokens[token] = by
		}
	}
}

// sweep forgets the tokens that have ended, now and then, so that memory
// follows the tokens that are good.
func (i *Issuer) sweep(now time.Time) {
	if len(i.tokens) < i.sweepAt {
		return
	}
	for token, ends := range i.tokens {
		if !now.Before(ends) {
			delete(i.tokens, token)
		}
	}
	i.sweepAt = max(leastSweep, 2*len(i.tokens))
}

// next counts one more on counter and returns the count.
func (i *Issuer) next(counter *uint64) uint64 {
	i.mu.Lock()
	defer i.mu.Unlock()
	*counter++
	return *counter
}
