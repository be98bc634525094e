package mockserver

import (
	"time"

	"weighbridge/mockserver/dist"
)

// Number is a distribution of numbers without a unit.
type Number = dist.Number

// Config is the mock section of a scenario: what the mock costs, limits and
// breaks. Fields say their unit, range and default.
type Config struct {
	// Seed decides every stateless fault and every drawn cost; 0 takes experiment.seed.
	Seed uint64 `yaml:"seed"`
	// Slots is how many requests are served at once; default 64.
	Slots int `yaml:"slots" check:"min=1"`
	// Queue is how many requests may wait for a slot; 0 is no bound.
	Queue   int     `yaml:"queue" check:"min=0"`
	Latency Latency `yaml:"latency"`
	Tokens  Tokens  `yaml:"tokens"`
	Limit   Limit   `yaml:"limit"`
	Faults  Faults  `yaml:"faults"`
	Clock   Clock   `yaml:"clock"`
	Auth    Auth    `yaml:"auth"`
	// ServerTiming sends a Server-Timing header with every answer; default true.
	ServerTiming bool `yaml:"server_timing"`
}

// Latency is the cost of serving a request, held on a slot: the sum of its parts.
type Latency struct {
	// Request is the cost of a request; default 5ms.
	Request dist.Duration `yaml:"request"`
	// Prompt is the cost of each prompt in it; default 0.
	Prompt dist.Duration `yaml:"prompt"`
	// InputToken is the cost of each token read; default 0.
	InputToken dist.Duration `yaml:"input_token"`
	// OutputToken is the cost of each token answered; default 0.
	OutputToken dist.Duration `yaml:"output_token"`
}

// Tokens says how prompts and answers are billed.
type Tokens struct {
	// PerChar is tokens per character of a prompt; default 0.25.
	PerChar float64 `yaml:"per_char" check:"min=0"`
	// Output is the tokens of an answer; the constant 0 takes prompts.max_tokens.
	Output Number `yaml:"output"`
}

// Limit is the token buckets that answer 429; a nil bucket never limits.
type Limit struct {
	Requests     *Bucket `yaml:"requests"`
	InputTokens  *Bucket `yaml:"input_tokens"`
	OutputTokens *Bucket `yaml:"output_tokens"`
}

// Bucket refills continuously at Rate per second and holds at most Burst.
type Bucket struct {
	Rate  float64 `yaml:"rate" check:"min=0"`
	Burst float64 `yaml:"burst" check:"min=0"`
}

// Faults is what goes wrong without state, by share.
type Faults struct {
	// Errors maps a status to the share of requests that get it; 0…1.
	Errors map[int]float64 `yaml:"errors" check:"min=0,max=1"`
	// ItemErrors is the share of prompts that fail inside a batch; 0…1.
	ItemErrors float64 `yaml:"item_errors" check:"min=0,max=1"`
	// Reset is the share of attempts whose connection is reset; 0…1.
	Reset float64 `yaml:"reset" check:"min=0,max=1"`
}

// Clock is the verifier's clock against the client's.
type Clock struct {
	// Offset is added to the true time; negative is behind; default 0.
	Offset time.Duration `yaml:"offset"`
	// Drift is seconds gained per second; default 0.
	Drift float64 `yaml:"drift" check:"min=-1,max=1"`
}

// Auth is what the mock accepts and what checking it costs.
type Auth struct {
	// Keys are the API keys accepted; none accepts any that is not empty.
	Keys  []string `yaml:"keys"`
	OAuth OAuth    `yaml:"oauth"`
	JWT   JWT      `yaml:"jwt"`
}

// OAuth is the token endpoint and the introspection of its opaque tokens.
type OAuth struct {
	// TTL is a token's life; default 1h.
	TTL time.Duration `yaml:"ttl" check:"min=1s"`
	// Latency is the token endpoint's; default 5ms.
	Latency dist.Duration `yaml:"latency"`
	// Introspect is the cost of one introspection on the auth server; default 1ms.
	Introspect dist.Duration `yaml:"introspect"`
	// RevokeOld ends a client's older tokens when it fetches a new one.
	RevokeOld bool `yaml:"revoke_old"`
	// Grace is how long a revoked token still works; default 0.
	Grace time.Duration `yaml:"grace" check:"min=0"`
}

// JWT is how signed tokens are verified.
type JWT struct {
	// Leeway is granted on exp, nbf and iat; default 30s.
	Leeway time.Duration `yaml:"leeway" check:"min=0"`
	// Secret is the HS256 key; empty is generated at start.
	Secret string `yaml:"secret"`
}
