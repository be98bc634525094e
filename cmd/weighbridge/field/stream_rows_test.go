package field

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// contentCases are about what counts as content, and the tokens in a span.
func contentCases() []streamCase {
	whole := openaiUsage(usual)
	call := `"tool_calls":[{"index":0,"function":{"arguments":"tok "}}]`
	named := chunk(`"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}}]`)
	thenText := func(name string) []step {
		return append(reasoning(5, 100, name), deltas(5, 200, 20, chunk(`"content":"tok "`), true)...)
	}
	of := func(content []step, usage string) stream {
		return stream{steps: completed(content, finish("stop"), openaiUsage(usage), done)}
	}
	details := func(in string) string {
		return strings.TrimSuffix(in, "}") + `,"completion_tokens_details":{"reasoning_tokens":1000}}`
	}
	both := deltas(5, 100, 20, chunk(`"reasoning":"tok ","reasoning_content":"tok "`), false)
	twos := deltas(10, 100, 20, chunk(`"content":"tok "`), true)
	for i := range twos {
		twos[i].text = strings.Replace(twos[i].text, `"index":0`, fmt.Sprintf(`"index":%d`, i%2), 1)
	}
	tagged := append(deltas(5, 100, 20, chunk(`"content":"tok "`), false), deltas(5, 200, 20, chunk(`"content":"tok "`), true)...)
	tagged[0].text, tagged[4].text = chunk(`"content":"<think>tok "`), chunk(`"content":"tok </think>"`)
	between := tokens()
	for i := 2; i < 8; i++ {
		between[i] = step{between[i].at, chunk(`"reasoning_content":"tok "`), true, false}
	}
	fives := `{"prompt_tokens":100,"completion_tokens":10,"completion_tokens_details":{"reasoning_tokens":5}}`
	pad, invisible := step{at: 20, text: chunk(`"content":" "`)}, step{at: 20, text: chunk(`"content":"\u200b"`)}
	late := deltas(10, 400, 20, chunk(`"content":"tok "`), true)
	fours := deltas(5, 100, 80, chunk(`"content":"tok tok tok tok "`), true)
	return []streamCase{
		{"reference", stream{steps: completed(tokens(), finish("stop"), whole, done)}, good(9)},
		{"reasoning", of(thenText("reasoning"), usual), good(9, reasoned)},
		{"reasoning-content", of(thenText("reasoning_content"), usual), good(9, reasoned)},
		{"thinking", of(thenText("thinking"), usual), good(9, reasoned)},
		{"reasoning-details", of(append(
			deltas(5, 100, 20, chunk(`"reasoning_details":[{"type":"reasoning.text","text":"tok "}]`), false),
			deltas(5, 200, 20, chunk(`"content":"tok "`), true)...), usual), good(9, reasoned)},
		{"in-tags", of(tagged, usual), good(9, reasoned)},                      // vLLM and llama.cpp without a parser of reasoning
		{"in-tags-and-told", of(tagged, fives), good(4, reasoned, fromOutput)}, // MiniMax
		{"between-output", of(between, fives), good(9)},
		{"padded-with-nothing", of(append([]step{invisible}, tokens()...), usual), good(9)},
		{"padded-with-space", of(append([]step{pad}, late...), usual), want{spanTokens: 9, input: 100, output: 10, noTTFT: true, remark: "padded", warning: "began with white space"}},
		{"two-names", of(append(both, deltas(5, 200, 20, chunk(`"content":"tok "`), true)...), usual), good(9, reasoned)},
		{"parts", of(append(
			deltas(5, 100, 20, chunk(`"content":[{"type":"thinking","thinking":[{"type":"text","text":"tok "}]}]`), false),
			deltas(5, 200, 20, chunk(`"content":[{"type":"text","text":"tok "}]`), true)...), usual), good(9, reasoned)},
		{"only-reasoning", stream{steps: completed(reasoning(10, 100, "reasoning"), finish("length"), whole, done)}, good(9, noTTFO)},
		{"hidden-reasoning", of(tokens(), details(`{"prompt_tokens":100,"completion_tokens":1010}`)), good(9, output(1010))},
		{"reasoning-beside", of(tokens(), details(`{"prompt_tokens":100,"completion_tokens":10,"total_tokens":1110}`)), good(9, output(1010))},
		{"hidden-and-untold", of(tokens(), `{"prompt_tokens":100,"completion_tokens":1010}`), good(0, output(1010), warns("did not say how many"))},
		{"shortened-reasoning", of(thenText("reasoning"), details(`{"prompt_tokens":100,"completion_tokens":1005}`)), good(4, output(1005), reasoned, fromOutput)},
		{"four-a-chunk", of(fours, `{"prompt_tokens":100,"completion_tokens":20}`), good(16, output(20))},
		{"four-a-chunk-short-end", of(append(slices.Clone(fours), step{440, chunk(`"content":"tok "`), true, true}), `{"prompt_tokens":100,"completion_tokens":21}`), good(17, output(21))},
		{"two-choices", of(twos, usual), good(0, remarked("several_choices"), warns("had several choices"))},
		{"tool-calls", of(append([]step{{100, named, true, true}}, deltas(9, 120, 20, chunk(call), true)...), usual), good(9)},
		{"function-call", of(deltas(10, 100, 20, chunk(`"function_call":{"arguments":"tok "}`), true), usual), good(9)},
		{"refusal", of(deltas(10, 100, 20, chunk(`"refusal":"tok "`), true), usual), good(9, remarked("refused"), warns("were refusals"))},
		{"one-piece", of(deltas(1, 100, 20, chunk(`"content":"tok tok tok tok tok tok tok tok tok tok"`), true), usual), good(0, warns("came all at once"))},
	}
}

