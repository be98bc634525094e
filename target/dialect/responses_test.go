package dialect

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"weighbridge/bench/golden"
	"weighbridge/target"
)

func TestResponsesRequestOnTheWire(t *testing.T) {
	odd := "a \"quoted\" line\nand <html> & ünïcode  "
	golden.Check(t, "testdata/responses.golden", wire(t, newDialect(t, modelConfig("responses", false)), "https://127.0.0.1:4711", odd))
	golden.Check(t, "testdata/responses-stream.golden", wire(t, newDialect(t, modelConfig("responses", true)), "https://127.0.0.1:4711/behind/a/gateway", "one"))
}

// named is an event of a response, as OpenAI sends it.
func named(kind, rest string) string {
	return "event: " + kind + "\ndata: {\"type\":\"" + kind + `"` + rest + "}\n\n"
}

const (
	responseMessage = `{"id":"m","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"hi"}]}`
	responseRefusal = `{"id":"m","type":"message","role":"assistant","content":[{"type":"refusal","refusal":"no"}]}`
	responseThought = `{"id":"r","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]}`
	responseCall    = `{"id":"f","type":"function_call","call_id":"c","name":"f","arguments":"{}"}`
	responseTokens  = `{"input_tokens":9,"input_tokens_details":{"cached_tokens":0},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":11}`
)

// aResponse is a response with a status, output and more fields.
func aResponse(status, output, more string) string {
	return `{"id":"resp_1","object":"response","error":null,"incomplete_details":null,"status":"` + status + `","output":[` + output + `],"usage":` + responseTokens + more + `}`
}

// detailed is the outcome of an answer with the details of its usage.
func detailed(out target.Outcome, cachedTokens, reasoning uint64) target.Outcome {
	out.CachedTokens, out.ReasoningTokens = &cachedTokens, &reasoning
	return out
}

