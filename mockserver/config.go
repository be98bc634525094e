package mockserver

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/dist"
	"weighbridge/mockserver/fault"
)

// The parts of a Config, each kept and checked by the package it belongs to.
type (
	// Number is a distribution of numbers without a unit.
	Number = dist.Number
	// Latency is the cost of serving a request, held on a slot: the sum of its parts.
	Latency = fault.Latency
	// Limit is the token buckets that answer 429; a nil bucket never limits.
	Limit = fault.Limit
	// Bucket refills continuously at Rate per second and holds at most Burst.
	Bucket = fault.Bucket
	// Auth is what the mock accepts and what checking it costs.
	Auth = authz.Config
	// OAuth is the token endpoint and the introspection of its opaque tokens.
	OAuth = authz.OAuth
	// JWT is how signed tokens are verified.
	JWT = authz.JWT
)

// Config is the mock section of a scenario: what the mock costs, limits and
// breaks. Fields say their unit, range and default.
type Config struct {
	// Seed decides every stateless fault and every drawn cost; default 0, which takes experiment.seed.
	Seed uint64 `yaml:"seed"`
	// Slots is how many requests are served at once, at least 1; default 64.
	Slots int `yaml:"slots" check:"min=1"`
	// Queue is how many requests may wait for a slot, at least 0; default 0, no bound.
	Queue int `yaml:"queue" check:"min=0"`
	// Latency is the cost of serving a request, held on a slot: the sum of its parts.
	Latency Latency `yaml:"latency"`
	// Tokens says how prompts and answers are billed.
	Tokens Tokens `yaml:"tokens"`
	// Limit is the token buckets that answer 429 with a true Retry-After.
	Limit Limit `yaml:"limit"`
	// Faults is what goes wrong, by share, route, phase or request header.
	Faults Faults `yaml:"faults"`
	// Batches are the message batches of the anthropic dialect.
	Batches Batches `yaml:"batches"`
	// Clock is the clocks of the mock against the client's.
	Clock Clock `yaml:"clock"`
	// Auth is what the mock accepts and what checking it costs.
	Auth Auth `yaml:"auth"`
	// ServerTiming sends a Server-Timing header with every answer; default true.
	ServerTiming bool `yaml:"server_timing"`
}

// Tokens says how prompts and answers are billed.
type Tokens struct {
	// PerChar is tokens per character of a prompt, at least 0; default 0.25.
	PerChar float64 `yaml:"per_char" check:"min=0"`
	// Chunk is the tokens in one event of a stream, at least 1; default 1.
	Chunk int `yaml:"chunk" check:"min=1"`
	// Output is the tokens of an answer, at least 0; default 0, which takes prompts.max_tokens.
	Output Number `yaml:"output"`
}

// Batches are the message batches of the anthropic dialect.
type Batches struct {
	// Duration is from a batch's creation to its end, at least 0; default 500ms.
	Duration dist.Duration `yaml:"duration"`
}

// Clock is the clocks of the mock against the client's, each settable while it runs.
type Clock struct {
	// Skew is the verifier's, which checks signed tokens.
	Skew `yaml:",inline"`
	// Issuer is the clock of the auth server, which opaque tokens live by.
	Issuer Skew `yaml:"issuer"`
	// Regions are the verifiers' clocks of regions, for requests that say theirs in Weighbridge-Region; default none.
	Regions map[string]Skew `yaml:"regions"`
}

// Skew is how wrong a clock is.
type Skew struct {
	// Offset is added to the true time, negative is behind; default 0.
	Offset time.Duration `yaml:"offset"`
	// Drift is seconds gained per second, -1…1; default 0.
	Drift float64 `yaml:"drift" check:"min=-1,max=1"`
}

// skewOf is the skew of a region's clock: the verifier's where the region has none.
func (c Clock) skewOf(region string) Skew {
	if skew, ok := c.Regions[region]; ok {
		return skew
	}
	return c.Skew
}

// names are those of all regions; the empty one is for requests that name none.
func (c Clock) names() []string { return append(slices.Sorted(maps.Keys(c.Regions)), "") }

// Validate checks what one field alone cannot show. Messages begin with the
// field's path under mock.
func (c Config) Validate() error {
	if c.Slots < 1 {
		return errors.New("slots: must be at least 1")
	}
	if err := c.Tokens.Output.Validate(); err != nil {
		return fmt.Errorf("tokens.output: %w", err)
	}
	if err := c.Batches.Duration.Validate(); err != nil {
		return fmt.Errorf("batches.duration: %w", err)
	}
	return errors.Join(c.Latency.Validate(), c.Limit.Validate(), c.Faults.Validate(), c.Auth.Validate())
}
