package budget

import "weighbridge/target/prices"

// Config is what all arms of a run may use up together. 0 sets no limit.
type Config struct {
	// Requests is the number of attempts, including retries and the warm-up, 0…1000000000000; default 0. Requests that HTTP/2 sends again count as well.
	Requests uint64 `yaml:"requests" check:"min=0,max=1000000000000"`
	// Prompts is the number of prompts in these attempts, counted again in each retry, 0…1000000000000; default 0.
	Prompts uint64 `yaml:"prompts" check:"min=0,max=1000000000000"`
	// InputTokens is the number of input tokens, cached ones included, 0…1000000000000000; default 0.
	InputTokens uint64 `yaml:"input_tokens" check:"min=0,max=1000000000000000"`
	// OutputTokens is the number of output tokens, reasoning included, 0…1000000000000000; default 0.
	OutputTokens uint64 `yaml:"output_tokens" check:"min=0,max=1000000000000000"`
	// USD is the cost of the tokens in USD, 0…1000000; default 0. It needs the price of every model (prices).
	USD float64 `yaml:"usd" check:"min=0,max=1000000"`
	// Reserve is how many output tokens are reserved for a prompt before it is sent: max_tokens (as many as it asks for) or expected (the mean of the answers so far); default max_tokens. With expected, requests in flight may exceed the budget a little.
	Reserve string `yaml:"reserve" check:"enum=max_tokens|expected"`
}

// Any reports whether the budget sets a limit.
func (c Config) Any() bool { return c.Limits() != Amount{} }

// Limits returns the limits as amounts, 0 for none.
func (c Config) Limits() Amount {
	return Amount{
		Requests: c.Requests, Prompts: c.Prompts, InputTokens: c.InputTokens, OutputTokens: c.OutputTokens, Cost: prices.USD(c.USD),
	}
}
