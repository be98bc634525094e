package api_test

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weighbridge/mockserver/api"
)

// messagesWith returns a valid body with more fields at its end.
func messagesWith(more string) string {
	return `{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"a"}]` + more + `}`
}

// messagesOnly returns a body whose only message is message.
func messagesOnly(message string) string {
	return `{"model":"m","max_tokens":1,"messages":[` + message + `]}`
}

// anthropicRefusals are invalid bodies by API version, each with a part of the error it gets.
var anthropicRefusals = []struct{ version, body, want string }{
	{"", messagesWith(""), "anthropic-version: header is required"},
	{"2024-01-01", messagesWith(""), `anthropic-version: "2024-01-01" is not a valid version`},
	{"2026-10-21", ``, "not valid JSON"},
	{"2026-10-21", `{`, "not valid JSON"},
	{"2026-10-21", `null`, "not a JSON object"},
	{"2026-10-21", deeplyNested, "not a JSON object"},
	{"2026-10-21", `{"messages":` + deeplyNested, "not valid JSON"},
	{"2026-10-21", messagesWith("") + `{}`, "unexpected data after the object"},
	{"2026-10-21", messagesWith(",\"system\":\"\xff\""), "not valid UTF-8"},
	{"2026-10-21", messagesWith(`,"model":"n"`), "model: duplicate field"},
	{"2026-10-21", messagesOnly(`{"role":"user","role":"user","content":"a"}`), "messages.0.role: duplicate field"},
	{"2026-10-21", `{"max_tokens":1,"messages":[]}`, "model: Field required"},
	{"2026-10-21", `{"model":null,"max_tokens":1,"messages":[]}`, "model: Input should be a valid string"},
	{"2026-10-21", `{"model":"","max_tokens":1,"messages":[]}`, "model: String should have at least 1 character"},
	{"2026-10-21", `{"model":"m","max_tokens":1}`, "messages: Field required"},
	{"2026-10-21", `{"model":"m","messages":[]}`, "max_tokens: Field required"},
	{"2026-10-21", `{"model":"m","max_tokens":0,"messages":[]}`, "max_tokens: must be greater than or equal to 1"},
	{"2026-10-21", `{"model":"m","max_tokens":-3,"messages":[]}`, "max_tokens: must be greater than or equal to 1"},
	{"2026-10-21", `{"model":"m","max_tokens":"3","messages":[]}`, "max_tokens: Input should be a valid integer"},
	{"2026-10-21", `{"model":"m","max_tokens":1e999,"messages":[]}`, "max_tokens: Input should be a valid integer"},
	{"2026-10-21", `{"model":"m","max_tokens":99999999999999999999,"messages":[]}`, "max_tokens: Input should be a valid integer"},
	{"2026-10-21", `{"model":"m","max_tokens":null,"messages":[]}`, "max_tokens: Input should be a valid integer"},
	{"2026-10-21", `{"model":"m","max_tokens":1,"messages":[]}`, "messages: at least one message is required"},
	{"2026-10-21", `{"model":"m","max_tokens":1,"messages":{}}`, "messages: Input should be a valid list"},
	{"2026-10-21", messagesOnly(`null`), "messages.0: Input should be an object"},
	{"2026-10-21", messagesOnly(`{"content":"a"}`), "messages.0.role: Field required"},
	{"2026-10-21", messagesOnly(`{"role":"user"}`), "messages.0.content: Field required"},
	{"2026-10-21", messagesOnly(`{"role":"tool","content":"a"}`), "messages.0.role: Input should be 'user' or 'assistant'"},
	{"2026-10-21", messagesOnly(`{"role":"user","content":"a","name":"b"}`), "messages.0.name: Extra inputs are not permitted"},
	{"2026-10-21", messagesOnly(`{"role":"user","content":7}`), "messages.0.content: Input should be a valid list"},
	{"2026-10-21", messagesOnly(`{"role":"user","content":""}`), "messages.0: all messages must have non-empty content"},
	{"2026-10-21", messagesOnly(`{"role":"assistant","content":[]},{"role":"user","content":"a"}`), "messages.0: all messages must have non-empty"},
	{"2026-10-21", messagesOnly(`{"role":"user","content":["a"]}`), "messages.0.content.0: Input should be an object"},
	{"2026-10-21", messagesOnly(`{"role":"user","content":[{"text":"a"}]}`), "messages.0.content.0.type: Field required"},
	{"2026-10-21", messagesOnly(`{"role":"user","content":[{"type":"song"}]}`), `messages.0.content.0: Input tag "song" found`},
	{"2026-10-21", messagesOnly(`{"role":"user","content":[{"type":"text"}]}`), "messages.0.content.0.text.text: Field required"},
	{"2026-10-21", messagesOnly(`{"role":"user","content":[{"type":"text","text":1}]}`), "messages.0.content.0.text.text: Input should be a valid string"},
	{"2026-10-21", messagesOnly(`{"role":"user","content":[{"type":"text","text":""}]}`), "text content blocks must be non-empty"},
	{"2026-10-21", messagesOnly(`{"role":"user","content":[{"type":"text","text":"a","x":1}]}`), "messages.0.content.0.text.x: Extra inputs are not permitted"},
	{
		"2026-10-21", messagesOnly(`{"role":"user","content":[{"type":"tool_result","content":[{"type":"tool_result"}]}]}`),
		`messages.0.content.0.tool_result.content.0: Input tag "tool_result" found`,
	},
	{"2026-10-21", messagesWith(`,"Stream":true`), "Stream: Extra inputs are not permitted"},
	{"2026-10-21", messagesWith(`,"response_format":{}`), "response_format: Extra inputs are not permitted"},
	{"2026-10-21", messagesWith(`,"stream":"true"`), "stream: Input should be a valid boolean"},
	{"2026-10-21", messagesWith(`,"stream":null`), "stream: Input should be a valid boolean"},
	{"2026-10-21", messagesWith(`,"system":7`), "system: Input should be a valid list"},
	{"2026-10-21", messagesWith(`,"system":[{"type":"image"}]`), `system.0: Input tag "image" found`},
	{"2026-10-21", messagesWith(`,"metadata":[]`), "metadata: Input should be an object"},
	{"2026-10-21", messagesWith(`,"tools":{}`), "tools: Input should be a valid list"},
	{"2026-10-21", messagesWith(`,"stop_sequences":"a"`), "stop_sequences: Input should be a valid list"},
	{"2026-10-21", messagesWith(`,"stop_sequences":[1]`), "stop_sequences.0: Input should be a valid string"},
	{"2026-10-21", messagesWith(`,"stop_sequences":["\n "]`), "each stop sequence must contain non-whitespace"},
	{"2026-10-21", messagesWith(`,"temperature":1`), "temperature: not supported under anthropic-version 2026-10-21"},
	{"2026-10-21", messagesWith(`,"top_p":0.99`), "top_p: not supported"},
	{"2026-10-21", messagesWith(`,"top_k":null`), "top_k: not supported"},
	{"2023-06-01", messagesWith(`,"temperature":1.1`), "temperature: range: 0..1"},
	{"2023-06-01", messagesWith(`,"temperature":"1"`), "temperature: Input should be a valid number"},
	{"2023-06-01", messagesWith(`,"temperature":1e999`), "temperature: Input should be a valid number"},
	{"2023-06-01", messagesWith(`,"top_p":-0.1`), "top_p: range: 0..1"},
	{"2023-06-01", messagesWith(`,"top_k":-1`), "top_k: must be greater than or equal to 0"},
	{"2023-06-01", messagesWith(`,"top_k":1.5`), "top_k: Input should be a valid integer"},
}

