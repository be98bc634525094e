package authz

import (
	"sync"
	"time"
)

// known are the opaque tokens of which the API remembers that they were valid.
type known struct {
	mu     sync.Mutex
	tokens map[string]remembered
}

// remembered is a token's number, and until when it need not be introspected again.
type remembered struct {
	generation uint64
	until      time.Time
}

// maxKnown is how many tokens are remembered at most.
const maxKnown = 10_000

// find returns the number of a token that is remembered at a time.
func (k *known) find(token string, now time.Time) (generation uint64, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, ok := k.tokens[token]
	return r.generation, ok && now.Before(r.until)
}

// add remembers a token. If there are too many, it forgets the expired ones, or all if none has expired.
func (k *known) add(token string, r remembered, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.tokens) >= maxKnown {
		for other, r := range k.tokens {
			if !now.Before(r.until) {
				delete(k.tokens, other)
			}
		}
	}
	if k.tokens == nil || len(k.tokens) >= maxKnown {
		k.tokens = map[string]remembered{}
	}
	k.tokens[token] = r
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
