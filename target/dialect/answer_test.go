package dialect

import (
	"testing"

	"weighbridge/target"
)

// The text of an answer is what the model says to its user, which the next turn of a conversation
// is sent with.
func TestTheTextOfAnAnswer(t *testing.T) {
	data := func(objects ...string) (all string) {
		for _, o := range objects {
			all += "data: " + o + "\n\n"
		}
		return all
	}
	for _, c := range []struct {
		dialect string
		stream  bool
		body    string
		want    string
	}{
		{"openai", false, `{"choices":[{"index":0,"message":{"role":"assistant","content":"a \"b\"\n","reasoning_content":"hm"}}]}`, "a \"b\"\n"},
		{"openai", false, `{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"thinking","thinking":"x","text":"y"},{"text":"b"}]}}]}`, "ab"},
		{"openai", false, `{"choices":[{"message":{"content":null,"tool_calls":[{"function":{"name":"f"}}]}}]}`, ""},
		{"openai", false, `{"choices":[{"message":{"content":null,"refusal":"no"}}]}`, "no"},
		{"openai", false, `{"choices":[{"text":"a"},{"index":1,"text":"b"}]}`, "a"},
		{"openai", false, `nothing`, ""},
		{"openai", true, data(`{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}`, `{"choices":[{"delta":{"reasoning":"x"}}]}`,
			`{"choices":[{"index":0,"delta":{"content":"a "}}]}`, `{"choices":[{"index":1,"delta":{"content":"no"}}]}`, `{"choices":[{"delta":{"content":"b"}}]}`,
			`{"choices":[],"usage":{}}`, `[DONE]`), "a b"},
		{"anthropic", false, `{"type":"message","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"a"},{"type":"tool_use","name":"f"},{"type":"text","text":"b"}]}`, "ab"},
		{"anthropic", false, `{"type":"message","content":[]}`, ""},
		{"anthropic", true, data(`{"type":"message_start","message":{"content":[]}}`, `{"type":"content_block_start","content_block":{"type":"thinking","thinking":""}}`,
			`{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"hm"}}`, `{"type":"content_block_start","content_block":{"type":"text","text":""}}`,
			`{"type":"content_block_delta","delta":{"type":"text_delta","text":"a"}}`, `{"type":"content_block_delta","delta":{"type":"text_delta","text":"b"}}`,
			`{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{"}}`, `{"type":"message_delta","delta":{"stop_reason":"end_turn"}}`, `{"type":"message_stop"}`), "ab"},
		{"responses", false, aResponse("completed", responseThought+","+responseMessage+","+responseCall, ""), "hi"},
		{"responses", false, aResponse("completed", responseRefusal, ""), "no"},
		{"responses", true, named("response.output_text.delta", `,"delta":"a"`) + named("response.reasoning_summary_text.delta", `,"delta":"x"`) +
			named("response.output_text.delta", `,"delta":"b"`) + named("response.completed", `,"response":`+aResponse("completed", responseMessage, "")), "ab"},
		{"responses", true, named("response.completed", `,"response":`+aResponse("completed", responseMessage, "")), "hi"},
	} {
		got := newDialect(t, modelConfig(c.dialect, c.stream)).(target.Conversing).Answer([]byte(c.body))
		if got != c.want {
			t.Errorf("%s, stream %v: got %q, want %q of %s", c.dialect, c.stream, got, c.want, c.body)
		}
	}
}
