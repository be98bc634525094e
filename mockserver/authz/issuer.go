package authz

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"weighbridge/mockserver/clock"
)

// Draw gives the n-th random number of a stream, even in [0, 1).
type Draw func(n uint64) float64

// Token is what the auth server knows of an opaque token.
type Token struct {
	// Ends is the moment from which the token is not good, by the issuer's clock.
	Ends time.Time
	// Generation counts the tokens issued, of both schemes, from 1; no two share one.
	Generation uint64
}

// Issuer is the auth server: it issues opaque tokens and says which are good.
// Everything it does follows its own clock. It is safe for concurrent use, and
// what it is told while it runs holds from the next request on.
type Issuer struct {
	cred  Credentials
	clock clock.Clock
	// latency and introspect draw the costs of the endpoints.
	latency, introspect Draw
	settings            atomic.Pointer[settings]

	mu     sync.Mutex
	random io.Reader
	tokens map[string]*issued
	// sweepAt is how many tokens make the next sweep due.
	sweepAt int
	secrets secrets
	bucket  *bucket
	// generation is the last token's; asked and introspected count what the costs are drawn for.
	generation, asked, introspected uint64
}

// settings are a Config as the endpoints read it; they never change.
type settings struct {
	Config
	assertions verifier
}

type issued struct {
	Token
	scheme string
}

// leastSweep is how many tokens are kept before the first sweep.
const leastSweep = 64

// NewIssuer returns an auth server without tokens. c must have been validated;
// random is where tokens are drawn from, latency and introspect where the costs
// of its endpoints are.
func NewIssuer(c Config, cred Credentials, clk clock.Clock, random io.Reader, latency, introspect Draw) *Issuer {
	i := &Issuer{
		cred: cred, clock: clk, random: random, latency: latency, introspect: introspect,
		tokens: map[string]*issued{}, sweepAt: leastSweep,
		secrets: secrets{current: cred.ClientSecret}, bucket: newBucket(c.OAuth.Limit),
	}
	i.settings.Store(i.read(c))
	return i
}

func (i *Issuer) read(c Config) *settings {
	return &settings{c, newAssertionVerifier(c, i.cred, i.clock.Now)}
}

// Configure works by c, which must have been validated, from now on. Tokens and
// secrets stay as they are; a limit that is new starts with a full bucket.
func (i *Issuer) Configure(c Config) {
	next := i.read(c)
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.bucket.is(c.OAuth.Limit) {
		i.bucket = newBucket(c.OAuth.Limit)
	}
	i.settings.Store(next)
}

// Issue makes an OAuth token that is good for the configured life. Under
// RevokeOld the older ones end after the grace. It fails when no random numbers
// are to be had.
func (i *Issuer) Issue() (string, error) {
	return i.issueOAuth(i.settings.Load().OAuth)
}

func (i *Issuer) issueOAuth(c OAuth) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	drawn, err := draw(i.random)
	if err != nil {
		return "", fmt.Errorf("draw a token: %w", err)
	}
	now := i.clock.Now()
	if c.RevokeOld {
		i.endBy(now.Add(c.Grace), SchemeOAuth)
	}
	return i.add(tokenPrefix+drawn, SchemeOAuth, now, c.TTL), nil
}

func (i *Issuer) issueFederation(now time.Time, life time.Duration) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	drawn, err := draw(i.random)
	if err != nil {
		return "", fmt.Errorf("draw a token: %w", err)
	}
	return i.add(federationPrefix+drawn, SchemeFederation, now, life), nil
}

// add keeps a new token; i.mu is held.
func (i *Issuer) add(token, scheme string, now time.Time, life time.Duration) string {
	i.sweep(now)
	i.generation++
	i.tokens[token] = &issued{Token{now.Add(life), i.generation}, scheme}
	return token
}

// Lookup is what is known of a token; ok is false when it is not good now.
func (i *Issuer) Lookup(token string) (found Token, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	known := i.tokens[token]
	if known == nil || !i.clock.Now().Before(known.Ends) {
		return Token{}, false
	}
	return known.Token, true
}

// Introspect looks a token up in process, at no cost. Its error is always nil.
func (i *Issuer) Introspect(_ context.Context, token string) (found Token, active bool, err error) {
	found, active = i.Lookup(token)
	return found, active, nil
}

// RevokeAll ends the tokens of both schemes once grace has passed, at once
// where it is 0 or less. It returns how many end sooner by it.
func (i *Issuer) RevokeAll(grace time.Duration) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.endBy(i.clock.Now().Add(max(grace, 0)), SchemeOAuth, SchemeFederation)
}

// RotateSecret makes secret the client's and returns it; it draws one where
// secret is empty, and fails when no random numbers are to be had. The secret
// before it works for grace longer, not at all where that is 0 or less.
func (i *Issuer) RotateSecret(secret string, grace time.Duration) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if secret == "" {
		drawn, err := draw(i.random)
		if err != nil {
			return "", fmt.Errorf("draw a client secret: %w", err)
		}
		secret = drawn
	}
	now := i.clock.Now()
	i.secrets.rotate(secret, now, now.Add(grace))
	return secret, nil
}

// Reset forgets all tokens, fills the bucket and starts the draws of costs
// over. The client's secret stays, and generations count on: what was written
// down of a token before is never taken for one after.
func (i *Issuer) Reset() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tokens, i.sweepAt = map[string]*issued{}, leastSweep
	i.bucket = newBucket(i.settings.Load().OAuth.Limit)
	i.asked, i.introspected = 0, 0
}

// endBy ends the tokens of these schemes by a moment and counts those that
// would have lived longer; i.mu is held.
func (i *Issuer) endBy(by time.Time, schemes ...string) int {
	ended := 0
	for _, token := range i.tokens {
		for _, scheme := range schemes {
			if token.scheme == scheme && by.Before(token.Ends) {
				token.Ends = by
				ended++
			}
		}
	}
	return ended
}

// sweep forgets the tokens that have ended, now and then, so that memory
// follows the tokens that are good; i.mu is held.
func (i *Issuer) sweep(now time.Time) {
	if len(i.tokens) < i.sweepAt {
		return
	}
	for name, token := range i.tokens {
		if !now.Before(token.Ends) {
			delete(i.tokens, name)
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