func TestBadAnthropicBodiesAreRefused(t *testing.T) {
	read := completion(t, api.Anthropic(), "/v1/messages").Read
	for _, test := range anthropicRefusals {
		h := http.Header{}
		if test.version != "" {
			h = versionHeader(test.version)
		}
		_, err := read(h, []byte(test.body))
		if err == nil || !strings.Contains(err.Error(), test.want) || status(err) != 400 {
			t.Errorf("%s %.60s: got %v, want %s", test.version, test.body, err, test.want)
		}
	}
}

func TestAnthropicBodiesAreRead(t *testing.T) {
	read := completion(t, api.Anthropic(), "/v1/messages").Read
	one := api.Call{Prompts: []string{"a"}, MaxTokens: 1, Model: "m"}
	with := func(change func(*api.Call)) api.Call {
		call := one
		change(&call)
		return call
	}
	for _, test := range []struct {
		version, body string
		want          api.Call
	}{
		{"2023-06-01", messagesWith(``), one},
		{"2023-06-01", messagesWith(`,"temperature":1.0,"top_p":0,"top_k":40`), one},
		{"2026-10-21", messagesWith(`,"service_tier":"auto","tools":[{}],"tool_choice":{},"cache_control":null`), one},
		{"2026-10-21", messagesWith(`,"stream":true`), with(func(c *api.Call) { c.Stream = true })},
		{"2026-10-21", messagesWith(`,"stop_sequences":["x","y"]`), with(func(c *api.Call) { c.StopSequences = []string{"x", "y"} })},
		{"2026-10-21", messagesWith(`,"system":"first "`), with(func(c *api.Call) { c.Prompts = []string{"first a"} })},
		{"2026-10-21", messagesOnly(`{"role":"user","content":"a"},{"role":"assistant","content":""}`), one},
		{"2026-10-21", completions["anthropic_blocks"].body, api.Call{Prompts: []string{"ghabcdef"}, MaxTokens: 9, Model: "m"}},
	} {
		got, err := read(versionHeader(test.version), []byte(test.body))
		if err != nil {
			t.Errorf("%s: %v", test.body, err)
			continue
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.body, diff)
		}
	}
}

