package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weighbridge/mockserver/api"
)

// parsedStream is what a client reads from a stream.
type parsedStream struct {
	text   string
	usage  api.Usage
	deltas int
	// tokens is the sum of the events' Tokens.
	tokens uint64
}

// delta is an object at Anthropic, and a text in the Responses API.
type delta struct{ Text *string }

func (d *delta) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, &d.Text)
	}
	type object delta
	return json.Unmarshal(raw, (*object)(d))
}

func parseStream(t *rapid.T, events []api.Event) parsedStream {
	var out parsedStream
	for i, e := range events {
		if e.Last != (i == len(events)-1) {
			t.Fatalf("event %d of %d has Last %v", i, len(events), e.Last)
		}
		out.tokens += e.Tokens
		if string(e.Data) == "[DONE]" {
			continue
		}
		var data struct {
			Message struct{ Usage api.Usage }
			Delta   delta
			Choices []struct{ Delta struct{ Content string } }
			Usage   *struct {
				api.Usage
				Prompt     uint64 `json:"prompt_tokens"`
				Completion uint64 `json:"completion_tokens"`
			}
			Response struct{ Usage api.Usage }
		}
		if err := json.Unmarshal(e.Data, &data); err != nil {
			t.Fatalf("%s: %v", e.Data, err)
		}
		if data.Delta.Text != nil {
			out.text += *data.Delta.Text
			out.deltas++
		}
		for _, choice := range data.Choices {
			if choice.Delta.Content != "" {
				out.deltas++
			}
			out.text += choice.Delta.Content
		}
		if data.Response.Usage != (api.Usage{}) {
			out.usage = data.Response.Usage
		}
		if data.Usage != nil {
			out.usage = api.Usage{Input: data.Usage.Input + data.Usage.Prompt, Output: data.Usage.Output + data.Usage.Completion}
		}
	}
	return out
}

// drawItem draws any item that a server may stream.
func drawItem(t *rapid.T) api.Item {
	out := api.Item{
		Usage:     api.Usage{Input: rapid.Uint64Range(0, 1e6).Draw(t, "input"), Output: rapid.Uint64Range(0, 40).Draw(t, "output")},
		Truncated: rapid.Bool().Draw(t, "cut"),
	}
	if out.Completion = firstWords(out.Usage.Output); rapid.Bool().Draw(t, "irregular white space") {
		out.Completion = rapid.StringOf(rapid.SampledFrom([]rune("ab  \n\té\"<\u2028"))).Draw(t, "completion")
	}
	if rapid.Bool().Draw(t, "stopped") {
		out.StopSequence = "stop"
	}
	return out
}

func TestStreamAddsUpToTheAnswer(t *testing.T) {
	for path, dialect := range map[string]api.Dialect{
		"/v1/messages": api.Anthropic(), "/v1/chat/completions": api.OpenAI(), "/v1/responses": api.Responses(),
	} {
		complete := completion(t, dialect, path)
		rapid.Check(t, func(t *rapid.T) {
			item := drawItem(t)
			a := api.Answer{
				Call: api.Call{Model: "m", IncludeUsage: true}, Created: noon,
				Chunk: rapid.IntRange(-1, 7).Draw(t, "chunk"), Items: []api.Item{item},
			}
			events, err := complete.Stream(a)
			if err != nil {
				t.Fatal(err)
			}
			got := parseStream(t, events)
			if got.text != item.Completion {
				t.Fatalf("the stream's text is %q, want %q", got.text, item.Completion)
			}
			if got.usage != item.Usage {
				t.Fatalf("the stream's usage is %+v, want %+v", got.usage, item.Usage)
			}
			if item.Completion != "" && got.tokens != item.Usage.Output {
				t.Fatalf("the events carry %d tokens, want %d", got.tokens, item.Usage.Output)
			}
			n, size := len(strings.Fields(item.Completion)), max(a.Chunk, 1)
			if want := (n + size - 1) / size; n > 0 && got.deltas != want {
				t.Fatalf("%d deltas of %d words in chunks of %d, want %d", got.deltas, n, size, want)
			}
		})
	}
}

func TestAnthropicEventOrder(t *testing.T) {
	complete := completion(t, api.Anthropic(), "/v1/messages")
	order := func(item api.Item) []string {
		events, err := complete.Stream(api.Answer{Chunk: 3, Items: []api.Item{item}})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range events {
			names = append(names, e.Name)
			if !strings.HasPrefix(string(e.Data), `{"type":"`+e.Name+`"`) {
				t.Errorf("the data of %s is %s", e.Name, e.Data)
			}
		}
		return names
	}
	begin := []string{"message_start", "content_block_start", "ping"}
	end := []string{"content_block_stop", "message_delta", "message_stop"}
	want := append(append(append([]string{}, begin...), "content_block_delta", "content_block_delta"), end...)
	if diff := cmp.Diff(want, order(api.Item{Completion: firstWords(4), Usage: api.Usage{Output: 4}})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(append(append([]string{}, begin...), end...), order(api.Item{})); diff != "" {
		t.Error(diff)
	}
}

func TestOpenAIUsageOnlyIfRequested(t *testing.T) {
	complete := completion(t, api.OpenAI(), "/v1/chat/completions")
	for _, include := range []bool{false, true} {
		a := api.Answer{Call: api.Call{IncludeUsage: include}, Chunk: 1, Items: []api.Item{{Completion: "a b", Usage: api.Usage{Output: 2}}}}
		events, err := complete.Stream(a)
		if err != nil {
			t.Fatal(err)
		}
		chunks := events[:len(events)-1]
		for i, e := range chunks {
			null, any := strings.Contains(string(e.Data), `"usage":null`), strings.Contains(string(e.Data), `"usage"`)
			switch last := i == len(chunks)-1; {
			case !include && any, include && !last && !null:
				t.Errorf("include %v, chunk %d: %s", include, i, e.Data)
			case include && last && (null || !any || !strings.Contains(string(e.Data), `"choices":[]`)):
				t.Errorf("the last chunk is %s", e.Data)
			}
		}
	}
}
