package dialect

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"weighbridge/target"
)

// judgeBody judges a response of the status with the dialect.
func judgeBody(t *testing.T, dialect string, stream bool, status int, body string) target.Outcome {
	t.Helper()
	header := http.Header{"Content-Type": {responseType(stream)}}
	return newDialect(t, modelConfig(dialect, stream)).Judge(status, header, []byte(body), 1)
}

const (
	stopChunk = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	doneEvent = "data: [DONE]\n\n"
)

// deltaChunk is a chunk with the fields of a delta.
func deltaChunk(fields string) string {
	return `data: {"choices":[{"index":0,"delta":{` + fields + `},"finish_reason":null}]}` + "\n\n"
}

// usageChunk is a chunk with the usage of so many output tokens.
func usageChunk(output string) string {
	return `data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":` + output + `}}` + "\n\n"
}

// Any status of the kind 2xx may carry an answer.
func TestEveryStatusOfSuccessIsOne(t *testing.T) {
	completion := `{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1}}`
	for status, want := range map[int]target.Class{200: target.Success, 201: target.Success, 202: target.Success, 299: target.Success, 302: target.Contract, 304: target.Contract, 400: target.ClientErr} {
		if got := judgeBody(t, "openai", false, status, completion); got.Class != want {
			t.Errorf("%d: class %q (%s), want %q", status, got.Class, got.Detail, want)
		}
	}
	if got := judgeBody(t, "openai", false, 204, ""); got.Class != target.Contract {
		t.Errorf("204 without a body: class %q", got.Class)
	}
}

// A number of tokens that cannot be one is not known, instead of a wrong one.
func TestCountsThatCannotBe(t *testing.T) {
	for raw, known := range map[string]bool{
		"0": true, "7": true, "7.0": true, "1e3": true, "100000000": true,
		"-1": false, "7.5": false, "100000001": false, "1e300": false, "null": false, `"7"`: false, "NaN": false, "[7]": false, "true": false,
	} {
		c := count{5, true}
		if err := c.UnmarshalJSON([]byte(raw)); err != nil || c.known != known || !known && c.n != 0 {
			t.Errorf("%s: %+v, %v", raw, c, err)
		}
	}
}

func TestOnlyAnExpressionWithBodyReadsBodies(t *testing.T) {
	for success, want := range map[string]bool{"status == 200": false, `header["etag"] != ""`: false, "status == 200 && body.ok": true} {
		d, err := newHTTP(target.Config{HTTP: target.HTTP{Path: "/", Success: success}})
		if err != nil || d.ReadsBody() != want {
			t.Errorf("%s: %v, want %v", success, err, want)
		}
	}
}

// An expression that does not fit an answer is told with the answer.
func TestAnExpressionThatDoesNotFitIsShownTheAnswer(t *testing.T) {
	d, err := newHTTP(target.Config{HTTP: target.HTTP{Path: "/", Success: "body.result.count > 0"}})
	if err != nil {
		t.Fatal(err)
	}
	out := d.Judge(200, http.Header{"Content-Type": {"application/json"}}, []byte(`{"items": [1]}`), 1)
	if out.Class != target.Contract || !strings.Contains(out.Detail, "cannot fetch count") || !strings.Contains(out.Detail, `"items":[1]`) {
		t.Errorf("%+v", out)
	}
}

// Reasoning counts by whatever name it comes; what goes with it, such as its signature, does not.
func TestReasoningOfEveryName(t *testing.T) {
	for fields, want := range map[string]target.Piece{
		`"reasoning_text":"Hm"`:                                   {Reasoning: 2},
		`"thought":"Hm"`:                                          {Reasoning: 2},
		`"content":"","think":"Hm"`:                               {Reasoning: 2},
		`"reasoning":{"content":"Hm"}`:                            {Reasoning: 2},
		`"thinking_blocks":[{"type":"thinking","thinking":"Hm"}]`: {Reasoning: 2},
		`"content":"Hi","reasoning_text":""`:                      {Output: 2},
		`"reasoning_signature":"abc"`:                             {},
		`"reasoning_opaque":"abc","reasoning_id":"r"`:             {},
		`"reasoning_finished":true`:                               {},
		`"role":"assistant","content":""`:                         {},
	} {
		got := judgeBody(t, "openai", true, 200, deltaChunk(fields)+stopChunk+usageChunk("2")+doneEvent)
		var pieces []target.Piece
		if want != (target.Piece{}) {
			want.End = len(deltaChunk(fields))
			pieces = []target.Piece{want}
		}
		if got.Class != target.Success || !slices.Equal(got.Content, pieces) {
			t.Errorf("%s: %+v, want %+v", fields, got, pieces)
		}
	}
}