func TestAnthropicCountsTokens(t *testing.T) {
	const path = "/v1/messages/count_tokens"
	m := newMock(t, api.Anthropic())
	if got := string(m.mustAsk("POST", path, `{"model":"m","messages":[{"role":"user","content":"añb"}],"system":"cd"}`)); got != `{"input_tokens":5}` {
		t.Errorf("counted %s", got)
	}
	for body, want := range map[string]string{
		`{"model":"m"}`: "messages: Field required",
		`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"a"}]}`:    "max_tokens: Extra inputs are not permitted",
		`{"model":"m","stream":true,"messages":[{"role":"user","content":"a"}]}`:     "stream: Extra inputs are not permitted",
		`{"model":"m","temperature":0.1,"messages":[{"role":"user","content":"a"}]}`: "temperature: not supported",
	} {
		if _, err := m.ask("POST", path, body); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", body, err, want)
		}
	}
	if _, err := m.askWith(http.Header{}, "POST", path, `{}`); err == nil || !strings.Contains(err.Error(), "header is required") {
		t.Errorf("without a version: %v", err)
	}
}

func TestAnthropicPaging(t *testing.T) {
	m := newMock(t, api.Anthropic())
	for _, test := range []struct{ query, want string }{
		{"", "mock-model mock-model-small mock-model-large more=false"},
		{"?limit=2", "mock-model mock-model-small more=true"},
		{"?limit=1&after_id=mock-model", "mock-model-small more=true"},
		{"?limit=2&after_id=mock-model", "mock-model-small mock-model-large more=false"},
		{"?after_id=mock-model-large", "more=false"},
		{"?limit=1&before_id=mock-model-large", "mock-model-small more=true"},
		{"?before_id=mock-model-large", "mock-model mock-model-small more=false"},
		{"?before_id=mock-model", "more=false"},
		{"?lifecycle=retired", "more=false"},
		{"?lifecycle=retired&lifecycle=active&limit=1", "mock-model more=true"},
	} {
		var page struct {
			Data    []struct{ ID string }
			HasMore bool    `json:"has_more"`
			FirstID *string `json:"first_id"`
			LastID  *string `json:"last_id"`
		}
		decode(t, m.mustAsk("GET", "/v1/models"+test.query, ""), &page)
		got := ""
		for _, one := range page.Data {
			got += one.ID + " "
		}
		if got += fmt.Sprintf("more=%v", page.HasMore); got != test.want {
			t.Errorf("%s: got %s, want %s", test.query, got, test.want)
		}
		switch n := len(page.Data); {
		case n == 0 && (page.FirstID != nil || page.LastID != nil || page.Data == nil):
			t.Errorf("%s: the empty page is %+v", test.query, page)
		case n > 0 && (*page.FirstID != page.Data[0].ID || *page.LastID != page.Data[n-1].ID):
			t.Errorf("%s: the ids are %s and %s", test.query, *page.FirstID, *page.LastID)
		}
	}
	for query, want := range map[string]string{
		"?limit=0":                 "limit: Input should be between 1 and 1000",
		"?limit=1001":              "limit: Input should be between 1 and 1000",
		"?limit=x":                 "limit: Input should be a valid integer",
		"?after_id=x":              `after_id: "x" not found`,
		"?before_id=x":             `before_id: "x" not found`,
		"?after_id=a&before_id=b":  "after_id: cannot be used with before_id",
		"?limit=99999999999999999": "limit: Input should be between 1 and 1000",
	} {
		if _, err := m.ask("GET", "/v1/models"+query, ""); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", query, err, want)
		}
	}
}