// usageCases are about what an answer reports of its tokens.
func usageCases() []streamCase {
	reports := func(usage string) stream {
		return stream{steps: completed(tokens(), finish("stop"), usage, done)}
	}
	unknown := func(change ...func(*want)) want {
		return good(0, append([]func(*want){input(-1), output(-1), remarked("no_usage"), warns("reported no output tokens")}, change...)...)
	}
	running, constant, gemini := tokens(), tokens(), tokens()
	for i := range running {
		to := func(n string) string {
			return strings.Replace(running[i].text, "]}", `],"usage":{"prompt_tokens":100,"completion_tokens":`+n+`}}`, 1)
		}
		constant[i].text = to("10")
		n := i + 1
		gemini[i].text = to(fmt.Sprintf(`%d,"total_tokens":%d`, n, 100+n+1000))
		running[i].text = to(strconv.Itoa(n))
	}
	return []streamCase{
		{"no-usage", reports(""), unknown()},
		{"null-usage", reports(openaiUsage("null")), unknown()},
		{"zero-usage", reports(openaiUsage(`{"prompt_tokens":0,"completion_tokens":0}`)), unknown()},
		{"negative-usage", reports(openaiUsage(`{"prompt_tokens":-1,"completion_tokens":-5}`)), unknown()},
		{"huge-usage", reports(openaiUsage(`{"prompt_tokens":18446744073709551615,"completion_tokens":1e300}`)), unknown()},
		{"usage-of-text", reports(openaiUsage(`"none"`)), unknown()},
		{"usage-without-input", reports(openaiUsage(`{"prompt_tokens":null,"completion_tokens":10}`)), good(9, input(-1), warns("reported no input tokens"))},
		{"usage-in-every-chunk", stream{steps: completed(running, finish("stop"), done)}, good(9)},
		{"thoughts-in-the-total-alone", stream{steps: completed(gemini, finish("stop"), done)}, good(9, output(1010))},
		{"total-in-every-chunk", stream{steps: completed(constant, finish("stop"), done)}, good(9)},
		{"usage-twice", reports(openaiUsage(`{"prompt_tokens":1,"completion_tokens":1}`) + openaiUsage(usual) + openaiUsage("null")), good(9)},
	}
}

