package field

import "strings"

// responseEvent is an event of a response; number is its sequence_number, which some servers leave out.
func responseEvent(kind, rest string) string { return event("response."+kind, rest) }

// response is a stream of a response: its beginning at 10 ms, the content, and its end.
func response(content []step, end string) []step {
	begin := responseEvent("created", `,"sequence_number":0,"response":{"id":"r","status":"in_progress","output":[],"usage":null,"error":null}`) +
		responseEvent("in_progress", `,"sequence_number":1,"response":{"id":"r","status":"in_progress","output":[],"usage":null}`) +
		responseEvent("output_item.added", `,"item":{"type":"message","status":"in_progress","content":[]}`) +
		responseEvent("content_part.added", `,"part":{"type":"output_text","text":"","annotations":[]}`)
	return append(append([]step{{at: 10, text: begin}}, content...), step{at: 281, text: end})
}

func responseDelta(kind string) string {
	return responseEvent(kind+".delta", `,"delta":"tok ","output_index":0,"obfuscation":"aBcDeFgHiJkLmNoP"`)
}

// responseUsage is the usage of the reference, with so many tokens of reasoning in it.
func responseUsage(reasoning string) string {
	return `,"usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":0},"output_tokens":10,"output_tokens_details":{"reasoning_tokens":` + reasoning + `},"total_tokens":110}`
}

// responseEnd is the last events, of which the very last says how it ended.
func responseEnd(kind, status, rest string) string {
	whole := strings.Repeat("tok ", 10)
	return responseEvent("output_text.done", `,"text":"`+whole+`"`) +
		responseEvent("output_item.done", `,"item":{"type":"message","content":[{"type":"output_text","text":"`+whole+`"}]}`) +
		responseEvent(kind, `,"response":{"id":"r","error":null,"status":"`+status+`","output":[{"type":"message","content":[{"type":"output_text","text":"`+whole+`"}]}]`+rest+`}`)
}

// responsesCases are servers that have OpenAI's Responses API, each with ways of its own.
func responsesCases() []streamCase {
	text := deltas(10, 100, 20, responseDelta("output_text"), true)
	thenText := func(kind string) []step {
		return append(deltas(5, 100, 20, responseDelta(kind), false), deltas(5, 200, 20, responseDelta("output_text"), true)...)
	}
	completed := responseEnd("completed", "completed", responseUsage("0"))
	of := func(content []step, end string) stream {
		return stream{dialect: "responses", steps: response(content, end)}
	}
	incomplete := func(kind, reason string) string {
		return responseEnd(kind, "incomplete", `,"incomplete_details":{"reason":"`+reason+`"}`+responseUsage("0"))
	}
	noNames := of(text, completed)
	for i := range noNames.steps {
		noNames.steps[i].text = strings.ReplaceAll(noNames.steps[i].text, "event: ", ": ")
	}
	const failed = `,"response":{"id":"r","status":"failed","error":{"code":"server_error","message":"Engine dead"},"output":[],"usage":null}`
	return []streamCase{
		{"reference", of(text, completed), good(9)},
		{"gateway-done", of(text, completed+done), good(9)}, // several gateways add [DONE]
		{"no-names", noNames, good(9)},                      // data lines alone
		{"summary", of(thenText("reasoning_summary_text"), responseEnd("completed", "completed", responseUsage("5"))), good(4, reasoned, fromOutput)},
		{"reasoning-text", of(thenText("reasoning_text"), completed), good(9, reasoned)}, // vLLM, LM Studio
		{"vllm-incomplete", of(text, incomplete("completed", "max_output_tokens")), good(9)},
		{"incomplete", of(text, incomplete("incomplete", "max_output_tokens")), good(9)},
		{"filtered", of(text, incomplete("incomplete", "content_filter")), good(9, remarked("filtered"), warns("content filter"))},
		{"empty-output", of(text, responseEvent("completed", `,"response":{"status":"completed","output":[]`+responseUsage("0")+`}`)), good(9)}, // ChatGPT's backend, new-api
		{"no-usage", of(text, responseEvent("completed", `,"response":{"status":"completed","error":null}`)), good(0, input(-1), output(-1), warns("reported no output tokens"))},
		{"zero-usage", of(text, responseEvent("completed", `,"response":{"status":"completed","usage":{"input_tokens":0,"output_tokens":0,"total_tokens":0}}`)), good(0, input(-1), output(-1), warns("reported no output tokens"))}, // vLLM 0.10
		{"whole", of([]step{{280, responseEnd("completed", "completed", responseUsage("0")), true, true}}, ""), good(0)},
		{"refusal", of(deltas(10, 100, 20, responseDelta("refusal"), true), completed), good(9, remarked("refused"), warns("refus"))},
		{"failed", of(text, responseEvent("failed", failed)), fails("server", "Engine dead")},
		{"error", of(text, event("error", `,"code":"rate_limit_exceeded","message":"Slow down","param":null`)), fails("rate_limit", "Slow down")},
		{"cut", stream{dialect: "responses", steps: response(text, ""), cut: true}, fails("transport", "")},
		{"no-end", of(text, responseEvent("output_text.done", `,"text":"tok"`)), fails("contract", "without response.completed")},
		{"held-open", stream{dialect: "responses", steps: response(text, completed), hold: true}, good(9)},
	}
}
