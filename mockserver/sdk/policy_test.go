package sdk_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anthropics/anthropic-sdk-go/v2"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/v2/option"
	"github.com/openai/openai-go/v3"
	openaioption "github.com/openai/openai-go/v3/option"

	"weighbridge/mockserver"
	"weighbridge/mockserver/fault"
	"weighbridge/target"
	"weighbridge/target/retry"
)

// inMemory sends requests to a mock without a network, so that a fake clock can run. It notes what came
// back, and how long after it the next request left.
type inMemory struct {
	server http.Handler
	// broken is the number of requests that fail before they reach the mock; fault is asked for by all
	// others.
	broken int
	fault  string

	answers []*http.Response // nil for a request that failed
	waits   []time.Duration
	ended   time.Time
}

func (m *inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	if !m.ended.IsZero() {
		m.waits = append(m.waits, time.Since(m.ended))
	}
	defer func() { m.ended = time.Now() }()
	if len(m.answers) < m.broken {
		m.answers = append(m.answers, nil)
		return nil, errors.New("connection refused")
	}
	if m.fault != "" {
		r.Header.Set(faultHeader, m.fault)
	}
	w := httptest.NewRecorder()
	m.server.ServeHTTP(w, r)
	answer := w.Result()
	answer.Request = r
	m.answers = append(m.answers, answer)
	return answer, nil
}

// told is what the policies of weighbridge learn of a response.
func told(answer *http.Response) (target.Outcome, retry.Advice) {
	if answer == nil {
		return target.Outcome{Class: target.Transport, Failed: 1}, retry.Advice{}
	}
	return target.Outcome{Class: target.ClassOf(answer.StatusCode)}, retry.AdviceOf(answer, time.Now(), false)
}

// Policy sdk of weighbridge sends as many attempts as the SDKs, and waits between them as long: exactly
// as long as a response asks, or else within the bounds of the jitter.
func TestPolicyIsThatOfTheSDKs(t *testing.T) {
	for name, c := range map[string]struct {
		fault   string
		set     setting
		broken  int
		warm    int // requests before
		answers int
	}{
		"success":               {answers: 1},
		"500":                   {fault: "errors.500", answers: 3},
		"503":                   {fault: "errors.503", answers: 3},
		"529":                   {fault: "errors.529", answers: 3},
		"408":                   {fault: "errors.408", answers: 3},
		"409":                   {fault: "errors.409", answers: 3},
		"400":                   {fault: "errors.400", answers: 1},
		"404":                   {fault: "errors.404", answers: 1},
		"connection refused":    {broken: 9, answers: 3},
		"refused once":          {broken: 1, answers: 2},
		"429, Retry-After 7":    {fault: "errors.429", set: header(429, "Retry-After", "7"), answers: 3},
		"429, Retry-After 0":    {fault: "errors.429", set: header(429, "Retry-After", "0"), answers: 3},
		"503, Retry-After-Ms":   {fault: "errors.503", set: header(503, "Retry-After-Ms", "1234.5"), answers: 3},
		"503, 100 s":            {fault: "errors.503", set: header(503, "Retry-After", "100"), answers: 3},
		"500, x-should-retry":   {fault: "errors.500", set: header(500, "X-Should-Retry", "false"), answers: 1},
		"400, x-should-retry":   {fault: "errors.400", set: header(400, "X-Should-Retry", "true"), answers: 3},
		"a limit that is truth": {set: limitRequests(0.25), warm: 1, answers: 2},
	} {
		for sdk, ask := range map[string]func(ctx context.Context, client *http.Client) error{"anthropic": askAnthropic, "openai": askOpenAI} {
			t.Run(name+", "+sdk, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m := &inMemory{server: newServer(t, c.set), fault: c.fault, broken: c.broken}
					client := &http.Client{Transport: m}
					for range c.warm {
						if err := ask(t.Context(), client); err != nil {
							t.Fatal(err)
						}
					}
					m.answers, m.waits, m.ended = nil, nil, time.Time{}
					_ = ask(t.Context(), client) // how it ends is in the answers
					if len(m.answers) != c.answers {
						t.Errorf("the SDK sent %d attempts, expected %d", len(m.answers), c.answers)
					}
					m.compare(t)
				})
			})
		}
	}
}

// compare checks that weighbridge would have sent the same attempts.
func (m *inMemory) compare(t *testing.T) {
	t.Helper()
	policy := target.Retry{Policy: target.RetrySDK, Attempts: 3, MaxRetryAfter: 2 * time.Minute}
	shortest, longest := retry.Course{Policy: policy}, retry.Course{Policy: policy}
	for i, answer := range m.answers {
		outcome, advice := told(answer)
		least, again, _ := shortest.Failed(outcome, advice, func() float64 { return 1 })
		most, _, _ := longest.Failed(outcome, advice, func() float64 { return 0 })
		if sent := i < len(m.waits); sent != again {
			t.Fatalf("after attempt %d the SDK sends another: %v, weighbridge: %v", i+1, sent, again)
		}
		if !again {
			continue
		}
		if got := m.waits[i]; got < least || got > most || advice.Asked && least != most {
			t.Errorf("after attempt %d the SDK waits %v, weighbridge %v to %v", i+1, got, least, most)
		}
	}
}

// header adds a header to the fault errors.STATUS.
func header(status int, name, value string) setting {
	return func(c *mockserver.Config) {
		c.Faults.Errors = fault.Errors{status: {Headers: map[string]string{name: value}}}
	}
}

// newServer returns a mock without a network.
func newServer(t *testing.T, set setting) *mockserver.Server {
	t.Helper()
	config := mockserver.DefaultConfig()
	config.Latency = mockserver.Latency{}
	config.Tokens.Output = mockserver.Number{Constant: outputTokens}
	if set != nil {
		set(&config)
	}
	server, err := mockserver.New(config, mockserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

func askAnthropic(ctx context.Context, client *http.Client) error {
	sdk := anthropic.NewClient(anthropicoption.WithBaseURL("http://mock.test"), anthropicoption.WithHTTPClient(client), anthropicoption.WithAPIKey("test"))
	_, err := sdk.Messages.New(ctx, question(9))
	return err
}

func askOpenAI(ctx context.Context, client *http.Client) error {
	sdk := openai.NewClient(openaioption.WithBaseURL("http://mock.test/v1"), openaioption.WithHTTPClient(client), openaioption.WithAPIKey("test"))
	_, err := sdk.Chat.Completions.New(ctx, chatParams(9))
	return err
}