func TestResponsesJudge(t *testing.T) {
	created := named("response.created", `,"sequence_number":0,"response":{"id":"resp_1","status":"in_progress","output":[],"usage":null,"error":null}`)
	added := named("response.output_item.added", `,"output_index":0,"item":{"type":"message","content":[]}`) +
		named("response.content_part.added", `,"part":{"type":"output_text","text":""}`)
	delta := named("response.output_text.delta", `,"delta":"hi","logprobs":[],"obfuscation":"abcdefgh"`)
	refused := named("response.refusal.delta", `,"delta":"no"`)
	thought := named("response.reasoning_summary_text.delta", `,"delta":"hm"`)
	textDone := named("response.output_text.done", `,"text":"hi"`) + named("response.content_part.done", `,"part":{"type":"output_text","text":"hi"}`)
	itemDone := named("response.output_item.done", `,"item":`+responseMessage)
	completed := named("response.completed", `,"sequence_number":9,"response":`+aResponse("completed", responseMessage, ""))
	incomplete := func(reason string) string {
		return named("response.incomplete", `,"response":`+strings.Replace(aResponse("incomplete", responseMessage, ""), `"incomplete_details":null`, `"incomplete_details":{"reason":"`+reason+`"}`, 1))
	}
	fails := func(code string) string {
		return named("response.failed", `,"response":`+strings.Replace(aResponse("failed", "", ""), `"error":null`, `"error":{"code":"`+code+`","message":"m"}`, 1))
	}
	start := created + added
	two := detailed(tokens(9, 2), 0, 0)
	thoughtful := two // 0 tokens of reasoning cannot be true
	thoughtful.ReasoningTokens = nil
	at := func(before string, output int) target.Piece { return target.Piece{End: len(before), Output: output} }
	broken := target.Outcome{Class: target.Contract, Failed: 1}
	server := target.Outcome{Class: target.Server, Failed: 1}
	testJudge(t, "responses", []judgeCase{
		{"a response", 200, typeJSON, aResponse("completed", responseMessage, ""), two},
		{"of reasoning and a message", 200, typeJSON, aResponse("completed", responseThought+","+responseMessage, ""), thoughtful},
		{"of a call", 200, typeJSON, aResponse("completed", responseCall, ""), two},
		{"of a refusal", 200, typeJSON, aResponse("completed", responseRefusal, ""), detailed(tokens(9, 2, target.Refused), 0, 0)},
		{"an empty one", 200, typeJSON, aResponse("completed", "", ""), detailed(tokens(9, 2, target.Empty), 0, 0)},
		{"an item of another type", 200, typeJSON, aResponse("completed", `7,{"type":"new"},`+responseMessage, ""), two},
		{"without usage", 200, typeJSON, `{"status":"completed","output":[` + responseMessage + `]}`, unreported()},
		{"usage of nought, as older vLLM's", 200, typeJSON, `{"status":"completed","output":[` + responseMessage + `],"usage":{"input_tokens":0,"output_tokens":0}}`, unreported()},
		{"incomplete", 200, typeJSON, aResponse("incomplete", responseMessage, `,"incomplete_details":{"reason":"max_output_tokens"}`), two},
		{"filtered", 200, typeJSON, aResponse("incomplete", responseMessage, `,"incomplete_details":{"reason":"content_filter"}`), detailed(tokens(9, 2, target.Filtered), 0, 0)},
		{"failed", 200, typeJSON, `{"status":"failed","error":{"code":"rate_limit_exceeded","message":"m"},"output":[]}`, target.Outcome{Class: target.RateLimit, Failed: 1}},
		{"failed without a reason", 200, typeJSON, `{"status":"failed","output":[]}`, server},
		{"refused by a policy", 200, typeJSON, `{"status":"failed","error":{"code":"misalignment_policy_violation","message":"m"}}`, target.Outcome{Class: target.ClientErr, Failed: 1}},
		{"cancelled", 200, typeJSON, aResponse("cancelled", responseMessage, ""), server},
		{"queued", 200, typeJSON, aResponse("queued", "", ""), broken},
		{"without a status", 200, typeJSON, `{"output":[` + responseMessage + `]}`, broken},
		{"without output", 200, typeJSON, `{"status":"completed"}`, broken},
		{"a completion instead", 200, typeJSON, `{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}`, broken},
		{"a stream instead", 200, typeEvents, start + delta + completed, broken},
		{"an error in a 200", 200, typeJSON, `{"error":{"type":"server_error"}}`, server},
		{"429", 429, typeJSON, `{"error":{"type":"requests"}}`, target.Outcome{Class: target.RateLimit, Failed: 1}},
	}, []judgeCase{
		{"a stream", 200, typeEvents, start + delta + delta + textDone + itemDone + completed, withContent(two, at(start+delta, 2), at(start+delta+delta, 2))},
		{"events without names", 200, typeEvents, strings.ReplaceAll(start+delta+completed, "event: ", ": "), withContent(two, target.Piece{End: len(start+delta) - 4*len("event"), Output: 2})},
		{"a refusal", 200, typeEvents, start + refused + completed, withContent(detailed(tokens(9, 2, target.Refused), 0, 0), at(start+refused, 2))},
		{"a summary of reasoning", 200, typeEvents, created + thought + delta + completed, withContent(thoughtful, target.Piece{End: len(created + thought), Reasoning: 2}, at(created+thought+delta, 2))},
		{"text only as a whole", 200, typeEvents, start + textDone + itemDone + completed, withContent(two, at(start+named("response.output_text.done", `,"text":"hi"`), 2))},
		{"only an item", 200, typeEvents, created + itemDone + completed, withContent(two, at(created+itemDone, 2))},
		{"only the last event", 200, typeEvents, created + completed, withContent(two, at(created+completed, 2))},
		{"a call", 200, typeEvents, created + named("response.function_call_arguments.delta", `,"delta":"{}"`) + completed, withContent(two, at(created+named("response.function_call_arguments.delta", `,"delta":"{}"`), 2))},
		{"unknown events", 200, typeEvents, start + named("response.new.delta", `,"delta":"x"`) + named("codex.rate_limits", "") + delta + completed, withContent(two, at(start+named("response.new.delta", `,"delta":"x"`)+named("codex.rate_limits", "")+delta, 2))},
		{"[DONE] after the end", 200, typeEvents, start + delta + completed + doneEvent, withContent(two, at(start+delta, 2))},
		{"incomplete", 200, typeEvents, start + delta + incomplete("max_output_tokens"), withContent(two, at(start+delta, 2))},
		{"filtered", 200, typeEvents, start + delta + incomplete("content_filter"), withContent(detailed(tokens(9, 2, target.Filtered), 0, 0), at(start+delta, 2))},
		{"completed although incomplete, as vLLM's", 200, typeEvents, start + delta + named("response.completed", `,"response":`+aResponse("incomplete", responseMessage, `,"incomplete_details":{"reason":"content_filter"}`)), withContent(detailed(tokens(9, 2, target.Filtered), 0, 0), at(start+delta, 2))},
		{"an end without a response", 200, typeEvents, start + delta + named("response.completed", ""), withContent(unreported(), at(start+delta, 2))},
		{"failed", 200, typeEvents, start + delta + fails("server_error"), server},
		{"failed by a limit", 200, typeEvents, created + fails("rate_limit_exceeded"), target.Outcome{Class: target.RateLimit, Failed: 1}},
		{"an error event", 200, typeEvents, start + delta + named("error", `,"code":"server_error","message":"m","param":null`), server},
		{"an error event that is not JSON", 200, typeEvents, start + delta + "event: error\ndata: out of memory\n\n", server},
		{"an error without a name", 200, typeEvents, start + "data: {\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"m\"}\n\n", target.Outcome{Class: target.RateLimit, Failed: 1}},
		{"an error of a gateway", 200, typeEvents, start + "data: {\"error\":{\"message\":\"m\",\"code\":502}}\n\n", server},
		{"cut off", 200, typeEvents, start + delta + textDone + itemDone, broken},
		{"cut off inside the last event", 200, typeEvents, start + delta + completed[:len(completed)-9], broken},
		{"[DONE] in place of the end", 200, typeEvents, start + delta + doneEvent, broken},
		{"a stream of a completion", 200, typeEvents, deltaChunk(`"content":"hi"`) + stopChunk + doneEvent, broken},
		{"an event that is not JSON", 200, typeEvents, start + "event: response.output_text.delta\ndata: {\n\n" + completed, broken},
		{"a response instead of a stream", 200, typeJSON, aResponse("completed", responseMessage, ""), broken},
	})
}

