package prices

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"weighbridge/target/files"
)

// maxFile is the longest file of prices, in bytes.
const maxFile = 64 << 20

// The formats of files.
const (
	formatLiteLLM    = "litellm"
	formatModelsDev  = "models.dev"
	formatOpenRouter = "openrouter"
)

// Source has the prices of a Config.
type Source struct {
	own  map[string]Price
	file map[string]Price
}

// Read reads the file of a Config. An error says what is wrong with it.
func (c Config) Read() (*Source, error) {
	s := &Source{own: c.Models, file: map[string]Price{}}
	if c.File == "" {
		return s, nil
	}
	raw, err := files.Read(c.File, maxFile)
	if err != nil {
		return nil, fmt.Errorf("prices.file: %w", err)
	}
	if err := s.parse(raw, c.Format); err != nil {
		return nil, fmt.Errorf("prices.file: %s: %w", c.File, err)
	}
	return s, nil
}

// Of returns the price of a model, for the API of a provider such as openai. A name is looked up as
// it stands, then as the provider's, then as the only model of any provider with that name. Unless
// it is found, the error says why.
func (s *Source) Of(model, provider string) (*Price, error) {
	for _, known := range []map[string]Price{s.own, s.file} {
		for _, name := range []string{model, provider + "/" + model} {
			if p, ok := known[name]; ok {
				return &p, nil
			}
		}
	}
	var found *Price
	for name, p := range s.file {
		if _, bare, _ := cutLast(name); bare != model {
			continue
		}
		if found != nil && !found.equal(p) {
			return nil, fmt.Errorf("several providers sell model %s at different prices: expected its own in prices.models", model)
		}
		found = &p
	}
	if found == nil {
		return nil, fmt.Errorf("no price of model %s in prices", model)
	}
	return found, nil
}

func (p Price) equal(q Price) bool {
	mine, batched := p.InBatch()
	theirs, too := q.InBatch()
	return p.Input == q.Input && p.Output == q.Output && p.readPrice() == q.readPrice() && p.writePrice() == q.writePrice() &&
		batched == too && (!batched || mine.equal(theirs))
}

// cutLast cuts a name at its last slash.
func cutLast(name string) (provider, model string, cut bool) {
	i := strings.LastIndexByte(name, '/')
	return name[:max(i, 0)], name[i+1:], i >= 0
}

// parse reads a file in a format; empty tells it by the content.
func (s *Source) parse(raw []byte, format string) error {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(raw, &top); err != nil {
		return fmt.Errorf("expected a JSON object of prices: %w", err)
	}
	if format == "" {
		format = formatOf(top)
	}
	switch format {
	case formatOpenRouter:
		s.openRouter(top["data"])
	case formatModelsDev:
		s.modelsDev(top)
	case formatLiteLLM:
		s.liteLLM(top)
	}
	if len(s.file) == 0 {
		return errors.New("no prices found: expected LiteLLM's model_prices_and_context_window.json, models.dev's api.json or OpenRouter's /api/v1/models")
	}
	return nil
}

// formatOf tells the format by the keys.
func formatOf(top map[string]json.RawMessage) string {
	if data := strings.TrimSpace(string(top["data"])); strings.HasPrefix(data, "[") {
		return formatOpenRouter
	}
	for _, raw := range top {
		var entry struct {
			Models map[string]json.RawMessage `json:"models"`
		}
		if json.Unmarshal(raw, &entry) == nil && len(entry.Models) > 0 {
			return formatModelsDev
		}
	}
	return formatLiteLLM
}

// number is a price that may be a number, a text or missing.
type number struct {
	value float64
	known bool
}

// UnmarshalJSON reads a number or its text. It never fails.
func (n *number) UnmarshalJSON(raw []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err == nil && v >= 0 && v < 1e5 {
		*n = number{v, true}
	}
	return nil
}

// price returns the prices times factor, which makes them prices per million tokens; false if the price
// of input or output is missing.
func price(input, output, read, write number, factor float64) (Price, bool) {
	scaled := func(n number) *float64 {
		if !n.known {
			return nil
		}
		// The product of a decimal price and a million has few digits, but for rounding.
		v, _ := strconv.ParseFloat(strconv.FormatFloat(n.value*factor, 'g', 12, 64), 64)
		return &v
	}
	if !input.known || !output.known {
		return Price{}, false
	}
	return Price{Input: *scaled(input), Output: *scaled(output), CacheRead: scaled(read), CacheWrite: scaled(write)}, true
}

// liteLLM reads model → prices per token.
func (s *Source) liteLLM(top map[string]json.RawMessage) {
	for model, raw := range top {
		var e struct {
			Input  number `json:"input_cost_per_token"`
			Output number `json:"output_cost_per_token"`
			Read   number `json:"cache_read_input_token_cost"`
			Write  number `json:"cache_creation_input_token_cost"`

			BatchInput  number `json:"input_cost_per_token_batches"`
			BatchOutput number `json:"output_cost_per_token_batches"`
			BatchRead   number `json:"cache_read_input_token_cost_batches"`
			BatchWrite  number `json:"cache_creation_input_token_cost_batches"`
		}
		if model == "sample_spec" || json.Unmarshal(raw, &e) != nil {
			continue
		}
		p, ok := price(e.Input, e.Output, e.Read, e.Write, 1e6)
		if !ok {
			continue
		}
		if b, ok := price(e.BatchInput, e.BatchOutput, e.BatchRead, e.BatchWrite, 1e6); ok {
			p.Batch = &Batch{Input: &b.Input, Output: &b.Output, CacheRead: b.CacheRead, CacheWrite: b.CacheWrite}
		}
		s.file[model] = p
	}
}

// modelsDev reads provider → models → model → cost per million tokens.
func (s *Source) modelsDev(top map[string]json.RawMessage) {
	for provider, raw := range top {
		var e struct {
			Models map[string]struct {
				Cost struct {
					Input  number `json:"input"`
					Output number `json:"output"`
					Read   number `json:"cache_read"`
					Write  number `json:"cache_write"`
				} `json:"cost"`
			} `json:"models"`
		}
		if json.Unmarshal(raw, &e) != nil {
			continue
		}
		for model, m := range e.Models {
			if p, ok := price(m.Cost.Input, m.Cost.Output, m.Cost.Read, m.Cost.Write, 1); ok {
				s.file[provider+"/"+model] = p
			}
		}
	}
}

// openRouter reads a list of models with prices per token, as texts.
func (s *Source) openRouter(data json.RawMessage) {
	var list []json.RawMessage
	_ = json.Unmarshal(data, &list) // nil if it is none
	for _, raw := range list {
		var e struct {
			ID      string `json:"id"`
			Pricing struct {
				Input  number `json:"prompt"`
				Output number `json:"completion"`
				Read   number `json:"input_cache_read"`
				Write  number `json:"input_cache_write"`
			} `json:"pricing"`
		}
		if json.Unmarshal(raw, &e) != nil || e.ID == "" {
			continue
		}
		if p, ok := price(e.Pricing.Input, e.Pricing.Output, e.Pricing.Read, e.Pricing.Write, 1e6); ok {
			s.file[e.ID] = p
		}
	}
	for name, b := range s.file {
		base, batched := strings.CutSuffix(name, ":batch") // a model of its own there
		if p, ok := s.file[base]; batched && ok {
			p.Batch = &Batch{Input: &b.Input, Output: &b.Output, CacheRead: b.CacheRead, CacheWrite: b.CacheWrite}
			s.file[base] = p
		}
	}
}
