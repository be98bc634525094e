package dialect

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"weighbridge/bench/golden"
	"weighbridge/target"
)

func TestOpenAIRequestOnTheWire(t *testing.T) {
	odd := "a \"quoted\" line\nand <html> & ünïcode  "
	golden.Check(t, "testdata/openai.golden", wire(t, newDialect(t, modelConfig("openai", false)), "https://127.0.0.1:4711", odd))
	golden.Check(t, "testdata/openai-stream.golden", wire(t, newDialect(t, modelConfig("openai", true)), "https://127.0.0.1:4711/behind/a/gateway", "one"))
}

// judgeCase is a response and the outcome expected of it.
type judgeCase struct {
	name   string
	status int
	kind   string
	body   string
	want   target.Outcome
}

// tokens is the outcome of an answer that bills so many.
func tokens(input, output uint64, remarks ...target.Remark) target.Outcome {
	return target.Outcome{InputTokens: input, InputKnown: true, OutputTokens: output, OutputByPrompt: []uint64{output}, Remarks: remarks}
}

// unreported is the outcome of an answer without usage.
func unreported() target.Outcome { return target.Outcome{Remarks: []target.Remark{target.NoUsage}} }

func written(out target.Outcome, tokens uint64) target.Outcome {
	out.CacheWriteTokens = tokens
	return out
}

func cached(out target.Outcome, tokens uint64) target.Outcome {
	out.CachedTokens = &tokens
	return out
}

func withContent(out target.Outcome, pieces ...target.Piece) target.Outcome {
	out.Content = pieces
	return out
}

// testJudge judges the responses with the dialect: some as JSON, some as streams.
func testJudge(t *testing.T, dialect string, whole, streamed []judgeCase) {
	t.Helper()
	for stream, cases := range map[bool][]judgeCase{false: whole, true: streamed} {
		for _, c := range cases {
			d := newDialect(t, modelConfig(dialect, stream))
			got := d.Judge(c.status, http.Header{"Content-Type": {c.kind}}, []byte(c.body), 1)
			if (got.Detail == "") != (got.Class == target.Success) {
				t.Errorf("%s, stream %v: class %q has the detail %q", c.name, stream, got.Class, got.Detail)
			}
			got.Finish = "" // TestReasonsOfTheEnd has it
			if got.Detail = ""; !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s, stream %v: %+v, want %+v", c.name, stream, got, c.want)
			}
		}
	}
}