// What takes no room is no output, and white space is marked.
func TestBlankPieces(t *testing.T) {
	for content, want := range map[string]target.Piece{
		`"Hi"`:                {Output: 2},
		`" Hi"`:               {Output: 3},
		`" "`:                 {Output: 1, Blank: true},
		`"\n\n"`:              {Output: 4, Blank: true},
		`"\u00a0"`:            {Output: 6, Blank: true},
		`[{"text":" "}]`:      {Output: 1, Blank: true},
		`" ","reasoning":"a"`: {Output: 1, Reasoning: 1},
		`"\\"`:                {Output: 2},
		`"é"`:                 {Output: 2},
		`""`:                  {},
		`"\u200b"`:            {},
		`"\u200b\ufeff"`:      {},
		`"\u200bHi"`:          {Output: 8},
	} {
		for dialect, form := range map[string]string{
			"openai":    deltaChunk(`"content":` + content),
			"anthropic": `data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":` + content + "}}\n\n",
			"responses": `data: {"type":"response.output_text.delta","delta":` + content + "}\n\n",
		} {
			end := map[string]string{
				"openai":    stopChunk + doneEvent,
				"anthropic": `data: {"type":"message_start","message":{}}` + "\n\n" + `data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}` + "\n\n" + messageStop,
				"responses": `data: {"type":"response.completed","response":{"status":"completed"}}` + "\n\n",
			}[dialect]
			if dialect != "openai" && strings.Contains(content, "reasoning") {
				continue
			}
			got := judgeBody(t, dialect, true, 200, form+end)
			var piece target.Piece
			if len(got.Content) > 0 {
				piece = got.Content[0]
				piece.End = 0
			}
			if got.Class != target.Success || len(got.Content) > 1 || piece != want {
				t.Errorf("%s, %s: %+v, want %+v (%s)", content, dialect, got.Content, want, got.Detail)
			}
		}
	}
}

// An answer that came in more pieces than it bills tokens is remarked on: the number may be wrong.
func TestFewerTokensThanPieces(t *testing.T) {
	text, thought := deltaChunk(`"content":"tok "`), deltaChunk(`"reasoning":"tok "`)
	for _, c := range []struct {
		name, body string
		few        bool
	}{
		{"as many", strings.Repeat(text, 4) + stopChunk + usageChunk("4"), false},
		{"one too few", strings.Repeat(text, 4) + stopChunk + usageChunk("3"), true},
		{"one of many", strings.Repeat(text, 4) + stopChunk + usageChunk("1"), true},
		{"one where that cannot be", strings.Repeat(text, 9) + stopChunk + usageChunk("1"), false},
		{"reasoning apart", strings.Repeat(thought, 9) + strings.Repeat(text, 4) + stopChunk + usageChunk(`9,"completion_tokens_details":{"reasoning_tokens":5}`), false},
		{"too little output", strings.Repeat(text, 4) + stopChunk + usageChunk(`9,"completion_tokens_details":{"reasoning_tokens":6}`), true},
	} {
		got := judgeBody(t, "openai", true, 200, c.body+doneEvent)
		if got.Class != target.Success || got.Remarked(target.FewTokens) != c.few {
			t.Errorf("%s: %+v, want the remark: %v", c.name, got, c.few)
		}
	}
}

// The usage adds up the tokens of all choices, so that no time per token is that of one.
func TestSeveralChoicesAreRemarked(t *testing.T) {
	first := deltaChunk(`"content":"tok "`)
	second := strings.Replace(first, `"index":0`, `"index":1`, 1)
	silent := strings.Replace(deltaChunk(`"role":"assistant"`), `"index":0`, `"index":1`, 1)
	for _, c := range []struct {
		name, body string
		several    bool
	}{
		{"one", first + first, false},
		{"two", first + second + first + second, true},
		{"two, of which one says nothing", first + silent + first, false},
		{"an index that is no number", strings.Replace(first, `"index":0`, `"index":"a"`, 1) + first, false},
	} {
		got := judgeBody(t, "openai", true, 200, c.body+stopChunk+usageChunk("4")+doneEvent)
		if got.Class != target.Success || got.Remarked(target.SeveralChoices) != c.several {
			t.Errorf("%s: %+v, want the remark: %v", c.name, got, c.several)
		}
	}
}

