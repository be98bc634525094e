package prices

// Config is the prices of models, from which the cost of a run is calculated.
type Config struct {
	// Models are the prices of models by name, in USD per million tokens; default none. They come before those of the file.
	Models map[string]Price `yaml:"models"`
	// File is a file of prices, at most 64 MiB: LiteLLM's model_prices_and_context_window.json, models.dev's api.json, or what OpenRouter's /api/v1/models returns; default none.
	File string `yaml:"file"`
	// Format is the format of the file: litellm, models.dev or openrouter; default by its content.
	Format string `yaml:"format" check:"enum=litellm|models.dev|openrouter"`
}

// Any reports whether there are prices.
func (c Config) Any() bool { return len(c.Models) > 0 || c.File != "" }
