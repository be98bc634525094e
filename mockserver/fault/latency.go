package fault

import (
	"fmt"
	"time"

	"weighbridge/mockserver/dist"
)

// Latency is the cost of serving a request, held on a slot: the sum of its parts.
type Latency struct {
	// Request is the cost of a request, at least 0; default 5ms.
	Request dist.Duration `yaml:"request"`
	// Prompt is the cost of each prompt in it, at least 0; default 0.
	Prompt dist.Duration `yaml:"prompt"`
	// InputToken is the cost of each token read, at least 0; default 0.
	InputToken dist.Duration `yaml:"input_token"`
	// OutputToken is the cost of each token answered, at least 0; default 0.
	OutputToken dist.Duration `yaml:"output_token"`
}

// Validate checks what one field alone cannot show.
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

// Cost draws the latency of attempts, each part from a stream of its own.
type Cost struct {
	latency                                  Latency
	request, prompt, inputToken, outputToken Stream
}

// NewCost returns the cost model of l.
func NewCost(seed uint64, l Latency) Cost {
	return Cost{
		latency:     l,
		request:     NewStream(seed, "latency.request"),
		prompt:      NewStream(seed, "latency.prompt"),
		inputToken:  NewStream(seed, "latency.input_token"),
		outputToken: NewStream(seed, "latency.output_token"),
	}
}

// Request is the part that every request pays, whatever it carries; at most 2⁶⁰ ns.
func (c Cost) Request(attempt uint64) time.Duration {
	return min(c.latency.Request.Quantile(c.request.At(attempt)), 1<<60)
}

// Work is the part that prompts and tokens cost. Each prompt has a draw of its
// own; a token's cost is drawn once per request, as a slow machine is slow for
// all tokens of an answer. It is at most 2⁶⁰ ns, 36 years, however heavy a tail is.
func (c Cost) Work(attempt uint64, prompts int, input, output uint64) time.Duration {
	var sum float64 // an int64 would wrap around; up to 2⁵³ ns a float64 is as exact
	if !c.latency.Prompt.IsZero() {
		for i := range prompts {
			sum += float64(c.latency.Prompt.Quantile(c.prompt.AtIndex(attempt, i)))
		}
	}
	sum += float64(input) * float64(c.latency.InputToken.Quantile(c.inputToken.At(attempt)))
	sum += float64(output) * float64(c.latency.OutputToken.Quantile(c.outputToken.At(attempt)))
	return time.Duration(min(sum, 1<<60))
}

// OutputToken is what each token answered to an attempt costs.
func (c Cost) OutputToken(attempt uint64) time.Duration {
	return c.latency.OutputToken.Quantile(c.outputToken.At(attempt))
}
