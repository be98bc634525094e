package target

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// AnthropicVersion is the default of target.version: the version of the API that the official
// SDKs name.
const AnthropicVersion = "2026-10-21"

// The dialects that some keys are for.
const (
	dialectOpenAI    = "openai"
	dialectAnthropic = "anthropic"
	dialectResponses = "responses"
	dialectHTTP      = "http"
)

// CheckKeys returns what is wrong with the keys that change the requests of a dialect, by
// dotted path: those that mean nothing in the dialect, and values that no request can have.
func (c Config) CheckKeys() map[string]string {
	wrong := map[string]string{}
	for _, key := range c.dialectKeys() {
		if key.given && !slices.Contains(key.dialects, c.Dialect) {
			wrong[key.path] = fmt.Sprintf("dialect %s has no %s: expected dialect %s", c.Dialect, key.name, strings.Join(key.dialects, " or "))
			if c.Dialect == dialectHTTP && key.instead != "" {
				wrong[key.path] = fmt.Sprintf("dialect http does not use it: expected %s", key.instead)
			}
		}
	}
	if c.Dialect == dialectAnthropic && c.MaxTokensField != "" && c.MaxTokensField != "max_tokens" {
		wrong["target.max_tokens_field"] = "dialect anthropic knows only max_tokens, found " + c.MaxTokensField
	}
	c.Auth.check(wrong)
	c.checkBody(wrong)
	c.checkTemplates(wrong)
	if !httpguts.ValidHeaderFieldValue(c.Version) {
		wrong["target.version"] = "expected a value without line breaks and control characters"
	}
	for _, beta := range c.Betas {
		if !httpguts.ValidHeaderFieldName(beta) { // both are tokens
			wrong["target.betas"] = fmt.Sprintf("expected the name of a beta, such as oauth-2025-04-20, found %.40q", beta)
		}
	}
	return wrong
}

// dialectKey is a key that has a meaning in some dialects only.
type dialectKey struct {
	path, name string
	given      bool
	dialects   []string
	// instead is the key of the http dialect that does the same.
	instead string
}

func (c Config) dialectKeys() []dialectKey {
	chat := []string{dialectAnthropic, dialectOpenAI}
	models := append(chat[:2:2], dialectResponses)
	known := append([]string{"article"}, models...)
	return []dialectKey{
		{"target.path", "path of its own", c.Path != "", known, "target.http.path"},
		{"target.body", "JSON object to merge into", len(c.Body) > 0, known, "target.http.body"},
		{"target.system", "system prompt", c.System != "", models, "target.http.body"},
		{"target.max_tokens_field", "field for max_tokens", c.MaxTokensField != "", chat, "target.http.body with .MaxTokens"},
		{"target.stream_options", "stream_options", !c.StreamOptions, []string{dialectOpenAI}, ""},
		{"target.version", "version header", c.Version != "", []string{dialectAnthropic}, "target.headers"},
		{"target.betas", "betas", len(c.Betas) > 0, []string{dialectAnthropic}, "target.headers"},
	}
}

// checkBody refuses what would take the prompts out of the requests, or change the answers
// against what the dialect expects.
func (c Config) checkBody(wrong map[string]string) {
	for name, instead := range map[string]string{
		"messages": "prompts and target.system", "prompt": "prompts", "prompts": "prompts", "stream": "target.stream", "input": "prompts",
	} {
		if name == "input" && c.Dialect != dialectResponses {
			continue
		}
		if _, given := c.Body[name]; given {
			wrong["target.body."+name] = "it would replace what the dialect writes: expected " + instead
		}
	}
}

// insideAction matches a reference inside an action of a template.
var insideAction = regexp.MustCompile(`\{\{(?:[^}]|\}[^}])*\$\{(?:env|file):`)

// checkTemplates refuses references inside actions, where a value could end the action.
func (c Config) checkTemplates(wrong map[string]string) {
	for path, text := range c.Texts() {
		if c.IsTemplate(text) && insideAction.MatchString(string(text)) {
			wrong[path] = "a reference stands inside {{…}}: expected it outside"
		}
	}
}

// AskedTokens returns the maximum number of output tokens that a request asks for where
// prompts.max_tokens is given; false if requests of the dialect do not say one, or if
// target.body sets it to something else than a number.
func (c *Config) AskedTokens(maxTokens int) (uint64, bool) {
	if !c.hasModel() {
		return 0, false
	}
	asked := uint64(max(maxTokens, 0))
	fields := []string{"max_completion_tokens", "max_tokens"}
	if c.Dialect == dialectResponses {
		fields = []string{"max_output_tokens"}
	}
	for _, field := range fields {
		change, given := c.Body[field]
		if !given {
			continue
		}
		number, _ := change.(json.Number)
		n, err := strconv.ParseUint(string(number), 10, 64)
		if err != nil {
			return 0, false
		}
		asked = n
	}
	return asked, true
}

// Choices is how many answers a request asks for, at least 1: what target.body sets n to.
func (c *Config) Choices() uint64 {
	number, given := c.Body["n"].(json.Number)
	if !given { // as a rule, and it is asked for every attempt
		return 1
	}
	n, err := strconv.ParseUint(string(number), 10, 32)
	if err != nil {
		return 1
	}
	return max(n, 1)
}

// NoVersion is the target.version for requests without the header.
const NoVersion = "none"

// FillModel puts the model into the URL and the path, where they say {model}. It leaves the host
// alone: which host a request goes to is for everyone to see.
func (c *Config) FillModel() {
	if !c.hasModel() {
		return
	}
	model := url.PathEscape(c.Model)
	scheme, rest, _ := strings.Cut(c.URL, "://")
	if host, path, ok := strings.Cut(rest, "/"); ok {
		c.URL = scheme + "://" + host + "/" + strings.ReplaceAll(path, "{model}", model)
	}
	c.Path = strings.ReplaceAll(c.Path, "{model}", model)
}

// ModelName is the model that requests name, for its price.
func (c Config) ModelName() string {
	if name, ok := c.Body["model"].(string); ok && name != "" {
		return name
	}
	return c.Model
}

// hasModel reports whether requests of the dialect name a model.
func (c Config) hasModel() bool {
	return slices.Contains([]string{dialectOpenAI, dialectAnthropic, dialectResponses}, c.Dialect)
}

// NamesModel reports whether requests name a model of a real server: the bundled mock's is
// the default, and no other server has it.
func (c Config) NamesModel() bool {
	_, inBody := c.Body["model"]
	inURL := strings.Contains(c.URL+c.Path, "/deployments/")
	return !c.hasModel() || c.URL == Mock || c.Model != MockModel || inBody || inURL
}