// Reasoning that is not streamed leaves the time per token unknown, unless the usage tells it apart.
func TestHiddenReasoningOfResponses(t *testing.T) {
	reasoned := func(summary string) string {
		return named("response.output_item.added", `,"item":{"type":"reasoning","summary":[]}`) + summary +
			named("response.output_item.done", `,"item":{"type":"reasoning","summary":[],"encrypted_content":"abc"}`)
	}
	text := strings.Repeat(named("response.output_text.delta", `,"delta":"tok "`), 4)
	end := func(usage string) string {
		return named("response.completed", `,"response":{"status":"completed","output":[],"usage":{"input_tokens":9,"output_tokens":`+usage+`}}`)
	}
	streamed := strings.Repeat(named("response.reasoning_text.delta", `,"delta":"tok "`), 5)
	for name, c := range map[string]struct {
		body   string
		hidden bool
		output uint64
	}{
		"not told apart":  {reasoned("") + text + end("9"), true, 9},
		"told apart":      {reasoned("") + text + end(`9,"output_tokens_details":{"reasoning_tokens":5}`), false, 9},
		"counted beside":  {reasoned("") + text + end(`4,"output_tokens_details":{"reasoning_tokens":5},"total_tokens":18`), false, 9},
		"streamed":        {reasoned(streamed) + text + end("9"), false, 9},
		"more than comes": {text + end("900"), true, 900},
	} {
		got := judgeBody(t, "responses", true, 200, c.body)
		if got.Class != target.Success || got.Remarked(target.HiddenTokens) != c.hidden || got.OutputTokens != c.output {
			t.Errorf("%s: %+v, want hidden: %v, %d tokens", name, got, c.hidden, c.output)
		}
	}
}

func TestLenientResponses(t *testing.T) {
	cfg := modelConfig("responses", true)
	cfg.StreamEnd = lenient
	text := named("response.output_text.delta", `,"delta":"hi"`)
	for body, want := range map[string]target.Class{
		text: target.Success, text + doneEvent: target.Success, doneEvent: target.Contract, "": target.Contract,
		text + named("error", `,"message":"m"`): target.Server,
	} {
		if got := newDialect(t, cfg).Judge(200, http.Header{"Content-Type": {typeEvents}}, []byte(body), 1); got.Class != want {
			t.Errorf("%q: %+v, want %q", body, got, want)
		}
	}
	cfg.Stream = false
	got := newDialect(t, cfg).Judge(200, http.Header{"Content-Type": {typeJSON}}, []byte(`{"output":[`+responseMessage+`]}`), 1)
	if got.Class != target.Success || !slices.Equal(got.Remarks, []target.Remark{target.NoUsage}) {
		t.Errorf("a response without a status: %+v", got)
	}
}
