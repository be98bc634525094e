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

// Draw returns the n-th number of a random sequence, uniform in [0, 1).
type Draw func(n uint64) float64

// Random is what an Issuer draws from.
type Random struct {
	// Tokens is the source of tokens; Latency and Introspect are the sequences of the latencies of the
	// token endpoints and of introspection.
	Tokens              io.Reader
	Latency, Introspect Draw
}

// Token is the auth server's entry for an opaque token.
type Token struct {
	// Expires is when the token expires, by the issuer's clock; it is not valid at that moment.
	Expires time.Time
	// Generation is the token's number, counted from 1 over the tokens of both schemes.
	Generation uint64
}

// Issuer is the auth server: it issues opaque tokens and knows which are valid, all by
// its own clock. It is safe for concurrent use; changes take effect with the next
// request.
type Issuer struct {
	cred     Credentials
	clock    clock.Clock
	random   Random
	settings atomic.Pointer[settings]

	mu     sync.Mutex // for random.Tokens too
	tokens map[string]*issued
	// sweepAt is the number of tokens at which the next sweep is due.
	sweepAt int
	secrets secrets
	bucket  *bucket
	// generation is the last token's generation. The other two count the latencies drawn.
	generation, tokenRequests, introspections uint64
}

// settings is a Config in the form that the endpoints use. It is immutable.
type settings struct {
	Config
	assertions verifier
}

type issued struct {
	Token
	scheme string
}

// minSweepSize is the number of tokens below which no sweep is made.
const minSweepSize = 64

// NewIssuer returns an auth server without tokens. c must have been validated.
func NewIssuer(c Config, cred Credentials, clk clock.Clock, random Random) *Issuer {
	i := &Issuer{
		cred: cred, clock: clk, random: random,
		tokens: map[string]*issued{}, sweepAt: minSweepSize,
		secrets: secrets{current: cred.ClientSecret}, bucket: newBucket(c.OAuth.Limit),
	}
	i.settings.Store(i.newSettings(c))
	return i
}

func (i *Issuer) newSettings(c Config) *settings {
	return &settings{c, newAssertionVerifier(c, i.cred, i.clock.Now)}
}

// Configure makes c, which must have been validated, effective. Tokens and secrets
// stay as they are; a changed limit starts with a full bucket.
func (i *Issuer) Configure(c Config) {
	next := i.newSettings(c)
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.bucket.hasLimit(c.OAuth.Limit) {
		i.bucket = newBucket(c.OAuth.Limit)
	}
	i.settings.Store(next)
}

// Issue makes an OAuth token with the configured lifetime. With RevokeOld, older tokens
// expire after the grace period. It fails if the random source does.
func (i *Issuer) Issue() (string, error) {
	return i.issueOAuth(i.settings.Load().OAuth)
}

func (i *Issuer) issueOAuth(c OAuth) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	text, err := randomText(i.random.Tokens)
	if err != nil {
		return "", fmt.Errorf("generate a token: %w", err)
	}
	now := i.clock.Now()
	if c.RevokeOld {
		i.expireBy(now.Add(c.Grace), SchemeOAuth)
	}
	return i.add(tokenPrefix+text, SchemeOAuth, now, c.TTL), nil
}

func (i *Issuer) issueFederation(prefix string, now time.Time, lifetime time.Duration) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	text, err := randomText(i.random.Tokens)
	if err != nil {
		return "", fmt.Errorf("generate a token: %w", err)
	}
	return i.add(prefix+text, SchemeFederation, now, lifetime), nil
}

// add stores a new token and returns it; i.mu is held.
func (i *Issuer) add(token, scheme string, now time.Time, lifetime time.Duration) string {
	i.sweep(now)
	i.generation++
	i.tokens[token] = &issued{Token{now.Add(lifetime), i.generation}, scheme}
	return token
}

// Lookup returns what is known about a token; ok is false if it is not valid now.
func (i *Issuer) Lookup(token string) (found Token, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	known := i.tokens[token]
	if known == nil || !i.clock.Now().Before(known.Expires) {
		return Token{}, false
	}
	return known.Token, true
}

// Introspect is Lookup with the signature of Introspect; it takes no time, and its
// error is always nil.
func (i *Issuer) Introspect(_ context.Context, token string) (found Token, active bool, err error) {
	found, active = i.Lookup(token)
	return found, active, nil
}

// RevokeAll makes the tokens of both schemes expire after grace, at once if it is 0 or
// less. It returns how many tokens would have lived longer.
func (i *Issuer) RevokeAll(grace time.Duration) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.expireBy(i.clock.Now().Add(max(grace, 0)), SchemeOAuth, SchemeFederation)
}

// RotateSecret replaces the client's secret and returns the new one, which is generated
// if secret is empty; it fails if the random source does. The previous secret remains
// valid for grace, not at all if that is 0 or less.
func (i *Issuer) RotateSecret(secret string, grace time.Duration) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if secret == "" {
		text, err := randomText(i.random.Tokens)
		if err != nil {
			return "", fmt.Errorf("generate a client secret: %w", err)
		}
		secret = text
	}
	now := i.clock.Now()
	i.secrets.rotate(secret, now, now.Add(grace))
	return secret, nil
}

// Reset forgets all tokens, fills the bucket and restarts the random sequences of the
// latencies. The client's secret stays. Generations are not restarted, so that a number
// in a journal stands for one token only.
func (i *Issuer) Reset() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tokens, i.sweepAt = map[string]*issued{}, minSweepSize
	i.bucket = newBucket(i.settings.Load().OAuth.Limit)
	i.tokenRequests, i.introspections = 0, 0
}

// expireBy makes the tokens of the given schemes expire at by, unless they do so
// earlier, and returns how many it changed; i.mu is held.
func (i *Issuer) expireBy(by time.Time, schemes ...string) int {
	changed := 0
	for _, token := range i.tokens {
		for _, scheme := range schemes {
			if token.scheme == scheme && by.Before(token.Expires) {
				token.Expires = by
				changed++
			}
		}
	}
	return changed
}

// sweep forgets expired tokens when their number may have doubled since the last
// sweep, so that memory is proportional to the number of valid tokens; i.mu is held.
func (i *Issuer) sweep(now time.Time) {
	if len(i.tokens) < i.sweepAt {
		return
	}
	for name, token := range i.tokens {
		if !now.Before(token.Expires) {
			delete(i.tokens, name)
		}
	}
	i.sweepAt = max(minSweepSize, 2*len(i.tokens))
}

// increment adds 1 to counter and returns the result.
func (i *Issuer) increment(counter *uint64) uint64 {
	i.mu.Lock()
	defer i.mu.Unlock()
	*counter++
	return *counter
}
