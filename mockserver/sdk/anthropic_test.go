package sdk_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/option"
)

const model = "mock-model"

// anthropic is the SDK's client with its defaults, at the mock. What it sends
// passes through w.
func (m *mock) anthropic(t *testing.T, protocol string, w *wire, options ...option.RequestOption) anthropic.Client {
	t.Helper()
	return anthropic.NewClient(append([]option.RequestOption{
		option.WithBaseURL(m.arm.URL), option.WithHTTPClient(m.client(t, protocol)),
		option.WithAPIKey("test"), option.WithMiddleware(w.middleware),
	}, options...)...)
}

// ask is a question that may be answered in so many tokens.
func ask(maxTokens int64) anthropic.MessageNewParams {
	return anthropic.MessageNewParams{
		Model: model, MaxTokens: maxTokens,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("How heavy is the cart?"))},
	}
}

// text is all that a message says.
func text(m anthropic.Message) string {
	var all strings.Builder
	for _, block := range m.Content {
		all.WriteString(block.Text)
	}
	return all.String()
}

func TestAnthropicCreate(t *testing.T) {
	both(t, func(t *testing.T, protocol string) {
		m, w := host(t), &wire{}
		client := m.anthropic(t, protocol, w)
		message, err := client.Messages.New(bounded(t), ask(64))
		if err != nil {
			t.Fatal(err)
		}
		conform(t, message)
		if !strings.HasPrefix(message.ID, "msg_") || message.Model != model || message.Role != "assistant" || message.Type != "message" ||
			message.StopReason != anthropic.StopReasonEndTurn || len(message.Content) != 1 || text(*message) == "" {
			t.Errorf("got %s", message.RawJSON())
		}
		if message.Usage.OutputTokens != said || message.Usage.InputTokens < 1 {
			t.Errorf("it was billed %+v", message.Usage)
		}
		w.expect(t, 200)
		sent, got := w.last(t).sent, w.last(t).got
		if version, key := sent.Get("Anthropic-Version"), sent.Get("Authorization"); version != "2026-10-21" || key != "Bearer test" || sent.Get("X-Api-Key") != "" {
			t.Errorf("WIRE.md is wrong of this SDK: it sent version %q, %q and %v", version, key, sent)
		}
		if w.last(t).protocol != protocol || !strings.HasPrefix(got.Get("Request-Id"), "req_") {
			t.Errorf("answered over %s with %v", w.last(t).protocol, got)
		}
		if told := m.ledger(t); told.Attempts != 1 || told.Tokens.Input != uint64(message.Usage.InputTokens) || told.Tokens.Output != said {
			t.Errorf("the ledger has %d attempts, %+v", told.Attempts, told.Tokens)
		}
	})
}

func TestAnthropicStopReasons(t *testing.T) {
	t.Parallel()
	m := host(t)
	for _, test := range []struct {
		name      string
		maxTokens int64
		stops     []string
		reason    anthropic.StopReason
	}{
		{"it has no more to say", 64, nil, anthropic.StopReasonEndTurn},
		{"it may say no more", said - 3, nil, anthropic.StopReasonMaxTokens},
		// No eight words of the mock are without an e.
		{"it comes to a stop", 64, []string{"xyz", "e"}, anthropic.StopReasonStopSequence},
	} {
		params := ask(test.maxTokens)
		params.StopSequences = test.stops
		check := func(t *testing.T, message anthropic.Message) {
			t.Helper()
			if message.StopReason != test.reason || message.Usage.OutputTokens > test.maxTokens {
				t.Errorf("got %s", message.RawJSON())
			}
			if test.reason == anthropic.StopReasonMaxTokens && message.Usage.OutputTokens != test.maxTokens {
				t.Errorf("cut after %d tokens of %d", message.Usage.OutputTokens, test.maxTokens)
			}
			if stopped := test.reason == anthropic.StopReasonStopSequence; (message.StopSequence == "e") != stopped || stopped && strings.Contains(text(message), "e") {
				t.Errorf("it stopped at %q and says %q", message.StopSequence, text(message))
			}
		}
		t.Run(test.name, func(t *testing.T) {
			client := m.anthropic(t, "HTTP/2.0", &wire{})
			message, err := client.Messages.New(bounded(t), params)
			if err != nil {
				t.Fatal(err)
			}
			check(t, *message)
		})
		t.Run(test.name+", streaming", func(t *testing.T) {
			client := m.anthropic(t, "HTTP/2.0", &wire{})
			got := follow(t, client.Messages.NewStreaming(bounded(t), params))
			if got.err != nil || !got.whole {
				t.Fatalf("whole %v, %v", got.whole, got.err)
			}
			check(t, got.message)
		})
	}
}

func TestAnthropicConversation(t *testing.T) {
	t.Parallel()
	m := host(t)
	client := m.anthropic(t, "HTTP/2.0", &wire{})
	params := ask(64)
	params.System = []anthropic.TextBlockParam{{Text: "Answer by the needle."}}
	var billed []int64
	for _, next := range []string{"And without the straw?", "And empty?", ""} {
		message, err := client.Messages.New(bounded(t), params)
		if err != nil {
			t.Fatal(err)
		}
		counted, err := client.Messages.CountTokens(bounded(t), anthropic.MessageCountTokensParams{
			Model: params.Model, Messages: params.Messages,
			System: anthropic.MessageCountTokensParamsSystemUnion{OfTextBlockArray: params.System},
		})
		if err != nil {
			t.Fatal(err)
		}
		conform(t, counted)
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
		t.Errorf("turns that grow were billed %v", billed)
	}
	alone, err := client.Messages.CountTokens(bounded(t), anthropic.MessageCountTokensParams{Model: model, Messages: ask(1).Messages})
	if err != nil || alone.InputTokens >= billed[0] {
		t.Errorf("without system %+v, %v; with it %d", alone, err, billed[0])
	}
}

// This SDK knows no sampling parameters any more; an older version of the API
// takes them, the one that the SDK names does not.
func TestAnthropicVersions(t *testing.T) {
	t.Parallel()
	m := host(t)
	for _, field := range []string{"temperature", "top_p", "top_k"} {
		for version, status := range map[string]int{"": 400, "2023-06-01": 200, "1999-01-01": 400} {
			w := &wire{}
			client := m.anthropic(t, "HTTP/2.0", w)
			options := []option.RequestOption{option.WithJSONSet(field, 1)}
			if version != "" {
				options = append(options, option.WithHeader("anthropic-version", version))
			}
			_, err := client.Messages.New(bounded(t), ask(9), options...)
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
	m := host(t)
	client := m.anthropic(t, "HTTP/2.0", &wire{})
	whole, err := client.Models.List(bounded(t), anthropic.ModelListParams{})
	if err != nil || len(whole.Data) < 2 || whole.HasMore {
		t.Fatalf("the list is %+v, %v", whole, err)
	}
	w := &wire{}
	client = m.anthropic(t, "HTTP/2.0", w)
	pager := client.Models.ListAutoPaging(bounded(t), anthropic.ModelListParams{Limit: anthropic.Int(1)})
	var ids []string
	for pager.Next() {
		listed := pager.Current()
		conform(t, listed)
		ids = append(ids, listed.ID)
		alone, err := client.Models.Get(bounded(t), listed.ID, anthropic.ModelGetParams{})
		if err != nil || alone.RawJSON() != listed.RawJSON() {
			t.Errorf("alone it is %v, %v", alone, err)
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