// endCases are about how streams end, and what may stand in them.
func endCases() []streamCase {
	whole := openaiUsage(usual)
	with := func(change func(*stream), end ...string) stream {
		s := stream{steps: completed(tokens(), end...)}
		change(&s)
		return s
	}
	plain := func(*stream) {}
	end := []string{finish("stop"), whole, done}
	noise := strings.Join([]string{"data:\n\n", "data: \n\n", ": comment\n\n", "event: ping\ndata:\n\n", "event: ping\ndata: now\n\n", "\n\n"}, "")
	padded := with(plain, "data: [DONE]   \n\n")
	for i := range padded.steps {
		padded.steps[i].text = strings.ReplaceAll(padded.steps[i].text, "}\n\n", "}   \n\n")
	}
	padded.steps[len(padded.steps)-1].text = finish("stop") + whole + "data: [DONE]   \n\n"
	return []streamCase{
		{"done-without-blank-line", with(plain, finish("stop"), whole, "data: [DONE]\n"), good(9)},
		{"done-without-any-line-end", with(plain, finish("stop"), whole, "data: [DONE]"), good(9)},
		{"no-done", with(plain, finish("stop"), whole), fails("contract", "[DONE]")},
		{"no-done-lenient", with(func(s *stream) { s.lenient = true }, finish("stop"), whole), good(9)},
		{"no-finish-reason", with(plain, whole, done), fails("contract", "finish_reason")},
		{"no-finish-reason-lenient", with(func(s *stream) { s.lenient = true }, whole, done), good(9)},
		{"held-open", with(func(s *stream) { s.hold = true }, end...), good(9)},
		{"held-open-without-line-end", with(func(s *stream) { s.hold = true }, finish("stop"), whole, "data: [DONE]"), good(9)},
		{"cut-after-its-end", with(func(s *stream) { s.cut = true }, end...), good(9)},
		{"noise", stream{steps: completed(append([]step{{at: 5, text: noise}}, tokens()...), noise, finish("stop"), whole, done)}, good(9)},
		{"padded", padded, good(9)},
		{"text-plain", with(func(s *stream) { s.kind = "text/plain" }, end...), good(9, remarked("content_type"), warns("another content type"))},
		{"no-type", with(func(s *stream) { s.kind = "-" }, end...), good(9, remarked("content_type"))},
		{"gzip", with(func(s *stream) { s.encoding = "gzip" }, end...), good(9)},
		{"deflate", with(func(s *stream) { s.encoding = "deflate" }, end...), good(9)},
		{"brotli", with(func(s *stream) { s.encoding = "br" }, end...), fails("contract", "br")},
		{"http10", with(func(s *stream) { s.old = true }, end...), good(9)},
		{"early-hints", with(func(s *stream) { s.hints = true }, end...), good(9)},
	}
}

// errorCases are failures inside a 200, and answers that are none to be proud of.
func errorCases() []streamCase {
	ends := func(text string) stream { return stream{steps: completed(tokens()[:3], text)} }
	cut, held := ends(`data: {"error":{"message":"Overloaded","type":"overloaded"}}`+"\n\n"), ends(`data: {"error":{"message":"Overloaded"}}`+"\n\n")
	cut.cut, held.hold = true, true
	alone := func(kind, text string) stream { return stream{kind: kind, steps: []step{{at: 10, text: text}}} }
	nothing := `{"prompt_tokens":100,"completion_tokens":0}`
	return []streamCase{
		{"error-text", ends(`data: {"error":"model crashed"}` + "\n\n" + done), fails("server", "model crashed")},
		{"error-429", ends(`data: {"error":{"code":429,"message":"Slow down"}}` + "\n\n" + done), fails("rate_limit", "Slow down")},
		{"error-401", ends(`data: {"error":{"code":"401","message":"Who are you"}}` + "\n\n"), fails("auth", "Who are you")},
		{"error-quota", ends(`data: {"error":{"code":"insufficient_quota","message":"Pay first"}}` + "\n\n"), fails("rate_limit", "Pay first")},
		{"error-event-bare", ends("event: error\ndata: out of memory\n\n"), fails("server", "out of memory")},
		{"error-event-object", ends(`event: error` + "\n" + `data: {"message":"out of memory","code":500}` + "\n\n"), fails("server", "out of memory")},
		{"error-vllm", ends(`data: {"object":"error","message":"too long","type":"BadRequestError","code":400}` + "\n\n"), fails("client", "too long")},
		{"error-in-choice", ends(`data: {"choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"code":502,"message":"upstream gone"}}]}` + "\n\n" + done), fails("server", "upstream gone")},
		{"error-then-cut", cut, fails("server", "Overloaded")},
		{"error-then-held", held, fails("server", "Overloaded")},
		{"error-as-json", alone("application/json", `{"error":{"code":429,"message":"Slow down"}}`), fails("rate_limit", "Slow down")},
		{"html", alone("text/html", "<html><title>Wait</title></html>"), fails("contract", "text/html")},
		{"abort", stream{steps: completed(tokens(), finish("abort"), openaiUsage(usual), done)}, fails("server", "abort")},
		{"empty", stream{steps: completed(nil, finish("stop"), openaiUsage(nothing), done)}, empty("empty", "were empty")},
		{"content-filter", stream{steps: completed(nil, finish("content_filter"), openaiUsage(nothing), done)}, empty("filtered", "content filter")},
	}
}

