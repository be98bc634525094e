package api_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weighbridge/mockserver/api"
)

// chatWith returns a valid body with more fields at its end.
func chatWith(more string) string {
	return `{"model":"m","messages":[{"role":"user","content":"a"}]` + more + `}`
}

// chatOnly returns a body whose only message is message.
func chatOnly(message string) string { return `{"model":"m","messages":[` + message + `]}` }

// openAIRefusals are invalid bodies, each with a part of the error it gets.
var openAIRefusals = []struct {
	body, want, param string
	code              api.Kind
}{
	{``, "not valid JSON", "", ""},
	{`[]`, "not a JSON object", "", ""},
	{`{"messages":` + deeplyNested, "not valid JSON", "", ""},
	{chatWith(``) + `1`, "unexpected data after the object", "", ""},
	{chatWith(",\"user\":\"\xc0\""), "not valid UTF-8", "", ""},
	{chatWith(`,"model":"n"`), "model: duplicate field", "", ""},
	{`{"messages":[]}`, "you must provide a model parameter", "", ""},
	{`{"model":"","messages":[]}`, "you must provide a model parameter", "", ""},
	{`{"model":7,"messages":[]}`, "Invalid type for 'model'", "model", "invalid_type"},
	{`{"model":"m"}`, "Missing required parameter: 'messages'.", "messages", "missing_required_parameter"},
	{`{"model":"m","messages":null}`, "Missing required parameter: 'messages'.", "messages", "missing_required_parameter"},
	{`{"model":"m","messages":[]}`, "Invalid 'messages': empty array.", "messages", "empty_array"},
	{`{"model":"m","messages":"a"}`, "Invalid type for 'messages'", "messages", "invalid_type"},
	{chatOnly(`"a"`), "Invalid type for 'messages[0]'", "messages[0]", "invalid_type"},
	{chatOnly(`{"content":"a"}`), "Missing required parameter: 'messages[0].role'.", "messages[0].role", "missing_required_parameter"},
	{chatOnly(`{"role":"model","content":"a"}`), `Invalid value: "model".`, "messages[0].role", "invalid_value"},
	{chatOnly(`{"role":"user"}`), "Missing required parameter: 'messages[0].content'.", "messages[0].content", "missing_required_parameter"},
	{chatOnly(`{"role":"user","content":null}`), "Missing required", "messages[0].content", "missing_required_parameter"},
	{chatOnly(`{"role":"user","content":1}`), "Invalid type for 'messages[0].content'", "messages[0].content", "invalid_type"},
	{chatOnly(`{"role":"user","content":"a","content":"b"}`), "duplicate field", "messages[0]", "invalid_value"},
	{chatOnly(`{"role":"user","content":["a"]}`), "Invalid type", "messages[0].content[0]", "invalid_type"},
	{chatOnly(`{"role":"user","content":[{}]}`), "Missing required", "messages[0].content[0].type", "missing_required_parameter"},
	{chatOnly(`{"role":"user","content":[{"type":"song"}]}`), `Invalid value: "song".`, "messages[0].content[0].type", "invalid_value"},
	{chatOnly(`{"role":"user","content":[{"type":"text"}]}`), "Invalid type", "messages[0].content[0].text", "invalid_type"},
	{chatWith(`,"max_tokens":0`), "integer below minimum value", "max_tokens", "integer_below_min_value"},
	{chatWith(`,"max_completion_tokens":"9"`), "Invalid type", "max_completion_tokens", "invalid_type"},
	{chatWith(`,"max_completion_tokens":1e400`), "Invalid type", "max_completion_tokens", "invalid_type"},
	{chatWith(`,"max_tokens":1,"max_completion_tokens":1`), "at the same time", "max_completion_tokens", "invalid_parameter_combination"},
	{chatWith(`,"n":0`), "integer below minimum value", "n", "integer_below_min_value"},
	{chatWith(`,"n":2`), "'n' does not support 2", "n", "unsupported_value"},
	{chatWith(`,"stop":7`), "Invalid type", "stop", "invalid_type"},
	{chatWith(`,"stop":""`), "empty string", "stop", "invalid_value"},
	{chatWith(`,"stop":["a",null]`), "Invalid type", "stop", "invalid_type"},
	{chatWith(`,"stop":["a","b","c","d","e"]`), "at most 4", "stop", "invalid_value"},
	{chatWith(`,"stream":1`), "Invalid type", "stream", "invalid_type"},
	{chatWith(`,"stream_options":{}`), "only allowed when 'stream' is enabled", "stream_options", ""},
	{chatWith(`,"stream":true,"stream_options":[]`), "Invalid type", "stream_options", "invalid_type"},
	{chatWith(`,"stream":true,"stream_options":{"include_usage":1}`), "Invalid type", "stream_options.include_usage", "invalid_type"},
	{chatWith(`,"stream":true,"stream_options":{"a":1,"a":1}`), "duplicate field", "stream_options", "invalid_value"},
	{chatWith(`,"temperature":2.1`), "from 0 to 2", "temperature", "invalid_value"},
	{chatWith(`,"top_p":"1"`), "Invalid type", "top_p", "invalid_type"},
	{chatWith(`,"frequency_penalty":-1e999`), "Invalid type", "frequency_penalty", "invalid_type"},
	{chatWith(`,"presence_penalty":-2.5`), "from -2 to 2", "presence_penalty", "invalid_value"},
}

func TestBadOpenAIBodiesAreRefused(t *testing.T) {
	read := completion(t, api.OpenAI(), "/v1/chat/completions").Read
	for _, test := range openAIRefusals {
		_, err := read(nil, []byte(test.body))
		if err == nil || !strings.Contains(err.Error(), test.want) || status(err) != 400 {
			t.Errorf("%.60s: got %v, want %s", test.body, err, test.want)
			continue
		}
		var refusal *api.Refusal
		if errors.As(err, &refusal); refusal == nil {
			refusal = &api.Refusal{}
		}
		if refusal.Param != test.param || refusal.Kind != test.code {
			t.Errorf("%.60s: param %q, code %q; want %q, %q", test.body, refusal.Param, refusal.Kind, test.param, test.code)
		}
	}
}

func TestOpenAIBodiesAreRead(t *testing.T) {
	read := completion(t, api.OpenAI(), "/v1/chat/completions").Read
	for body, want := range map[string]api.Call{
		chatWith(`,"n":null,"stop":null,"stream":null,"stream_options":null,"max_tokens":null,"ignore_eos":true`): {Prompts: []string{"a"}, Model: "m"},
		chatWith(`,"max_tokens":7,"stop":"x"`): {Prompts: []string{"a"}, Model: "m", MaxTokens: 7, StopSequences: []string{"x"}},
		chatWith(`,"max_completion_tokens":8,"stop":["x","y"],"stream":true,"stream_options":{"include_usage":true}`): {
			Prompts: []string{"a"}, Model: "m", MaxTokens: 8, StopSequences: []string{"x", "y"}, Stream: true, IncludeUsage: true,
		},
		chatWith(`,"stream":true,"stream_options":{"include_usage":false}`): {Prompts: []string{"a"}, Model: "m", Stream: true},
		chatOnly(`{"role":"system","content":"ab"},{"role":"assistant","content":null},{"role":"assistant","content":[{"type":"refusal","refusal":"cd"}]},` +
			`{"role":"user","content":[{"type":"text","text":"e"},{"type":"file","file":{}}]}`): {Prompts: []string{"abcde"}, Model: "m"},
	} {
		got, err := read(nil, []byte(body))
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
}
