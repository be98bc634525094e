package sdk_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/option"
)

const model = "mock-model"

// anthropic returns the SDK's client with its defaults, for the mock. w records its requests.
func (m *mock) anthropic(t *testing.T, protocol string, w *recorder, options ...option.RequestOption) anthropic.Client {
	t.Helper()
	return anthropic.NewClient(append([]option.RequestOption{
		option.WithBaseURL(m.arm.URL), option.WithHTTPClient(m.client(t, protocol)),
		option.WithAPIKey("test"), option.WithMiddleware(w.middleware),
	}, options...)...)
}

// question returns the parameters of a request with maxTokens.
func question(maxTokens int64) anthropic.MessageNewParams {
	return anthropic.MessageNewParams{
		Model: model, MaxTokens: maxTokens,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("How heavy is the cart?"))},
	}
}

// textOf returns the text of a message.
func textOf(m anthropic.Message) string {
	var all strings.Builder
	for _, block := range m.Content {
		all.WriteString(block.Text)
	}
	return all.String()
}

func TestAnthropicCreate(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, protocol string) {
		m, w := newMock(t), &recorder{}
		client := m.anthropic(t, protocol, w)
		message, err := client.Messages.New(testContext(t), question(64))
		if err != nil {
			t.Fatal(err)
		}
		checkConformance(t, message)
		if !strings.HasPrefix(message.ID, "msg_") || message.Model != model || message.Role != "assistant" || message.Type != "message" ||
			message.StopReason != anthropic.StopReasonEndTurn || len(message.Content) != 1 || textOf(*message) == "" {
			t.Errorf("got %s", message.RawJSON())
		}
		if message.Usage.OutputTokens != outputTokens || message.Usage.InputTokens < 1 {
			t.Errorf("the usage is %+v", message.Usage)
		}
		w.expect(t, 200)
		sent, got := w.last(t).sent, w.last(t).got
		if version, key := sent.Get("Anthropic-Version"), sent.Get("Authorization"); version != "2026-10-21" || key != "Bearer test" || sent.Get("X-Api-Key") != "" {
			t.Errorf("the SDK sent the version %q, the credential %q and %v", version, key, sent)
		}
		if w.last(t).protocol != protocol || !strings.HasPrefix(got.Get("Request-Id"), "req_") {
			t.Errorf("answered over %s with %v", w.last(t).protocol, got)
		}
		if counts := m.ledger(t); counts.Attempts != 1 || counts.Tokens.Input != uint64(message.Usage.InputTokens) || counts.Tokens.Output != outputTokens {
			t.Errorf("the ledger has %d attempts, %+v", counts.Attempts, counts.Tokens)
		}
	})
}

func TestAnthropicStopReasons(t *testing.T) {
	t.Parallel()
	m := newMock(t)
	for _, test := range []struct {
		name      string
		maxTokens int64
		stops     []string
		reason    anthropic.StopReason
	}{
		{"end of turn", 64, nil, anthropic.StopReasonEndTurn},
		{"max_tokens", outputTokens - 3, nil, anthropic.StopReasonMaxTokens},
		// Any eight words of the mock contain an e.
		{"stop sequence", 64, []string{"xyz", "e"}, anthropic.StopReasonStopSequence},
	} {
		params := question(test.maxTokens)
		params.StopSequences = test.stops
		check := func(t *testing.T, message anthropic.Message) {
			t.Helper()
			if message.StopReason != test.reason || message.Usage.OutputTokens > test.maxTokens {
				t.Errorf("got %s", message.RawJSON())
			}
			if test.reason == anthropic.StopReasonMaxTokens && message.Usage.OutputTokens != test.maxTokens {
				t.Errorf("truncated after %d tokens, want %d", message.Usage.OutputTokens, test.maxTokens)
			}
			if stopped := test.reason == anthropic.StopReasonStopSequence; (message.StopSequence == "e") != stopped || stopped && strings.Contains(textOf(message), "e") {
				t.Errorf("the stop sequence is %q, the text %q", message.StopSequence, textOf(message))
			}
		}
		t.Run(test.name, func(t *testing.T) {
			client := m.anthropic(t, "HTTP/2.0", &recorder{})
			message, err := client.Messages.New(testContext(t), params)
			if err != nil {
				t.Fatal(err)
			}
			check(t, *message)
		})
		t.Run(test.name+", streaming", func(t *testing.T) {
			client := m.anthropic(t, "HTTP/2.0", &recorder{})
			got := readStream(t, client.Messages.NewStreaming(testContext(t), params))
			if got.err != nil || !got.complete {
				t.Fatalf("complete %v, %v", got.complete, got.err)
			}
			check(t, got.message)
		})
	}
}

