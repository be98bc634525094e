package fault

import (
	"fmt"
	"time"

	"weighbridge/mockserver/dist"
)

// Latency says how long a request occupies a slot: the sum of the parts below.
type Latency struct {
	// Request is the time per request, at least 0; default 5ms.
	Request dist.Duration `yaml:"request"`
	// Prompt is the time per prompt, at least 0; default 0.
	Prompt dist.Duration `yaml:"prompt"`
	// InputToken is the time per input token, at least 0; default 0.
	InputToken dist.Duration `yaml:"input_token"`
	// OutputToken is the time per output token, at least 0; default 0.
	OutputToken dist.Duration `yaml:"output_token"`
	// Contention is how much longer each output token takes per other request that is being served when this one begins, as a share, as in a server that batches, 0…10; default 0. With 0.02, tokens take twice as long with 50 other requests.
	Contention float64 `yaml:"contention" check:"min=0,max=10"`
}

// Validate checks what the tags of single fields cannot express.
func (l Latency) Validate() error {
	for _, part := range []struct {
		name string
		dist dist.Duration
	}{{"request", l.Request}, {"prompt", l.Prompt}, {"input_token", l.InputToken}, {"output_token", l.OutputToken}} {
		if err := part.dist.Validate(); err != nil {
			return fmt.Errorf("latency.%s: %w", part.name, err)
		}
	}
	return nil
}

// Cost draws the latency of attempts; each part has its own random source.
type Cost struct {
	latency                                  Latency
	request, prompt, inputToken, outputToken RandomSource
}

// NewCost returns the Cost of l.
func NewCost(seed uint64, l Latency) Cost {
	return Cost{
		latency:     l,
		request:     NewRandomSource(seed, "latency.request"),
		prompt:      NewRandomSource(seed, "latency.prompt"),
		inputToken:  NewRandomSource(seed, "latency.input_token"),
		outputToken: NewRandomSource(seed, "latency.output_token"),
	}
}

// Request returns the time per request of an attempt, at most 24h.
func (c Cost) Request(attempt uint64) time.Duration {
	return c.latency.Request.Quantile(c.request.At(attempt))
}

// Work returns the time for an attempt's prompts and tokens, at most 2⁶⁰ ns (36 years).
// The time per prompt is drawn for each prompt, that per token once per request, since a
// slow machine is slow for all tokens of an answer. others is as for OutputToken.
func (c Cost) Work(attempt uint64, prompts int, input, output uint64, others int) time.Duration {
	var sum float64 // an int64 could overflow; a float64 is exact up to 2⁵³ ns
	if !c.latency.Prompt.IsZero() {
		for i := range prompts {
			sum += float64(c.latency.Prompt.Quantile(c.prompt.AtIndex(attempt, i)))
		}
	}
	sum += float64(input) * float64(c.latency.InputToken.Quantile(c.inputToken.At(attempt)))
	sum += float64(output) * c.outputTime(attempt, others)
	return time.Duration(min(sum, 1<<60))
}

// OutputToken returns the time per output token of an attempt, beside so many others.
func (c Cost) OutputToken(attempt uint64, others int) time.Duration {
	return time.Duration(min(c.outputTime(attempt, others), 1<<60))
}

func (c Cost) outputTime(attempt uint64, others int) float64 {
	return float64(c.latency.OutputToken.Quantile(c.outputToken.At(attempt))) * (1 + c.latency.Contention*float64(max(others, 0)))
}
