package dialect

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"weighbridge/target"
)

func remark(r target.Remark) []target.Remark {
	if r == "" {
		return nil
	}
	return []target.Remark{r}
}

// The reason why an answer ended makes some of them failures, and others remarkable.
func TestReasonsOfTheEnd(t *testing.T) {
	for _, c := range []struct {
		reason, content string
		class           target.Class
		remark          target.Remark
	}{
		{"stop", "hi", target.Success, ""},
		{"length", "hi", target.Success, ""},
		{"stop", "", target.Success, target.Empty},
		{"length", "", target.Success, target.Empty},
		{"content_filter", "hi", target.Success, target.Filtered},
		{"content_filter", "", target.Success, target.Filtered},
		{"abort", "hi", target.Server, ""},
		{"error", "", target.Server, ""},
		{"cancelled", "hi", target.Server, ""},
		{"insufficient_system_resource", "hi", target.Server, ""},
		{"network_error", "hi", target.Server, ""},
		{"timeout", "hi", target.Server, ""},
		{"sensitive", "hi", target.Success, target.Filtered},
		{"SAFETY", "", target.Success, target.Filtered}, // Gemini
		{"content-filter", "hi", target.Success, target.Filtered},
		{"content_filter: RECITATION", "hi", target.Success, target.Filtered},
		{"ERROR", "hi", target.Server, ""},
		{"MAX_TOKENS", "hi", target.Success, ""},
		{"refusal", "hi", target.Success, target.Refused},
		{"refusal", "", target.Success, target.Refused},
		{"", "hi", target.Contract, ""},
	} {
		reported := `"usage":{"prompt_tokens":9,"completion_tokens":1}`
		reason := `"finish_reason":"` + c.reason + `"`
		stop := `"stop_reason":"` + c.reason + `"`
		blocks := ""
		if c.content != "" {
			blocks = `{"type":"text","text":"` + c.content + `"}`
		}
		for _, form := range []struct {
			dialect string
			stream  bool
			body    string
		}{
			{"openai", false, `{"choices":[{"message":{"content":"` + c.content + `"},` + reason + `}],` + reported + `}`},
			{"openai", true, `data: {"choices":[{"delta":{"content":"` + c.content + `"},` + reason + `}],` + reported + "}\n\ndata: [DONE]\n\n"},
			{"anthropic", false, `{"type":"message","content":[` + blocks + `],` + stop + `,"usage":{"input_tokens":9,"output_tokens":1}}`},
			{"anthropic", true, messageStart + `data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"` + c.content + "\"}}\n\n" +
				`data: {"type":"message_delta","delta":{` + stop + `},"usage":{"output_tokens":1}}` + "\n\n" + messageStop},
		} {
			cfg := modelConfig(form.dialect, form.stream)
			header := http.Header{"Content-Type": {responseType(form.stream)}}
			got := newDialect(t, cfg).Judge(200, header, []byte(form.body), 1)
			if got.Class != c.class || !slices.Equal(got.Remarks, remark(c.remark)) {
				t.Errorf("%s, %q of %q: class %q, remarks %v; want %q, %q\n%s", form.dialect, c.reason, c.content, got.Class, got.Remarks, c.class, c.remark, form.body)
			}
			if got.Class == target.Success && got.Finish != c.reason {
				t.Errorf("%s: the answer ended with %q, want %q", form.dialect, got.Finish, c.reason)
			}
			cfg.StreamEnd = lenient
			if got := newDialect(t, cfg).Judge(200, header, []byte(form.body), 1); c.reason == "" && got.Class != target.Success {
				t.Errorf("%s, lenient: %+v", form.dialect, got)
			}
		}
	}
}

// A lenient dialect accepts a stream without its end, and no body that is no stream.
func TestLenientStreams(t *testing.T) {
	const text = `data: {"choices":[{"delta":{"content":"hi"}}]}` + "\n\n"
	for body, want := range map[string]target.Class{
		text: target.Success, text + "data: {\"choi": target.Success, text + "data: {\"choi\n\n": target.Contract,
		"": target.Contract, "hello": target.Contract, "data: [DONE]\n\n": target.Contract,
		"data: {\"error\":\"x\"}\n\n": target.Server, "\x1f\x8b\x08": target.Contract,
	} {
		cfg := modelConfig("openai", true)
		cfg.StreamEnd = lenient
		got := newDialect(t, cfg).Judge(200, http.Header{"Content-Type": {typeEvents}}, []byte(body), 1)
		if got.Class != want || strings.HasPrefix(body, "\x1f") && !strings.Contains(got.Detail, "gzip") {
			t.Errorf("%q: class %q, %q; want %q", body, got.Class, got.Detail, want)
		}
	}
}

// The end of a stream is seen whichever pieces it arrives in, and nothing else is its end.
func TestTheEndOfAStreamIsSeen(t *testing.T) {
	openaiText := `data: {"choices":[{"delta":{"content":"say data: [DONE] or \\ndata: [DONE]"}}]}` + "\n\n"
	anthropicText := strings.ReplaceAll(delta, "Hi", `message_stop \"error\"`)
	responsesText := `data: {"type":"response.output_text.delta","delta":"\"response.completed\" \"error\" [DONE]"}` + "\n\n"
	for _, c := range []struct{ dialect, before, end string }{
		{"openai", openaiText, "data: [DONE]"},
		{"openai", openaiText + ": [DONE]\n\n", "data:[DONE]"},
		{"openai", strings.ReplaceAll(openaiText, "\n", "\r\n"), "data: [DONE]"},
		{"openai", strings.ReplaceAll(openaiText, "\n", "\r"), "data: [DONE]"},
		{"openai", openaiText + "data: {\"error\":null}\n\n", `data: {"error":{"message":"m"}}`},
		{"anthropic", messageStart + anthropicText + messageDelta + "event: message_stop\n", `data: {"type":"message_stop"}`},
		{"responses", responsesText + "event: response.completed\n", `data: {"type":"response.completed","response":{"status":"completed"}}`},
		{"responses", responsesText, `data: {"type":"response.incomplete"}`},
		{"responses", responsesText, `data: {"type":"response.failed","response":{"status":"failed"}}`},
		{"responses", responsesText + "event: error\n", `data: {"type":"error","code":"server_error","message":"m"}`},
		{"responses", responsesText, "data: [DONE]"},
		{"anthropic", messageStart + anthropicText + "event: error\n", `data: {"type":"error","error":{"type":"overloaded_error"}}`},
	} {
		s := newDialect(t, modelConfig(c.dialect, true)).(target.Streaming)
		body := []byte(c.before + c.end)
		for size := 1; size <= len(body); size++ {
			for at := 0; at < len(body); at += size {
				to := min(at+size, len(body))
				if got := s.Ended(body[:to], at); got != (to == len(body)) {
					t.Fatalf("%s in pieces of %d: ended is %v after %q", c.dialect, size, got, body[:to])
				}
			}
		}
	}
}
