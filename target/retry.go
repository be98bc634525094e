package target

import "time"

// The policies by which failed attempts are retried.
const (
	RetryNone        = "none"
	RetryFixed       = "fixed"
	RetryExponential = "exponential"
	// RetrySDKOpenAI and RetrySDKAnthropic retry as the official SDKs for Go do. RetrySDK stands for that
	// of the dialect's provider, which is the latter where it is not OpenAI.
	RetrySDK          = "sdk"
	RetrySDKOpenAI    = "sdk-openai"
	RetrySDKAnthropic = "sdk-anthropic"
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
	// Policy is none, fixed, exponential, sdk-openai or sdk-anthropic (what the official Go SDKs do), or sdk (sdk-openai with dialect openai or responses, else sdk-anthropic); default none. OpenAI's SDK does not retry after its own timeout (here client.timeout) or when the body of an answer breaks off, and its timeout keeps running during back-offs, so that it gives up a wait that would outlast it; Anthropic's SDK retries in all three cases. No policy retries what waiting cannot fix, such as a spend limit.
	Policy string `yaml:"policy" check:"enum=none|fixed|exponential|sdk|sdk-openai|sdk-anthropic"`
	// Multiplier is the fixed back-off, or the first exponential one, 0…24h; default 1s. Policies sdk begin with 500ms.
	Multiplier time.Duration `yaml:"multiplier" check:"min=0,max=24h"`
	// Max is the longest back-off, 0…24h; default 10s. Policies sdk have 8s.
	Max time.Duration `yaml:"max" check:"min=0,max=24h"`
	// Attempts is the maximum number of attempts, the first included, 1…1000; default 4, with policies sdk 3.
	Attempts int `yaml:"attempts" check:"min=1,max=1000"`
	// Jitter is how back-offs are drawn: none (as they are), full (uniformly between 0 and the back-off), equal (between half of it and all of it), or decorrelated (between client.retry.multiplier and three times the wait before, at most client.retry.max; policy exponential only); default full. Policies sdk subtract up to a quarter.
	Jitter string `yaml:"jitter" check:"enum=none|full|equal|decorrelated"`
	// HonorRetryAfter waits at least as long as a Retry-After header asks; default true. A date in it is counted from the header Date of the same answer, so that the server's clock may differ from this machine's. Policies sdk wait exactly as long, and compare a date with this machine's clock, as the SDKs do.
	HonorRetryAfter bool `yaml:"honor_retry_after"`
	// MaxRetryAfter is the longest Retry-After that is waited for, 0…24h; default 1m. A request that is asked to wait longer fails.
	MaxRetryAfter time.Duration `yaml:"max_retry_after" check:"min=0,max=24h"`
	// Budget limits the number of retries.
	Budget RetryBudget `yaml:"budget"`
}

// SDK reports whether the policy is that of an official SDK.
func (r Retry) SDK() bool {
	return r.Policy == RetrySDK || r.Policy == RetrySDKOpenAI || r.Policy == RetrySDKAnthropic
}

// RetryBudget limits the retries of all requests of an arm together. Each request adds a share of a
// retry to the budget, each retry takes one; a request whose retry is refused fails.
type RetryBudget struct {
	// Share is how many retries each request adds to the budget, 0…10; default 0, no budget: retries are limited by client.retry.attempts only. With 0.1, a server that fails everything gets 1.1 attempts per request instead of four.
	Share float64 `yaml:"share" check:"min=0,max=10"`
	// Burst is how many retries the budget holds at most, and at the start of the run, 1…1000000; default 10.
	Burst int `yaml:"burst" check:"min=1,max=1000000"`
}
