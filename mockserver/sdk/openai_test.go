package sdk_test

import (
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// openai is the SDK's client with its defaults, at the mock. What it sends
// passes through w.
func (m *mock) openai(t *testing.T, protocol string, w *wire) openai.Client {
	t.Helper()
	return openai.NewClient(
		option.WithBaseURL(m.arm.URL+"/v1"), option.WithHTTPClient(m.client(t, protocol)),
		option.WithAPIKey("test"), option.WithMiddleware(w.middleware),
	)
}

// chat is a question that may be answered in so many tokens.
func chat(maxTokens int64) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model: model, MaxCompletionTokens: openai.Int(maxTokens),
		Messages: []openai.ChatCompletionMessageParamUnion{
			openai.SystemMessage("Answer by the needle."), openai.UserMessage("How heavy is the cart?"),
		},
	}
}

func TestOpenAICreate(t *testing.T) {
	both(t, func(t *testing.T, protocol string) {
		m, w := host(t), &wire{}
		client := m.openai(t, protocol, w)
		params := chat(64)
		before := int64(0)
		for range 2 {
			completion, err := client.Chat.Completions.New(bounded(t), params)
			if err != nil {
				t.Fatal(err)
			}
			conform(t, completion)
			if !strings.HasPrefix(completion.ID, "chatcmpl-") || completion.Model != model || len(completion.Choices) != 1 ||
				completion.Choices[0].FinishReason != "stop" || completion.Choices[0].Message.Content == "" {
				t.Fatalf("got %s", completion.RawJSON())
			}
			u := completion.Usage
			if u.CompletionTokens != said || u.PromptTokens <= before || u.TotalTokens != u.PromptTokens+u.CompletionTokens {
				t.Errorf("it was billed %s", u.RawJSON())
			}
			before = u.PromptTokens
			params.Messages = append(params.Messages, completion.Choices[0].Message.ToParam(), openai.UserMessage("And without the straw?"))
		}
		if a := w.last(t); a.protocol != protocol || a.path != "/v1/chat/completions" || a.sent.Get("Authorization") != "Bearer test" {
			t.Errorf("%s over %s by %q", a.path, a.protocol, a.sent.Get("Authorization"))
		}
	})
}

func TestOpenAIFinishReasons(t *testing.T) {
	t.Parallel()
	m := host(t)
	client := m.openai(t, "HTTP/2.0", &wire{})
	for _, test := range []struct {
		maxTokens int64
		stop      string
		reason    string
	}{{64, "", "stop"}, {said - 3, "", "length"}, {64, "e", "stop"}} {
		params := chat(test.maxTokens)
		if test.stop != "" {
			params.Stop = openai.ChatCompletionNewParamsStopUnion{OfStringArray: []string{test.stop}}
		}
		completion, err := client.Chat.Completions.New(bounded(t), params)
		if err != nil {
			t.Fatal(err)
		}
		choice := completion.Choices[0]
		if choice.FinishReason != test.reason || test.reason == "length" && completion.Usage.CompletionTokens != test.maxTokens ||
			test.stop != "" && strings.Contains(choice.Message.Content, test.stop) {
			t.Errorf("with %+v got %s", test, completion.RawJSON())
		}
	}
}

func TestOpenAIStream(t *testing.T) {
	both(t, func(t *testing.T, protocol string) {
		m := host(t)
		for _, usage := range []bool{true, false} {
			w := &wire{}
			client := m.openai(t, protocol, w)
			params := chat(64)
			if usage {
				params.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
			}
			got := listen(t, client, params)
			if got.err != nil || !got.finished || len(got.said.Choices) != 1 {
				t.Fatalf("finished %v, %v: %+v", got.finished, got.err, got.said.Choices)
			}
			choice := got.said.Choices[0]
			if choice.FinishReason != "stop" || choice.Message.Role != "assistant" || choice.Message.Content != strings.Join(got.deltas, "") || len(got.deltas) != said {
				t.Errorf("%q became %+v", got.deltas, choice)
			}
			u, want := got.said.Usage, int64(0)
			if usage {
				want = said
			}
			if u.CompletionTokens != want || (u.PromptTokens > 0) != usage || u.TotalTokens != u.PromptTokens+u.CompletionTokens {
				t.Errorf("asked for usage %v it tells %+v", usage, u)
			}
			if a := w.last(t); !strings.HasPrefix(a.got.Get("Content-Type"), "text/event-stream") || !strings.HasSuffix(a.body.String(), "data: [DONE]\n\n") {
				t.Errorf("a stream of %q ends %q", a.got.Get("Content-Type"), a.body.String())
			}
			w.expect(t, 200)
		}
	})
}

func TestOpenAIModels(t *testing.T) {
	t.Parallel()
	m := host(t)
	client := m.openai(t, "HTTP/2.0", &wire{})
	pager := client.Models.ListAutoPaging(bounded(t))
	listed := 0
	for pager.Next() {
		listed++
		one := pager.Current()
		conform(t, one)
		alone, err := client.Models.Get(bounded(t), one.ID)
		if err != nil || alone.ID != one.ID || alone.Object != "model" {
			t.Errorf("alone it is %+v, %v", alone, err)
		}
	}
	if pager.Err() != nil || listed == 0 {
		t.Errorf("%d models, %v", listed, pager.Err())
	}
}

// heard is a stream of chunks to its end.
type heard struct {
	said     openai.ChatCompletionAccumulator
	deltas   []string
	finished bool
	err      error
}

// listen reads a stream as the SDK's README does.
func listen(t *testing.T, client openai.Client, params openai.ChatCompletionNewParams) *heard {
	t.Helper()
	stream := client.Chat.Completions.NewStreaming(bounded(t), params)
	defer stream.Close()
	got := &heard{}
	for stream.Next() {
		chunk := stream.Current()
		conform(t, chunk)
		if !got.said.AddChunk(chunk) {
			t.Errorf("the accumulator takes no %s", chunk.RawJSON())
		}
		for _, choice := range chunk.Choices {
			if choice.Delta.Content != "" {
				got.deltas = append(got.deltas, choice.Delta.Content)
			}
			got.finished = got.finished || choice.FinishReason != ""
		}
	}
	got.err = stream.Err()
	return got
}