// Output tokens are those of the whole answer, or are not known.
func TestOutputTokensOfStreams(t *testing.T) {
	text := deltaChunk(`"content":"tok "`)
	reports := func(usage string) string {
		return strings.Replace(text, "}]}", `}],"usage":{"prompt_tokens":9,"completion_tokens":`+usage+"}}", 1)
	}
	groq := `data: {"choices":[],"x_groq":{"usage":{"prompt_tokens":9,"completion_tokens":4}}}` + "\n\n"
	four := strings.Repeat(text, 4)
	for _, c := range []struct {
		name, body    string
		input, output uint64 // 0 if not known
	}{
		{"at the end", four + stopChunk + usageChunk("4"), 9, 4},
		{"with the last piece", text + text + text + reports("4") + stopChunk, 9, 4},
		{"with the last piece, then null", text + text + text + reports("4") + stopChunk + `data: {"choices":[],"usage":null}` + "\n\n", 9, 4},
		{"with the first piece only", reports("1") + text + text + text + stopChunk, 9, 0},
		{"with every other piece", reports("1") + text + reports("3") + text + stopChunk, 9, 0},
		{"one with every piece, of it alone", strings.Repeat(reports("1"), 9) + stopChunk, 9, 0},
		{"one for nine pieces", strings.Repeat(text, 9) + stopChunk + usageChunk("1"), 9, 0},
		{"Groq's", four + stopChunk + groq, 9, 4},
		{"Moonshot's", four + strings.Replace(stopChunk, `"stop"`, `"stop","usage":{"prompt_tokens":9,"completion_tokens":4}`, 1), 9, 4},
		{"Gemini's, without its thoughts", four + stopChunk + usageChunk(`4,"total_tokens":113`), 9, 104},
		{"a total without the tokens of the cache", four + stopChunk + usageChunk(`4,"total_tokens":20,"prompt_tokens_details":{"cached_tokens":7}`), 16, 4},
		{"a total of the prompt", four + stopChunk + usageChunk(`4,"total_tokens":9`), 9, 4},
	} {
		got := judgeBody(t, "openai", true, 200, c.body+doneEvent)
		if got.Class != target.Success || got.InputTokens != c.input || got.OutputTokens != c.output || got.Remarked(target.NoUsage) != (c.output == 0) {
			t.Errorf("%s: %+v, want %d and %d tokens", c.name, got, c.input, c.output)
		}
	}
}