func TestAnthropicConversation(t *testing.T) {
	t.Parallel()
	m := newMock(t)
	client := m.anthropic(t, "HTTP/2.0", &recorder{})
	params := question(64)
	params.System = []anthropic.TextBlockParam{{Text: "Answer by the needle."}}
	var billed []int64
	for _, next := range []string{"And without the straw?", "And empty?", ""} {
		message, err := client.Messages.New(testContext(t), params)
		if err != nil {
			t.Fatal(err)
		}
		counted, err := client.Messages.CountTokens(testContext(t), anthropic.MessageCountTokensParams{
			Model: params.Model, Messages: params.Messages,
			System: anthropic.MessageCountTokensParamsSystemUnion{OfTextBlockArray: params.System},
		})
		if err != nil {
			t.Fatal(err)
		}
		checkConformance(t, counted)
		if counted.InputTokens != message.Usage.InputTokens {
			t.Errorf("%d tokens were counted and %d billed", counted.InputTokens, message.Usage.InputTokens)
		}
		billed = append(billed, message.Usage.InputTokens)
		params.Messages = append(params.Messages, message.ToParam(), anthropic.NewUserMessage(anthropic.NewTextBlock(next)))
		params.Messages = slices.Clip(params.Messages)
		if next == "" {
			break
		}
	}
	if len(billed) != 3 || billed[0] >= billed[1] || billed[1] >= billed[2] {
		t.Errorf("the billed input tokens do not grow: %v", billed)
	}
	alone, err := client.Messages.CountTokens(testContext(t), anthropic.MessageCountTokensParams{Model: model, Messages: question(1).Messages})
	if err != nil || alone.InputTokens >= billed[0] {
		t.Errorf("without system %+v, %v; with it %d", alone, err, billed[0])
	}
}

// The SDK no longer has sampling parameters. Version 2023-06-01 of the API accepts them,
// the SDK's version does not.
func TestAnthropicVersions(t *testing.T) {
	t.Parallel()
	m := newMock(t)
	for _, field := range []string{"temperature", "top_p", "top_k"} {
		for version, status := range map[string]int{"": 400, "2023-06-01": 200, "1999-01-01": 400} {
			w := &recorder{}
			client := m.anthropic(t, "HTTP/2.0", w)
			options := []option.RequestOption{option.WithJSONSet(field, 1)}
			if version != "" {
				options = append(options, option.WithHeader("anthropic-version", version))
			}
			_, err := client.Messages.New(testContext(t), question(9), options...)
			if w.expect(t, status); status == 200 && err != nil {
				t.Errorf("%s under %s: %v", field, version, err)
			}
			if status == 400 {
				wantError(t, err, 400, anthropic.ErrorTypeInvalidRequestError)
			}
		}
	}
}

func TestAnthropicModels(t *testing.T) {
	t.Parallel()
	m := newMock(t)
	client := m.anthropic(t, "HTTP/2.0", &recorder{})
	whole, err := client.Models.List(testContext(t), anthropic.ModelListParams{})
	if err != nil || len(whole.Data) < 2 || whole.HasMore {
		t.Fatalf("the list is %+v, %v", whole, err)
	}
	w := &recorder{}
	client = m.anthropic(t, "HTTP/2.0", w)
	pager := client.Models.ListAutoPaging(testContext(t), anthropic.ModelListParams{Limit: anthropic.Int(1)})
	var ids []string
	for pager.Next() {
		listed := pager.Current()
		checkConformance(t, listed)
		ids = append(ids, listed.ID)
		alone, err := client.Models.Get(testContext(t), listed.ID, anthropic.ModelGetParams{})
		if err != nil || alone.RawJSON() != listed.RawJSON() {
			t.Errorf("by its ID it is %v, %v", alone, err)
		}
	}
	if pager.Err() != nil || len(ids) != len(whole.Data) {
		t.Fatalf("page by page %v, %v", ids, pager.Err())
	}
	for i, one := range whole.Data {
		if one.ID != ids[i] || i > 0 && one.CreatedAt.After(whole.Data[i-1].CreatedAt) {
			t.Errorf("model %d is %s of %v, and page by page %s", i, one.ID, one.CreatedAt, ids[i])
		}
	}
}