func TestOpenAIJudge(t *testing.T) {
	const (
		completion = `{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}`
		role       = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}],\"usage\":null}\n\n"
		piece      = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n"
		reasoning  = "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"Hm\"},\"finish_reason\":null}]}\n\n"
		finish     = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
		usage      = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4,\"total_tokens\":13}}\n\n"
		nothing    = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0}}\n\n"
		text       = "data: {\"choices\":[{\"index\":0,\"text\":\"Hi\",\"finish_reason\":null}]}\n\n"
		done       = "data: [DONE]\n\n"
		groqFirst  = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}],\"x_groq\":{\"id\":\"req_1\"}}\n\n"
		groqUsage  = "{\"queue_time\":0.06,\"prompt_tokens\":9,\"prompt_time\":0.0002,\"completion_tokens\":4,\"completion_time\":0.8,\"total_tokens\":13,\"total_time\":0.8}"
		groqLast   = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"x_groq\":{\"id\":\"req_1\",\"usage\":" + groqUsage + "}}\n\n"
		groqOops   = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"x_groq\":{\"id\":\"req_1\",\"error\":\"over capacity\"}}\n\n"
		groqOdd    = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"x_groq\":\"none\"}\n\n"
		oops       = "data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n"
	)
	broken := target.Outcome{Class: target.Contract, Failed: 1}
	uncounted := target.Outcome{InputTokens: 9, InputKnown: true, Remarks: []target.Remark{target.NoUsage}}
	testJudge(t, "openai", []judgeCase{
		{"a completion", 200, typeJSON, completion, tokens(9, 2)},
		{"no usage", 200, typeJSON, `{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}`, unreported()},
		{"a text, of the older Completions API", 200, typeJSON, `{"choices":[{"text":"hi","finish_reason":"length"}],"usage":{"prompt_tokens":9,"completion_tokens":2}}`, tokens(9, 2)},
		{"no choices", 200, typeJSON, `{"choices":[],"usage":{}}`, broken},
		{"no message", 200, typeJSON, `{"choices":[{"finish_reason":"stop"}]}`, broken},
		{"no finish_reason", 200, typeJSON, `{"choices":[{"message":{"content":"hi"},"finish_reason":null}]}`, broken},
		{"an error in a 200", 200, typeJSON, `{"error":{"type":"server_error"}}`, target.Outcome{Class: target.Server, Failed: 1}},
		{"an error in a choice", 200, typeJSON, `{"choices":[{"message":{"content":"hi"},"finish_reason":"error","error":{"code":502,"message":"gone"}}],"usage":{"prompt_tokens":9,"completion_tokens":2}}`, target.Outcome{Class: target.Server, Failed: 1}},
		{"no error in a choice", 200, typeJSON, `{"choices":[{"message":{"content":"hi"},"finish_reason":"stop","error":null}],"usage":{"prompt_tokens":9,"completion_tokens":2}}`, tokens(9, 2)},
		{"a stream instead of a completion", 200, typeEvents, piece + finish + done, broken},
		{"429", 429, typeJSON, `{"error":{"type":"requests"}}`, target.Outcome{Class: target.RateLimit, Failed: 1}},
	}, []judgeCase{
		{"a stream", 200, typeEvents, role + piece + piece + finish + usage + done, withContent(tokens(9, 4), target.Piece{End: len(role + piece), Output: 2}, target.Piece{End: len(role + piece + piece), Output: 2})},
		{"lines that end in CRLF", 200, typeEvents, strings.ReplaceAll(role+piece+finish+usage+done, "\n", "\r\n"), withContent(tokens(9, 4), target.Piece{End: len(role+piece) + 4, Output: 2})},
		{"reasoning", 200, typeEvents, role + reasoning + finish + done, withContent(unreported(), target.Piece{End: len(role + reasoning), Reasoning: 2})},
		{"texts, of the older Completions API", 200, typeEvents, text + finish + done, withContent(unreported(), target.Piece{End: len(text), Output: 2})},
		{"a later usage of 0", 200, typeEvents, piece + finish + usage + nothing + done, withContent(tokens(9, 4), target.Piece{End: len(piece), Output: 2})},
		{"usage of Groq alone", 200, typeEvents, groqFirst + piece + groqLast + done, withContent(tokens(9, 4), target.Piece{End: len(groqFirst + piece), Output: 2})},
		{"usage of Groq in both places", 200, typeEvents, piece + groqLast + usage + done, withContent(tokens(9, 4), target.Piece{End: len(piece), Output: 2})},
		{"usage of Groq before the answer", 200, typeEvents, strings.ReplaceAll(groqLast, "stop", "") + piece + finish + done, withContent(uncounted, target.Piece{End: len(groqLast) - len("stop") + len(piece), Output: 2})},
		{"stopped early by Groq", 200, typeEvents, groqFirst + piece + groqOops + done, target.Outcome{Class: target.Server, Failed: 1}},
		{"something else in the place of Groq's fields", 200, typeEvents, piece + groqOdd + done, withContent(unreported(), target.Piece{End: len(piece), Output: 2})},
		{"a comment between events", 200, typeEvents, ": ping\n\n" + piece + finish + done, withContent(unreported(), target.Piece{End: len(": ping\n\n" + piece), Output: 2})},
		{"cut off", 200, typeEvents, role + piece + finish + usage, broken},
		{"no finish_reason", 200, typeEvents, role + piece + done, broken},
		{"an error event", 200, typeEvents, role + piece + oops + done, target.Outcome{Class: target.Server, Failed: 1}},
		{"an event that is not JSON", 200, typeEvents, role + "data: {]\n\n" + finish + done, broken},
		{"an empty body", 200, typeEvents, "", broken},
		{"a completion instead of a stream", 200, typeJSON, completion, broken},
	})
}
