package mockserver

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/callback"
	"weighbridge/mockserver/dist"
	"weighbridge/mockserver/fault"
)

// The parts of a Config. Each is defined and validated by the package that it configures.
type (
	// Number is a distribution of numbers without a unit.
	Number = dist.Number
	// Latency says how long a request occupies a slot: the sum of its parts.
	Latency = fault.Latency
	// Limit holds the limits that are enforced with a 429.
	Limit = fault.Limit
	// Bucket is a token bucket: it refills continuously at Rate and holds at most Burst.
	Bucket = fault.Bucket
	// Auth says which credentials the mock accepts and how long checking them takes.
	Auth = authz.Config
	// OAuth configures the token endpoint and the introspection of its opaque tokens.
	OAuth = authz.OAuth
	// JWT says how JWTs are verified.
	JWT = authz.JWT
)

// Config is the mock section of a scenario: the mock's latency, limits and faults. Fields
// document their unit, range and default.
type Config struct {
	// Seed determines all random faults and latencies; default 0, which means experiment.seed.
	Seed uint64 `yaml:"seed"`
	// Slots is the number of requests served at once, 1…100000; default 64.
	Slots int `yaml:"slots" check:"min=1,max=100000"`
	// Queue is the number of requests that may wait for a slot, 0…1000000; default 0, no limit.
	Queue int `yaml:"queue" check:"min=0,max=1000000"`
	// Latency says how long a request occupies a slot: the sum of its parts.
	Latency Latency `yaml:"latency"`
	// Tokens says how many tokens prompts and answers have.
	Tokens Tokens `yaml:"tokens"`
	// PromptCache says how much of the prompts is cached.
	PromptCache PromptCache `yaml:"prompt_cache"`
	// Edge is a cache of whole answers in front of the model.
	Edge Edge `yaml:"edge"`
	// Content sets how the content of the model's answers changes over time.
	Content Content `yaml:"content"`
	// Limit holds the limits that are enforced with a 429.
	Limit Limit `yaml:"limit"`
	// Faults says what goes wrong, by share of requests, route, time or request header.
	Faults Faults `yaml:"faults"`
	// Batches configures the message batches of the dialects anthropic, openai and responses.
	Batches Batches `yaml:"batches"`
	// Clock says how far the mock's clocks are off.
	Clock Clock `yaml:"clock"`
	// Regions are the regions of the mock, by name, at most 100, each with a port of its own; default none. target.regions takes them for its own.
	Regions map[string]Region `yaml:"regions"`
	// Sessions says where the state of sessions is kept (target.routing.sessions).
	Sessions Sessions `yaml:"sessions"`
	// Auth says which credentials the mock accepts and how long checking them takes.
	Auth Auth `yaml:"auth"`
	// Push is the paths of resources that the mock tries to push before each answer to prompts, by HTTP/2 server push; default none. Clients that have switched server push off get none: Go's, and those of all SDKs and browsers.
	Push []string `yaml:"push"`
	// Callbacks sends a signed callback (webhook) with the tokens of each answer that is billed to the run, which receives them on loopback; default none. {} sends them without faults.
	Callbacks *callback.Config `yaml:"callbacks"`
	// ServerTiming sends a Server-Timing header with every answer; default true.
	ServerTiming bool `yaml:"server_timing"`
}

// Tokens says how many tokens prompts and answers have.
type Tokens struct {
	// PerChar is the number of tokens per character of a prompt, 0…1000; default 0.25.
	PerChar float64 `yaml:"per_char" check:"min=0,max=1000"`
	// Chunk is the number of tokens per event of a stream, 1…1000000; default 1.
	Chunk int `yaml:"chunk" check:"min=1,max=1000000"`
	// Output is the number of tokens in an answer, at least 0; default 0, which means prompts.max_tokens.
	Output Number `yaml:"output"`
}

// Batches configures the message batches of the dialects anthropic, openai and responses.
type Batches struct {
	// Duration is the time from a batch's creation to its end, at least 0; default 500ms.
	Duration dist.Duration `yaml:"duration"`
}

// Clock says how far the mock's clocks are off. Each can be set while the mock runs.
type Clock struct {
	// Skew is the clock skew of the verifier, which checks JWTs.
	Skew `yaml:",inline"`
	// Issuer is the skew of the auth server, which determines when opaque tokens expire.
	Issuer Skew `yaml:"issuer"`
	// Regions are the skews of the verifiers of regions, for requests that come to a region of mock.regions, or that name one in Weighbridge-Region; default none.
	Regions map[string]Skew `yaml:"regions"`
}

// Skew is by how much a clock is off.
type Skew struct {
	// Offset is added to the true time, -8760h…8760h, and negative is behind; default 0.
	Offset time.Duration `yaml:"offset" check:"min=-8760h,max=8760h"`
	// Drift is the seconds gained per second, -1…1; default 0.
	Drift float64 `yaml:"drift" check:"min=-1,max=1"`
}

// skewOf returns the skew of a region's clock, or the verifier's if the region has none.
func (c Clock) skewOf(region string) Skew {
	if skew, ok := c.Regions[region]; ok {
		return skew
	}
	return c.Skew
}

// Validate checks what the tags of single fields cannot express. Messages begin with
// the field's path below mock.
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
	for _, path := range c.Push {
		if !strings.HasPrefix(path, "/") {
			return fmt.Errorf("push: expected paths that begin with /, found %q", path)
		}
	}
	if c.Callbacks != nil {
		if err := c.Callbacks.Validate(); err != nil {
			return err
		}
	}
	if err := c.Edge.Latency.Validate(); err != nil {
		return fmt.Errorf("edge.latency: %w", err)
	}
	return errors.Join(c.validateRegions(), c.Latency.Validate(), c.Limit.Validate(), c.Faults.Validate(), c.Auth.Validate())
}