// Servers have names of their own for parts of the usage.
func TestPartsOfTheUsage(t *testing.T) {
	text := strings.Repeat(deltaChunk(`"content":"tok "`), 4)
	const none = -1
	for _, c := range []struct {
		name, usage                          string
		cached, written, reasoning, rejected int
	}{
		{"OpenAI", `"prompt_tokens_details":{"cached_tokens":60},"completion_tokens_details":{"reasoning_tokens":3,"rejected_prediction_tokens":5}`, 60, 0, 3, 5},
		{"DeepSeek", `"prompt_cache_hit_tokens":60,"prompt_cache_miss_tokens":40`, 60, 0, none, 0},
		{"Moonshot", `"cached_tokens":60`, 60, 0, none, 0},
		{"OpenRouter", `"prompt_tokens_details":{"cached_tokens":60,"cache_write_tokens":30}`, 60, 30, none, 0},
		{"LiteLLM", `"prompt_tokens_details":{"cached_tokens":60,"cache_creation_tokens":30},"cache_read_input_tokens":60,"cache_creation_input_tokens":30`, 60, 30, none, 0},
		{"LiteLLM, streamed", `"prompt_tokens_details":{"cached_tokens":0},"cache_read_input_tokens":60,"cache_creation_input_tokens":30`, 60, 30, none, 0},
		{"SGLang", `"reasoning_tokens":3,"prompt_tokens_details":null`, none, 0, 3, 0},
		{"SGLang without a parser", `"reasoning_tokens":0`, none, 0, none, 0},
		{"more rejected than there are", `"completion_tokens_details":{"rejected_prediction_tokens":20}`, none, 0, none, 0},
	} {
		got := judgeBody(t, "openai", true, 200, text+stopChunk+`data: {"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":12,`+c.usage+"}}\n\n"+doneEvent)
		number := func(n *uint64) int {
			if n == nil {
				return none
			}
			return int(*n)
		}
		if number(got.CachedTokens) != c.cached || int(got.CacheWriteTokens) != c.written || number(got.ReasoningTokens) != c.reasoning || int(got.RejectedTokens) != c.rejected {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// Reasoning that was streamed is not of no tokens, whatever the usage says.
func TestNoTokensOfReasoningAreUnknown(t *testing.T) {
	body := deltaChunk(`"reasoning":"Hm"`) + deltaChunk(`"content":"Hi"`) + stopChunk + usageChunk(`2,"completion_tokens_details":{"reasoning_tokens":0}`) + doneEvent
	if got := judgeBody(t, "openai", true, 200, body); got.Class != target.Success || got.ReasoningTokens != nil || len(got.Remarks) > 0 {
		t.Errorf("%+v", got)
	}
}

// Servers that do not stream send the whole answer as one event; others repeat in each what came.
func TestMessagesInPlaceOfDeltas(t *testing.T) {
	for name, c := range map[string]struct {
		body  string
		bytes []int
	}{
		"whole":      {`data: {"choices":[{"index":0,"message":{"role":"assistant","content":"Hi there"},"finish_reason":"stop"}]}` + "\n\n", []int{8}},
		"beside":     {`data: {"choices":[{"delta":{"content":"Hi"},"message":{"content":"Hi"}}]}` + "\n\n" + `data: {"choices":[{"delta":{"content":""},"message":{"content":"Hi"},"finish_reason":"stop"}]}` + "\n\n", []int{2}},
		"no message": {`data: {"choices":[{"delta":{"content":"Hi"},"message":"ok","finish_reason":"stop"}]}` + "\n\n", []int{2}},
	} {
		got := judgeBody(t, "openai", true, 200, c.body+usageChunk("2")+doneEvent)
		var bytes []int
		for _, p := range got.Content {
			bytes = append(bytes, p.Output)
		}
		if got.Class != target.Success || !slices.Equal(bytes, c.bytes) {
			t.Errorf("%s: %s %v, want %v", name, got.Detail, bytes, c.bytes)
		}
	}
}

// Running totals that leave reasoning out are on the scale of the whole answer.
func TestRunningTotalsWithReasoningBesideThem(t *testing.T) {
	piece := func(n int, details string) string {
		usage := fmt.Sprintf(`}],"usage":{"prompt_tokens":9,"completion_tokens":%d,"total_tokens":%d%s}}`, n, n+109, details)
		return strings.Replace(deltaChunk(`"content":"tok "`), "}]}", usage, 1)
	}
	for _, details := range []string{"", `,"completion_tokens_details":{"reasoning_tokens":100}`} {
		got := judgeBody(t, "openai", true, 200, piece(1, details)+deltaChunk(`"content":"tok "`)+piece(3, details)+stopChunk+doneEvent)
		var totals []uint64
		for _, p := range got.Content {
			totals = append(totals, p.Tokens)
		}
		if got.OutputTokens != 103 || got.ReasoningTokens == nil || *got.ReasoningTokens != 100 || !slices.Equal(totals, []uint64{101, 0, 103}) {
			t.Errorf("%s: %+v, totals %d", details, got, totals)
		}
	}
}

// An answer with more tokens than its text seems to have is remarked on: some may be hidden.
func TestTokensThatMayBeHidden(t *testing.T) {
	text := strings.Repeat(deltaChunk(`"content":" fox"`), 50) // 200 bytes
	for usage, want := range map[string]target.Remark{
		"50": "", "51": "", "116": "", // the ends of messages have no text
		"117": target.DenseTokens, "216": target.DenseTokens, "217": target.HiddenTokens,
		`1050,"completion_tokens_details":{"reasoning_tokens":1000}`: "",
	} {
		got := judgeBody(t, "openai", true, 200, text+stopChunk+usageChunk(usage)+doneEvent)
		if remarks := append(got.Remarks, ""); got.Class != target.Success || remarks[0] != want {
			t.Errorf("%s: %+v, want the remark %q", usage, got.Remarks, want)
		}
	}
	digits := strings.Repeat(deltaChunk(`"content":"7"`), 100)
	if got := judgeBody(t, "openai", true, 200, digits+stopChunk+usageChunk("101")+doneEvent); got.Class != target.Success || len(got.Remarks) > 0 {
		t.Errorf("a digit a token: %+v", got)
	}
}

// The output tokens of message_start are those of an answer that has not begun.
func TestTokensOfTheStartAreNotThoseOfTheAnswer(t *testing.T) {
	end := `data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}` + "\n\n" + messageStop
	got := judgeBody(t, "anthropic", true, 200, messageStart+blockStart+delta+delta+end)
	if got.Class != target.Success || got.OutputByPrompt != nil || got.InputTokens != 15 || !got.Remarked(target.NoUsage) {
		t.Errorf("%+v", got)
	}
}

// A running total that ended before the answer did is not that of the answer.
func TestAnEarlyMessageDeltaHasNotTheTokensOfTheAnswer(t *testing.T) {
	early := `data: {"type":"message_delta","delta":{},"usage":{"output_tokens":2}}` + "\n\n"
	end := `data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}` + "\n\n"
	whole := `data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}` + "\n\n"
	for body, want := range map[string]uint64{
		delta + early + delta + end:         0,
		delta + early + delta + whole:       4,
		delta + delta + early + end:         2,
		delta + delta + whole + early + end: 2,
	} {
		got := judgeBody(t, "anthropic", true, 200, messageStart+blockStart+body+messageStop)
		if got.Class != target.Success || got.OutputTokens != want || got.Remarked(target.NoUsage) != (want == 0) {
			t.Errorf("%s: %+v, want %d", body, got, want)
		}
	}
}

// A stream whose end need not be said has failed if it says something else in place of it.
func TestALenientStreamThatSaysWhyItEndsHasFailed(t *testing.T) {
	text := deltaChunk(`"content":"tok "`)
	for said, want := range map[string]target.Class{
		"": target.Success,
		`data: {"detail":"CUDA out of memory"}` + "\n\n": target.Contract,
	} {
		if got := judgeOpenAIStream([]byte(text+said+doneEvent), true); got.Class != want {
			t.Errorf("%q: class %q (%s), want %q", said, got.Class, got.Detail, want)
		}
	}
}

// Errors inside a 200 that no API documents, and servers send.
func TestErrorsOutsideTheirPlace(t *testing.T) {
	text := deltaChunk(`"content":"tok "`)
	for _, c := range []struct {
		name, body string
		stream     bool
		class      target.Class
		says       string
	}{
		{"in a list", `data: [{"error":{"code":503,"message":"Too busy"}}]` + "\n\n", true, target.Server, "Too busy"},
		{"a list alone", `[{"error":{"code":429,"message":"Too busy"}}]`, true, target.RateLimit, "Too busy"},
		{"a list for a completion", `[{"error":{"code":429,"message":"Too busy"}}]`, false, target.RateLimit, "Too busy"},
		{"without an envelope", text + `data: {"code":500,"message":"Engine dead"}` + "\n\n", true, target.Server, "Engine dead"},
		{"a line of JSON", text + `{"error":{"message":"boom"}}` + "\n\n", true, target.Server, "boom"},
		{"a field named error", text + `error: {"code":500,"message":"slot unavailable"}` + "\n\n", true, target.Server, "slot unavailable"},
		{"a field of text", text + `error: out of memory`, true, target.Server, "out of memory"},
		{"an exception of AWS", text + "event: throttlingException\n" + `data: {"message":"Too busy"}` + "\n\n", true, target.RateLimit, "Too busy (throttlingException)"},
		{"an exception named in its data", text + "event: exception\n" + `data: {"__type":"ThrottlingException","message":"Too busy"}` + "\n\n", true, target.RateLimit, "Too busy"},
		{"an exception of the model", text + "event: modelStreamErrorException\n" + `data: {"message":"Gone"}` + "\n\n", true, target.Server, "Gone"},
		{"a detail", text + `data: {"detail":"Internal Server Error"}` + "\n\n", true, target.Contract, "ended with \"Internal Server Error\""},
		{"a detail, then the end", `data: {"detail":"CUDA out of memory"}` + "\n\n" + doneEvent, true, target.Contract, `the stream has no choices: it says "CUDA out of memory"`},
		{"a detail after text, then the end", text + `data: {"detail":"CUDA out of memory"}` + "\n\n" + doneEvent, true, target.Contract, `no finish_reason: it says "CUDA out of memory"`},
		{"an error by its type, then the end", text + `data: {"type":"error","message":"Engine dead"}` + "\n\n" + doneEvent, true, target.Contract, `no finish_reason: it says "Engine dead"`},
		{"a detail for a completion", `{"detail":"CUDA out of memory"}`, false, target.Contract, `the completion has no choices: it says "CUDA out of memory"`},
		{"nothing said, then the end", text + doneEvent, true, target.Contract, "the stream has no finish_reason (target"},
		{"a text for a completion", `"oops"`, false, target.Contract, "expected a JSON object, found a value of the kind string"},
		{"no empty line between events", strings.ReplaceAll(text+text, "\n\n", "\n") + "data: [DONE]\n\n", true, target.Contract, "expected an empty line after each event"},
		{"no error at all", text, true, target.Contract, "ended without [DONE]"},
	} {
		got := judgeBody(t, "openai", c.stream, 200, c.body)
		if got.Class != c.class || !strings.Contains(got.Detail, c.says) {
			t.Errorf("%s: class %q: %s; want %q: %s", c.name, got.Class, got.Detail, c.class, c.says)
		}
	}
}
