package target

import "time"

// The policies by which failed attempts are retried.
const (
	RetryNone        = "none"
	RetryFixed       = "fixed"
	RetryExponential = "exponential"
	// RetrySDK retries as the official SDKs of OpenAI and Anthropic for Go do.
	RetrySDK = "sdk"
)

// The jitters of back-offs.
const (
	JitterNone         = "none"
	JitterEqual        = "equal"
	JitterFull         = "full"
	JitterDecorrelated = "decorrelated"
)

// Retry sets whether and when a failed attempt is retried.
type Retry struct {
	// Policy is none, fixed, exponential, or sdk (what the official SDKs of OpenAI and Anthropic do); default none. No policy retries what waiting does not mend, such as a spend limit.
	Policy string `yaml:"policy" check:"enum=none|fixed|exponential|sdk"`
	// Multiplier is the fixed back-off, or the first exponential one, 0…24h; default 1s. Policy sdk begins with 500ms.
	Multiplier time.Duration `yaml:"multiplier" check:"min=0,max=24h"`
	// Max is the longest back-off, 0…24h; default 10s. Policy sdk has 8s.
	Max time.Duration `yaml:"max" check:"min=0,max=24h"`
	// Attempts is the maximum number of attempts, the first included, 1…1000; default 4, with policy sdk 3.
	Attempts int `yaml:"attempts" check:"min=1,max=1000"`
	// Jitter is how back-offs are drawn: none (as they are), full (uniformly between 0 and the back-off), equal (between half of it and all of it), or decorrelated (between client.retry.multiplier and three times the wait before, at most client.retry.max; policy exponential only); default full. Policy sdk subtracts up to a quarter.
	Jitter string `yaml:"jitter" check:"enum=none|full|equal|decorrelated"`
	// HonorRetryAfter waits at least as long as a Retry-After header asks; default true. Policy sdk waits exactly as long.
	HonorRetryAfter bool `yaml:"honor_retry_after"`
	// MaxRetryAfter is the longest Retry-After that is waited for, 0…24h; default 1m. A request that is asked to wait longer fails.
	MaxRetryAfter time.Duration `yaml:"max_retry_after" check:"min=0,max=24h"`
	// Budget limits how many requests are retried.
	Budget RetryBudget `yaml:"budget"`
}

// RetryBudget limits the retries of all requests of an arm together. Each request adds a share of a
// retry to the budget, each retry takes one; a request whose retry is refused fails.
type RetryBudget struct {
	// Share is how many retries each request adds to the budget, 0…10; default 0, no budget: retries are limited by client.retry.attempts only. With 0.1, a server that fails everything is sent 1.1 times the requests and not four times.
	Share float64 `yaml:"share" check:"min=0,max=10"`
	// Burst is how many retries the budget holds at most, and at the start of the run, 1…1000000; default 10.
	Burst int `yaml:"burst" check:"min=1,max=1000000"`
}
