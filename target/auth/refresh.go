package auth

import (
	"time"

	"weighbridge/target"
)

// The refresh policies of target.auth.refresh.policy.
const (
	PolicyAhead = "ahead"
	PolicyOn401 = "on_401"
	PolicyFixed = "fixed"
	PolicyNever = "never"
)

// refresh is when tokens are renewed, and how.
type refresh struct {
	policy string
	// early is how long before expiry PolicyAhead renews, every the schedule of PolicyFixed.
	early, every time.Duration
	// inline lets a request that finds the token due for renewal wait for the new one; without it
	// a timer renews. stampede lets each request that needs a token fetch its own.
	inline, stampede bool
	// retry is once or none; "" is once for PolicyOn401 and sources that ask for it.
	retry string
	// expiryError is added to when a token is believed to expire.
	expiryError time.Duration
}

// refreshOf returns what target.auth.refresh says.
func refreshOf(cfg target.Refresh) refresh {
	return refresh{cfg.Policy, cfg.Early, cfg.Every, !cfg.Background, !cfg.SingleFlight, cfg.Retry, cfg.ExpiryError}
}

// keepsExpired says whether a token is used beyond its expiry.
func (r refresh) keepsExpired() bool { return r.policy != PolicyAhead }

// heedsRejection says whether a rejected token is replaced.
func (r refresh) heedsRejection() bool {
	return r.policy != PolicyNever && (r.policy != PolicyFixed || r.retry == "once")
}
