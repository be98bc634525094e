package dialect

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"weighbridge/target"
)

// said are the chunks of a completion, a message or a response, one for each piece of its text.
func said(dialect string, pieces ...string) string {
	form := map[string]string{
		"openai":    `data: {"choices":[{"index":0,"delta":{"content":%s},"finish_reason":null}]}` + "\n\n",
		"anthropic": `data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":%s}}` + "\n\n",
		"responses": `data: {"type":"response.output_text.delta","delta":%s}` + "\n\n",
	}[dialect]
	var all strings.Builder
	for _, piece := range pieces {
		fmt.Fprintf(&all, form, marshal(piece))
	}
	return all.String()
}

// Servers that do not parse reasoning send it as content, in tags.
func TestReasoningInTheText(t *testing.T) {
	for _, c := range []struct {
		name   string
		pieces []string
		kinds  string // of each piece: reasoning, output, both
	}{
		{"a tag", []string{"<think>", "Hm", "</think>", "\n\n", "Hi"}, "rrroo"},
		{"a tag in pieces", []string{"<", "think", ">", "Hm", "</", "think", ">", "Hi"}, "rrrrrrro"},
		{"a tag in the prompt", []string{"Hm", ", well", "</think>", "Hi"}, "rrro"},
		{"a tag in the prompt, in pieces", []string{"Hm", "</", "think", ">", "Hi"}, "rrrro"},
		{"both in a piece", []string{"<think>Hm", ", well</think>Hi", " there"}, "rbo"},
		{"no end", []string{"<think>", "Hm", ", well"}, "rrr"},
		{"blanks first", []string{"\n", "<think>", "Hm", "</think>", "Hi"}, "rrrro"},
		{"of MiniMax", []string{"<mm:think>", "Hm", "</mm:think>", "Hi"}, "rrro"},
		{"of Bedrock", []string{"<reasoning>Hm", "</reasoning>Hi"}, "rb"},
		{"of Gemini", []string{"<thought>Hm\n", "</thought>", "Hi"}, "rro"},
		{"of Magistral", []string{"[THINK]", "Hm", "[/THINK]", "Hi"}, "rrro"},
		{"unparsed", []string{"<|channel|>analysis<|message|>", "Hm", "<|end|><|start|>assistant<|channel|>final<|message|>", "Hi"}, "rrro"},
		{"no tag", []string{"I", " think", " so"}, "ooo"},
		{"a tag in a text about tags", []string{"Use ", "<think>", " and ", "</think>"}, "oooo"},
		{"another tag", []string{"<b>", "Hi", "</b>"}, "ooo"},
		{"the end of a tag that is common", []string{"Hi", "</reasoning>"}, "oo"},
	} {
		for dialect, ends := range map[string][2]string{
			"openai":    {"", stopChunk + usageChunk("9") + doneEvent},
			"anthropic": {`data: {"type":"message_start","message":{"usage":{"input_tokens":9}}}` + "\n\n", `data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}` + "\n\n" + `data: {"type":"message_stop"}` + "\n\n"},
			"responses": {"", `data: {"type":"response.completed","response":{"status":"completed","usage":{"input_tokens":9,"output_tokens":9}}}` + "\n\n"},
		} {
			body := ends[0] + said(dialect, c.pieces...) + ends[1]
			for form, body := range map[string]string{"": body, ", escaped": strings.NewReplacer("<", `\u003c`, ">", `\u003e`).Replace(body)} {
				got := judgeBody(t, dialect, true, 200, body)
				kinds, size := "", 0
				for _, p := range got.Content {
					kinds += kindOf(p)
					size += p.Reasoning + p.Output
				}
				whole := len(strings.Join(c.pieces, ""))
				if got.Class != target.Success || kinds != c.kinds || form == "" && size < whole || size > 6*whole {
					t.Errorf("%s, %s%s: %q of %d bytes, want %q (%s)", c.name, dialect, form, kinds, size, c.kinds, got.Detail)
				}
			}
		}
	}
}

// kindOf says what a piece has.
func kindOf(p target.Piece) string {
	switch {
	case p.Reasoning > 0 && p.Output > 0:
		return "b"
	case p.Reasoning > 0:
		return "r"
	}
	return "o"
}

// Reasoning that comes as content and by its own name too is counted once.
func TestReasoningThatComesTwice(t *testing.T) {
	body := deltaChunk(`"content":"<think>Hm","reasoning_content":"Hm"`) + deltaChunk(`"content":"</think>Hi"`) + stopChunk + usageChunk("9") + doneEvent
	got := judgeBody(t, "openai", true, 200, body)
	if len(got.Content) != 2 || got.Content[0].Output != 0 || got.Content[0].Reasoning != len("<think>Hm") || got.Content[1].Output != len("Hi") {
		t.Errorf("%+v", got.Content)
	}
}

// Of reasoning between pieces of other output it is not known when it was, unless it came whole.
func TestReasoningBetweenOutput(t *testing.T) {
	text, thought := deltaChunk(`"content":"tok "`), deltaChunk(`"reasoning":"tok tok "`)
	for reasoning, hidden := range map[int]bool{4: false, 8: false, 16: false, 17: true, 100: true} {
		usage := usageChunk(fmt.Sprintf(`%d,"completion_tokens_details":{"reasoning_tokens":%d}`, reasoning+2, reasoning))
		got := judgeBody(t, "openai", true, 200, text+strings.Repeat(thought, 4)+text+stopChunk+usage+doneEvent)
		if got.Class != target.Success || slices.Contains(got.Remarks, target.HiddenTokens) != hidden {
			t.Errorf("%d tokens of reasoning: %v, want them hidden: %v", reasoning, got.Remarks, hidden)
		}
	}
}

// Reading the text again takes time in proportion to it.
func TestReasoningInALongText(t *testing.T) {
	pieces := slices.Repeat([]string{"<thi"}, 1<<15)
	got := judgeBody(t, "openai", true, 200, said("openai", pieces...)+stopChunk+usageChunk("9")+doneEvent)
	if got.Class != target.Success || len(got.Content) != len(pieces) {
		t.Errorf("%s: %d pieces", got.Detail, len(got.Content))
	}
}