func TestModelRequestsReachTheirDialect(t *testing.T) {
	for _, dialect := range dialects()[1:] {
		for _, e := range dialect.Endpoints {
			if !strings.HasPrefix(e.Path, "/v1/models") {
				continue
			}
			anthropic := dialect.Name == "anthropic"
			if e.Match(versionHeader("2023-06-01")) != anthropic || e.Match(http.Header{}) == anthropic {
				t.Errorf("%s %s matches requests of the other dialect", dialect.Name, e.Path)
			}
		}
	}
}

func TestDialectHeaders(t *testing.T) {
	budgets := []api.Budget{
		{Name: "requests", Limit: 60, Remaining: 59, Full: noon.Add(time.Second)},
		{Name: "input_tokens", Limit: 10_000, Remaining: 9_499, Full: noon.Add(1500 * time.Millisecond)},
		{Name: "output_tokens", Limit: 900, Remaining: 501, Full: noon.Add(6*time.Minute + 1)},
	}
	info := api.HeaderInfo{RequestID: "req_1", Now: noon, Elapsed: 12_900 * time.Microsecond, Budgets: budgets}
	huge := api.HeaderInfo{RequestID: "req_2", Now: noon, Elapsed: -1, Budgets: []api.Budget{
		{Name: "output_tokens", Limit: math.MaxUint64, Remaining: math.MaxUint64, Full: noon.Add(-time.Hour)},
	}}
	for _, test := range []struct {
		dialect api.Dialect
		info    api.HeaderInfo
		want    http.Header
	}{
		{api.Anthropic(), info, http.Header{
			"Request-Id": {"req_1"}, "Anthropic-Organization-Id": {"00000000-0000-4000-8000-000000000000"},
			"Anthropic-Ratelimit-Requests-Limit": {"60"}, "Anthropic-Ratelimit-Requests-Remaining": {"59"},
			"Anthropic-Ratelimit-Requests-Reset":     {"2026-11-24T12:00:01Z"},
			"Anthropic-Ratelimit-Input-Tokens-Limit": {"10000"}, "Anthropic-Ratelimit-Input-Tokens-Remaining": {"9000"},
			"Anthropic-Ratelimit-Input-Tokens-Reset":  {"2026-11-24T12:00:02Z"},
			"Anthropic-Ratelimit-Output-Tokens-Limit": {"900"}, "Anthropic-Ratelimit-Output-Tokens-Remaining": {"900"},
			"Anthropic-Ratelimit-Output-Tokens-Reset": {"2026-11-24T12:06:01Z"},
			"Anthropic-Ratelimit-Tokens-Limit":        {"10900"}, "Anthropic-Ratelimit-Tokens-Remaining": {"10000"},
			"Anthropic-Ratelimit-Tokens-Reset": {"2026-11-24T12:06:01Z"},
		}},
		{api.Anthropic(), huge, http.Header{
			"Request-Id": {"req_2"}, "Anthropic-Organization-Id": {"00000000-0000-4000-8000-000000000000"},
			"Anthropic-Ratelimit-Output-Tokens-Limit":     {"18446744073709551615"},
			"Anthropic-Ratelimit-Output-Tokens-Remaining": {"18446744073709551615"},
			"Anthropic-Ratelimit-Output-Tokens-Reset":     {"2026-11-24T11:00:00Z"},
			"Anthropic-Ratelimit-Tokens-Limit":            {"18446744073709551615"},
			"Anthropic-Ratelimit-Tokens-Remaining":        {"18446744073709551615"},
			"Anthropic-Ratelimit-Tokens-Reset":            {"2026-11-24T11:00:00Z"},
		}},
		{api.OpenAI(), info, http.Header{
			"X-Request-Id": {"req_1"}, "Openai-Version": {"2020-10-01"}, "Openai-Processing-Ms": {"12"},
			"X-Ratelimit-Limit-Requests": {"60"}, "X-Ratelimit-Remaining-Requests": {"59"}, "X-Ratelimit-Reset-Requests": {"1s"},
			"X-Ratelimit-Limit-Tokens": {"10900"}, "X-Ratelimit-Remaining-Tokens": {"10000"}, "X-Ratelimit-Reset-Tokens": {"6m0.001s"},
		}},
		{api.OpenAI(), huge, http.Header{
			"X-Request-Id": {"req_2"}, "Openai-Version": {"2020-10-01"}, "Openai-Processing-Ms": {"0"},
			"X-Ratelimit-Limit-Tokens": {"18446744073709551615"}, "X-Ratelimit-Remaining-Tokens": {"18446744073709551615"},
			"X-Ratelimit-Reset-Tokens": {"0s"},
		}},
	} {
		got := http.Header{}
		test.dialect.SetHeaders(got, test.info)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.dialect.Name, diff)
		}
	}
}
