package sdk_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/responses"
)

// responseParams returns the parameters of a request with maxTokens.
func responseParams(maxTokens int64) responses.ResponseNewParams {
	return responses.ResponseNewParams{
		Model: model, MaxOutputTokens: openai.Int(maxTokens), Instructions: openai.String("Answer by the needle."),
		Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("How heavy is the cart?")},
	}
}

func TestResponsesCreate(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, protocol string) {
		m, w := newMock(t), &recorder{}
		client := m.openai(t, protocol, w)
		response, err := client.Responses.New(testContext(t), responseParams(64))
		if err != nil {
			t.Fatal(err)
		}
		checkConformance(t, response)
		if !strings.HasPrefix(response.ID, "resp_") || response.Model != model || response.Status != "completed" || response.OutputText() == "" {
			t.Errorf("got %s", response.RawJSON())
		}
		if u := response.Usage; u.OutputTokens != outputTokens || u.InputTokens == 0 || u.TotalTokens != u.InputTokens+u.OutputTokens {
			t.Errorf("the usage is %s", u.RawJSON())
		}
		again := responseParams(64)
		again.Input = responses.ResponseNewParamsInputUnion{OfInputItemList: responses.ResponseInputParam{
			responses.ResponseInputItemParamOfMessage("How heavy is the cart?", responses.EasyInputMessageRoleUser),
			responses.ResponseInputItemParamOfMessage(response.OutputText(), responses.EasyInputMessageRoleAssistant),
			responses.ResponseInputItemParamOfMessage(responses.ResponseInputMessageContentListParam{
				responses.ResponseInputContentParamOfInputText("And without the straw?"),
			}, responses.EasyInputMessageRoleUser),
		}}
		longer, err := client.Responses.New(testContext(t), again)
		if err != nil || longer.Usage.InputTokens <= response.Usage.InputTokens {
			t.Errorf("a conversation: %v, %+v", err, longer.Usage)
		}
		if a := w.last(t); a.protocol != protocol || a.path != "/v1/responses" || a.sent.Get("Authorization") != "Bearer test" {
			t.Errorf("%s over %s with %q", a.path, a.protocol, a.sent.Get("Authorization"))
		}
	})
}

// responseStream holds everything that the SDK read from a stream.
type responseStream struct {
	deltas []string
	types  []string
	last   responses.ResponseStreamEventUnion
	err    error
}

func readResponseStream(t *testing.T, client openai.Client, params responses.ResponseNewParams) *responseStream {
	t.Helper()
	stream := client.Responses.NewStreaming(testContext(t), params)
	defer stream.Close()
	got := &responseStream{}
	for stream.Next() {
		e := stream.Current()
		checkConformance(t, e)
		if e.SequenceNumber != int64(len(got.types)) {
			t.Errorf("event %d has the number %d", len(got.types), e.SequenceNumber)
		}
		if e.Type == "response.output_text.delta" {
			got.deltas = append(got.deltas, e.Delta)
		}
		got.types = append(got.types, e.Type)
		got.last = e
	}
	got.err = stream.Err()
	return got
}

func TestResponsesStream(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, protocol string) {
		m, w := newMock(t), &recorder{}
		got := readResponseStream(t, m.openai(t, protocol, w), responseParams(64))
		if got.err != nil || got.last.Type != "response.completed" {
			t.Fatalf("%v after %q", got.err, got.types)
		}
		if r := got.last.Response; r.OutputText() != strings.Join(got.deltas, "") || len(got.deltas) != outputTokens || r.Usage.OutputTokens != outputTokens {
			t.Errorf("%q became %s", got.deltas, r.RawJSON())
		}
		want := []string{
			"response.created", "response.in_progress", "response.output_item.added", "response.content_part.added", "response.output_text.delta",
			"response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed",
		}
		if a := w.last(t); strings.Join(a.body.events(), " ") != strings.Join(want, " ") || !strings.HasPrefix(a.got.Get("Content-Type"), "text/event-stream") {
			t.Errorf("a stream of %q has the events %q", a.got.Get("Content-Type"), a.body.events())
		}
		w.expect(t, 200)
	})
}

func TestResponsesIncomplete(t *testing.T) {
	t.Parallel()
	m := newMock(t, moreTokens(40))
	client := m.openai(t, "HTTP/2.0", &recorder{})
	response, err := client.Responses.New(testContext(t), responseParams(16))
	if err != nil {
		t.Fatal(err)
	}
	checkConformance(t, response)
	if response.Status != "incomplete" || response.IncompleteDetails.Reason != "max_output_tokens" || response.Usage.OutputTokens != 16 {
		t.Errorf("got %s", response.RawJSON())
	}
	if got := readResponseStream(t, client, responseParams(16)); got.err != nil || got.last.Type != "response.incomplete" || len(got.deltas) != 16 {
		t.Errorf("%v after %q", got.err, got.types)
	}
}

func TestResponsesErrors(t *testing.T) {
	t.Parallel()
	m := newMock(t)
	for name, test := range map[string]struct {
		status   int
		kind     string
		attempts []int
		w        *recorder
		params   responses.ResponseNewParams
	}{
		"too few tokens": {400, "invalid_request_error", []int{400}, &recorder{}, responseParams(15)},
		"429":            {429, "requests", threeTimes(429), faultAlways("errors.429"), responseParams(64)},
		"500":            {500, "server_error", threeTimes(500), faultAlways("errors.500"), responseParams(64)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := m.openai(t, "HTTP/2.0", test.w)
			_, err := client.Responses.New(testContext(t), test.params)
			wantOpenAI(t, err, test.status, test.kind)
			test.w.expect(t, test.attempts...)
		})
	}
}

// An error inside a stream is an event of its own, which the SDK passes on: it has no field named
// error.
func TestResponsesStreamError(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, protocol string) {
		m, w := newMock(t), faultAlways("stream_error")
		got := readResponseStream(t, m.openai(t, protocol, w), responseParams(64))
		var typed *ssestream.StreamError
		if got.err != nil || errors.As(got.err, &typed) || got.last.Type != "error" || got.last.Code != "server_error" || got.last.Message == "" {
			t.Errorf("%v, %s", got.err, got.last.RawJSON())
		}
		var fields map[string]any
		if err := json.Unmarshal([]byte(got.last.RawJSON()), &fields); err != nil || fields["param"] != nil {
			t.Errorf("%v: %v", err, fields)
		}
		w.expect(t, 200)
	})
}

// The SDK does not notice that a stream has no end.
func TestResponsesIncompleteStream(t *testing.T) {
	t.Parallel()
	m := newMock(t)
	for fault, detected := range map[string]bool{"truncate_stream": false, "truncate": true} {
		w := faultAlways(fault)
		got := readResponseStream(t, m.openai(t, "HTTP/1.1", w), responseParams(64))
		if (got.err != nil) != detected || strings.Contains(w.last(t).body.String(), "response.completed") || got.last.Type == "response.completed" {
			t.Errorf("%s: %v after %q", fault, got.err, got.types)
		}
	}
}
