package sdk_test

import (
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// openai returns the SDK's client with its defaults, for the mock. w records its requests.
func (m *mock) openai(t *testing.T, protocol string, w *recorder) openai.Client {
	t.Helper()
	return openai.NewClient(
		option.WithBaseURL(m.arm.URL+"/v1"), option.WithHTTPClient(m.client(t, protocol)),
		option.WithAPIKey("test"), option.WithMiddleware(w.middleware),
	)
}

// chatParams returns the parameters of a request with maxTokens.
func chatParams(maxTokens int64) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model: model, MaxCompletionTokens: openai.Int(maxTokens),
		Messages: []openai.ChatCompletionMessageParamUnion{
			openai.SystemMessage("Answer by the needle."), openai.UserMessage("How heavy is the cart?"),
		},
	}
}

func TestOpenAICreate(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, protocol string) {
		m, w := newMock(t), &recorder{}
		client := m.openai(t, protocol, w)
		params := chatParams(64)
		before := int64(0)
		for range 2 {
			completion, err := client.Chat.Completions.New(testContext(t), params)
			if err != nil {
				t.Fatal(err)
			}
			checkConformance(t, completion)
			if !strings.HasPrefix(completion.ID, "chatcmpl-") || completion.Model != model || len(completion.Choices) != 1 ||
				completion.Choices[0].FinishReason != "stop" || completion.Choices[0].Message.Content == "" {
				t.Fatalf("got %s", completion.RawJSON())
			}
			u := completion.Usage
			if u.CompletionTokens != outputTokens || u.PromptTokens <= before || u.TotalTokens != u.PromptTokens+u.CompletionTokens {
				t.Errorf("the usage is %s", u.RawJSON())
			}
			before = u.PromptTokens
			params.Messages = append(params.Messages, completion.Choices[0].Message.ToParam(), openai.UserMessage("And without the straw?"))
		}
		if a := w.last(t); a.protocol != protocol || a.path != "/v1/chat/completions" || a.sent.Get("Authorization") != "Bearer test" {
			t.Errorf("%s over %s with %q", a.path, a.protocol, a.sent.Get("Authorization"))
		}
	})
}

func TestOpenAIFinishReasons(t *testing.T) {
	t.Parallel()
	m := newMock(t)
	client := m.openai(t, "HTTP/2.0", &recorder{})
	for _, test := range []struct {
		maxTokens int64
		stop      string
		reason    string
	}{{64, "", "stop"}, {outputTokens - 3, "", "length"}, {64, "e", "stop"}} {
		params := chatParams(test.maxTokens)
		if test.stop != "" {
			params.Stop = openai.ChatCompletionNewParamsStopUnion{OfStringArray: []string{test.stop}}
		}
		completion, err := client.Chat.Completions.New(testContext(t), params)
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
	overBothProtocols(t, func(t *testing.T, protocol string) {
		m := newMock(t)
		for _, usage := range []bool{true, false} {
			w := &recorder{}
			client := m.openai(t, protocol, w)
			params := chatParams(64)
			if usage {
				params.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
			}
			got := readChatStream(t, client, params)
			if got.err != nil || !got.finished || len(got.message.Choices) != 1 {
				t.Fatalf("finished %v, %v: %+v", got.finished, got.err, got.message.Choices)
			}
			choice := got.message.Choices[0]
			if choice.FinishReason != "stop" || choice.Message.Role != "assistant" || choice.Message.Content != strings.Join(got.deltas, "") || len(got.deltas) != outputTokens {
				t.Errorf("%q became %+v", got.deltas, choice)
			}
			u, want := got.message.Usage, int64(0)
			if usage {
				want = outputTokens
			}
			if u.CompletionTokens != want || (u.PromptTokens > 0) != usage || u.TotalTokens != u.PromptTokens+u.CompletionTokens {
				t.Errorf("with include_usage %v the usage is %+v", usage, u)
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
	m := newMock(t)
	client := m.openai(t, "HTTP/2.0", &recorder{})
	pager := client.Models.ListAutoPaging(testContext(t))
	listed := 0
	for pager.Next() {
		listed++
		one := pager.Current()
		checkConformance(t, one)
		alone, err := client.Models.Get(testContext(t), one.ID)
		if err != nil || alone.ID != one.ID || alone.Object != "model" {
			t.Errorf("by its ID it is %+v, %v", alone, err)
		}
	}
	if pager.Err() != nil || listed == 0 {
		t.Errorf("%d models, %v", listed, pager.Err())
	}
}

// chatStream holds everything that the SDK read from a stream.
type chatStream struct {
	message  openai.ChatCompletionAccumulator
	deltas   []string
	finished bool
	err      error
}

// readChatStream reads a stream as in the SDK's README.
func readChatStream(t *testing.T, client openai.Client, params openai.ChatCompletionNewParams) *chatStream {
	t.Helper()
	stream := client.Chat.Completions.NewStreaming(testContext(t), params)
	defer stream.Close()
	got := &chatStream{}
	for stream.Next() {
		chunk := stream.Current()
		checkConformance(t, chunk)
		if !got.message.AddChunk(chunk) {
			t.Errorf("the accumulator refused %s", chunk.RawJSON())
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
