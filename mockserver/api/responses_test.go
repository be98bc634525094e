package api_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weighbridge/bench/golden"
	"weighbridge/mockserver/api"
)

// responseWith returns a valid body with more fields at its end.
func responseWith(more string) string { return `{"model":"m","input":"a"` + more + `}` }

// responseOnly returns a body whose only item is item.
func responseOnly(item string) string { return `{"model":"m","input":[` + item + `]}` }

// responseRefusals are invalid bodies, each with a part of the error it gets.
var responseRefusals = []struct {
	body, want, param string
	code              api.Kind
}{
	{``, "not valid JSON", "", ""},
	{responseWith(`,"model":"n"`), "model: duplicate field", "", ""},
	{`{"input":"a"}`, "Missing required parameter: 'model'.", "model", "missing_required_parameter"},
	{`{"model":"","input":"a"}`, "empty string", "model", "invalid_value"},
	{`{"model":7,"input":"a"}`, "Invalid type for 'model'", "model", "invalid_type"},
	{`{"model":"m"}`, `One of "input"`, "input", "missing_required_parameter"},
	{`{"model":"m","input":[]}`, "Invalid 'input': empty array.", "input", "empty_array"},
	{`{"model":"m","input":7}`, "Invalid type for 'input'", "input", "invalid_type"},
	{`{"model":"m","messages":[{"role":"user","content":"a"}]}`, "moved to 'input'", "messages", "unsupported_parameter"},
	{responseWith(`,"max_tokens":64`), "moved to 'max_output_tokens'", "max_tokens", "unsupported_parameter"},
	{responseWith(`,"max_completion_tokens":64`), "moved to 'max_output_tokens'", "max_completion_tokens", "unsupported_parameter"},
	{responseWith(`,"instructions":[]`), "Invalid type", "instructions", "invalid_type"},
	{responseOnly(`"a"`), "Invalid type for 'input[0]'", "input[0]", "invalid_type"},
	{responseOnly(`{"type":7}`), "Invalid type", "input[0].type", "invalid_type"},
	{responseOnly(`{"content":"a"}`), "Missing required", "input[0].role", "missing_required_parameter"},
	{responseOnly(`{"role":"tool","content":"a"}`), `Invalid value: "tool".`, "input[0].role", "invalid_value"},
	{responseOnly(`{"role":"user"}`), "Missing required", "input[0].content", "missing_required_parameter"},
	{responseOnly(`{"role":"user","content":7}`), "Invalid type", "input[0].content", "invalid_type"},
	{responseOnly(`{"role":"user","content":["a"]}`), "Invalid type", "input[0].content[0]", "invalid_type"},
	{responseOnly(`{"role":"user","content":[{}]}`), "Missing required", "input[0].content[0].type", "missing_required_parameter"},
	{responseOnly(`{"role":"user","content":[{"type":"text","text":"a"}]}`), `Invalid value: "text".`, "input[0].content[0].type", "invalid_value"},
	{responseOnly(`{"role":"user","content":[{"type":"input_text"}]}`), "Invalid type", "input[0].content[0].text", "invalid_type"},
	{responseWith(`,"max_output_tokens":15`), "Expected a value >= 16, but got 15 instead.", "max_output_tokens", "integer_below_min_value"},
	{responseWith(`,"max_output_tokens":"64"`), "Invalid type", "max_output_tokens", "invalid_type"},
	{responseWith(`,"stream":1`), "Invalid type", "stream", "invalid_type"},
	{responseWith(`,"stream_options":{}`), "only allowed when 'stream' is enabled", "stream_options", ""},
	{responseWith(`,"stream":true,"stream_options":[]`), "Invalid type", "stream_options", "invalid_type"},
	{responseWith(`,"stream":true,"stream_options":{"include_usage":true}`), "Unknown parameter", "stream_options.include_usage", "unknown_parameter"},
	{responseWith(`,"temperature":2.1`), "from 0 to 2", "temperature", "invalid_value"},
	{responseWith(`,"background":true`), "does not support true", "background", "unsupported_value"},
	{responseWith(`,"background":1`), "Invalid type", "background", "invalid_type"},
	{responseWith(`,"previous_response_id":"resp_1"`), `"resp_1" not found`, "previous_response_id", "previous_response_not_found"},
}

func TestBadResponseBodiesAreRefused(t *testing.T) {
	read := completion(t, api.Responses(), "/v1/responses").Read
	for _, test := range responseRefusals {
		_, err := read(nil, []byte(test.body))
		var refusal *api.Refusal
		if errors.As(err, &refusal); refusal == nil {
			refusal = &api.Refusal{}
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || status(err) != 400 || refusal.Param != test.param || refusal.Kind != test.code {
			t.Errorf("%.80s: %v, param %q, code %q; want %s, %q, %q", test.body, err, refusal.Param, refusal.Kind, test.want, test.param, test.code)
		}
	}
}

func TestResponseBodiesAreRead(t *testing.T) {
	read := completion(t, api.Responses(), "/v1/responses").Read
	for body, want := range map[string]api.Call{
		responseWith(`,"instructions":null,"stream":null,"stream_options":null,"background":false,"store":false`): {Prompts: []string{"a"}, Model: "m"},
		responseWith(`,"instructions":"b","max_output_tokens":16,"stream":true`):                                  {Prompts: []string{"ba"}, Model: "m", MaxTokens: 16, Stream: true},
		responseOnly(`{"role":"developer","content":"ab"},{"type":"reasoning","summary":[]},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"cd"}]}`): {
			Prompts: []string{"abcd"}, Model: "m",
		},
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

// An answer that reached the maximum number of tokens is incomplete.
func TestIncompleteResponsesMatchGolden(t *testing.T) {
	complete := completion(t, api.Responses(), "/v1/responses")
	a := answer(api.Call{Prompts: []string{"hello"}, Model: "m", MaxTokens: 16})
	a.Items[0].Truncated = true
	body, err := complete.Render(a)
	if err != nil {
		t.Fatal(err)
	}
	events, err := complete.Stream(a)
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, renderedPath("responses_incomplete"), string(body)+"\n"+streamDivider+wireBytes(events))
}

// Events are numbered without gaps, whatever their number, and an error goes on with the number.
func TestResponseEventsAreNumbered(t *testing.T) {
	complete := completion(t, api.Responses(), "/v1/responses")
	for _, words := range []uint64{0, 1, 40} {
		events, err := complete.Stream(api.Answer{Chunk: 1, Items: []api.Item{{Completion: firstWords(words), Usage: api.Usage{Output: words}}}})
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, api.Responses().StreamError(api.Failure{Status: 503}, len(events)))
		for i, e := range events {
			if !strings.Contains(string(e.Data), fmt.Sprintf(`"sequence_number":%d`, i)) || !strings.HasPrefix(string(e.Data), `{"type":"`+e.Name+`"`) {
				t.Errorf("event %d, %s, is %s", i, e.Name, e.Data)
			}
		}
	}
}