// anthropicCases are the Messages API's.
func anthropicCases() []streamCase {
	start, end := `,"usage":{"input_tokens":100,"output_tokens":1}`, `,"usage":{"output_tokens":10}`
	text := func(n, first int) []step {
		steps := deltas(n, first, 20, blockDelta("text_delta", "text"), true)
		steps[0].text = block("text") + steps[0].text
		return steps
	}
	thinking := func(n int) []step {
		steps := deltas(n, 100, 20, blockDelta("thinking_delta", "thinking"), false)
		steps[0].text = block("thinking") + steps[0].text
		return steps
	}
	calls := deltas(10, 100, 20, blockDelta("input_json_delta", "partial_json"), true)
	calls[0].text = block("tool_use") + calls[0].text
	omitted := append([]step{{at: 50, text: block("thinking") + blockDelta("signature_delta", "signature")}}, text(10, 100)...)
	of := func(steps []step, change ...func(*stream)) stream {
		s := stream{dialect: "anthropic", steps: steps}
		for _, f := range change {
			f(&s)
		}
		return s
	}
	lenient := func(s *stream) { s.lenient = true }
	hold := func(s *stream) { s.hold = true }
	return []streamCase{
		{"a-reference", of(message(start, text(10, 100), end, "end_turn")), good(9)},
		{"a-held-open", of(message(start, text(10, 100), end, "end_turn"), hold), good(9)},
		{"a-thinking", of(message(start, append(thinking(5), text(5, 200)...), end, "end_turn")), good(9, reasoned)},
		{"a-tool-use", of(message(start, calls, end, "tool_use")), good(9)},
		{"a-omitted", of(message(start, omitted, `,"usage":{"output_tokens":1010,"output_tokens_details":{"thinking_tokens":1000}}`, "end_turn")), good(9, output(1010))},
		{"a-omitted-untold", of(message(start, omitted, `,"usage":{"output_tokens":60}`, "end_turn")), good(0, output(60), remarked("hidden_tokens"), warns("did not say how many"))},
		{"a-input-at-the-end", of(message(`,"usage":{"input_tokens":0,"output_tokens":0}`, text(10, 100), `,"usage":{"input_tokens":123,"output_tokens":10}`, "end_turn")), good(9, input(123))},
		{"a-cache-at-the-end", of(message(start, text(10, 100), `,"usage":{"input_tokens":3,"cache_read_input_tokens":90,"cache_creation_input_tokens":7,"output_tokens":10}`, "end_turn")), good(9)},
		{"a-start-without-usage", of(message("", text(10, 100), end, "end_turn")), good(9, input(-1))},
		{"a-no-usage", of(message("", text(10, 100), "", "end_turn")), good(0, input(-1), output(-1), remarked("no_usage"))},
		{"a-refusal", of(message(start, nil, `,"usage":{"output_tokens":0}`, "refusal")), empty("refused", "were refusals")},
		{"a-no-stop", of(message(start, text(10, 100), end, "end_turn", "")), fails("contract", "message_stop")},
		{"a-no-stop-lenient", of(message(start, text(10, 100), end, "end_turn", ""), lenient), good(9)},
		{"a-error", of(message(start, text(3, 100), end, "end_turn", `event: error`+"\n"+`data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`+"\n\n")), fails("server", "Overloaded")},
		{"a-error-text", of(message(start, text(3, 100), end, "end_turn", "event: error\ndata: gone\n\n")), fails("server", "gone")},
	}
}
