package prices

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shapes are one model's prices in each format, beside what is to be skipped.
func shapes() map[string]string {
	return map[string]string{
		formatLiteLLM: `{"sample_spec": {"input_cost_per_token": 0, "output_cost_per_token": 0, "max_tokens": "set to max"},
			"m-1": {"input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05, "cache_read_input_token_cost": 3e-07, "cache_creation_input_token_cost": 3.75e-06, "input_cost_per_token_batches": 1.5e-06, "output_cost_per_token_batches": 7.5e-06, "mode": "chat"},
			"image": {"output_cost_per_image": 0.04}, "openai/m-2": {"input_cost_per_token": 1.5e-07, "output_cost_per_token": 6e-07}, "broken": 5}`,
		formatModelsDev: `{"anthropic": {"id": "anthropic", "models": {"m-1": {"id": "m-1", "cost": {"input": 3, "output": 15, "cache_read": 0.3, "cache_write": 3.75}}, "free": {"id": "free"}}},
			"openai": {"models": {"m-2": {"cost": {"input": 0.15, "output": 0.6}}}}}`,
		formatOpenRouter: `{"data": [{"id": "anthropic/m-1", "pricing": {"prompt": "0.000003", "completion": "0.000015", "input_cache_read": "0.0000003", "input_cache_write": "0.00000375", "request": "0"}},
			{"id": "anthropic/m-1:batch", "pricing": {"prompt": "0.0000015", "completion": "0.0000075"}}, {"id": "auto", "pricing": {"prompt": "-1", "completion": "-1"}}, {"id": "openai/m-2", "pricing": {"prompt": "0.00000015", "completion": "0.0000006"}}]}`,
	}
}

// written writes a file of prices.
func written(t *testing.T, text string) Config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "prices.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Config{File: file}
}

func TestFormatsAreToldApart(t *testing.T) {
	for format, text := range shapes() {
		for _, given := range []string{"", format} {
			c := written(t, text)
			c.Format = given
			s, err := c.Read()
			if err != nil {
				t.Errorf("%s: %v", format, err)
				continue
			}
			want := Price{Input: 3, Output: 15, CacheRead: new(0.3), CacheWrite: new(3.75)}
			if format != formatModelsDev { // it has no prices of batches
				want.Batch = &Batch{Input: new(1.5), Output: new(7.5)}
			}
			if p, err := s.Of("m-1", "anthropic"); err != nil || !p.equal(want) {
				t.Errorf("%s: m-1 costs %+v, %v", format, p, err)
			}
			if p, err := s.Of("m-2", "openai"); err != nil || !p.equal(Price{Input: 0.15, Output: 0.6}) || p.CacheRead != nil {
				t.Errorf("%s: m-2 costs %+v, %v", format, p, err)
			}
			for _, unknown := range []string{"sample_spec", "auto", "free", "image", "broken", "m"} {
				if p, err := s.Of(unknown, "openai"); err == nil {
					t.Errorf("%s: %s costs %+v", format, unknown, p)
				}
			}
		}
	}
}

func TestWhichPrice(t *testing.T) {
	c := written(t, `{"openai": {"models": {"m": {"cost": {"input": 1, "output": 2}}, "own": {"cost": {"input": 1, "output": 2}}}},
		"resold": {"models": {"m": {"cost": {"input": 9, "output": 9}}, "only": {"cost": {"input": 4, "output": 4}}}},
		"other": {"models": {"m": {"cost": {"input": 8, "output": 8}}, "only": {"cost": {"input": 4, "output": 4}}}}}`)
	c.Models = map[string]Price{"own": {Input: 7}}
	s, err := c.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		model, provider string
		input           float64
		wrong           string
	}{
		{"own", "openai", 7, ""},
		{"m", "openai", 1, ""},
		{"resold/m", "openai", 9, ""},
		{"m", "anthropic", 0, "several providers sell model m at different prices: expected its own in prices.models"},
		{"only", "anthropic", 4, ""},
		{"none", "openai", 0, "no price of model none in prices"},
	} {
		p, err := s.Of(row.model, row.provider)
		if row.wrong != "" && (err == nil || err.Error() != row.wrong) || row.wrong == "" && (err != nil || p.Input != row.input) {
			t.Errorf("%s of %s: %+v, %v", row.model, row.provider, p, err)
		}
	}
}

func TestBrokenFiles(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "expected a JSON object of prices",
		"[]":                   "expected a JSON object of prices",
		`{"m": {}}`:            "no prices found",
		`{"data": []}`:         "no prices found",
		`{"a": {"models": 5}}`: "no prices found",
		`{"m": {"input_cost_per_token": -1, "output_cost_per_token": 1}}`: "no prices found",
	} {
		if _, err := written(t, text).Read(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := (Config{File: "none.json"}).Read(); err == nil {
		t.Error("a file that does not exist was read")
	}
}
