package sdk_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/iotest"
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
	// broken is the number of requests that fail before they reach the mock, and hangs that of those that
	// get no answer until their context ends; fault is asked for by all others. The bodies of cut answers
	// break off.
	broken, hangs int
	fault         string
	cut           bool

	answers []*http.Response // nil for a request that failed
	took    []time.Duration
	waits   []time.Duration
	ended   time.Time
}

func (m *inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	if !m.ended.IsZero() {
		m.waits = append(m.waits, time.Since(m.ended))
	}
	began := time.Now()
	defer func() {
		m.ended = time.Now()
		m.took = append(m.took, m.ended.Sub(began))
	}()
	if len(m.answers) < m.hangs {
		m.answers = append(m.answers, nil)
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
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
	if m.cut {
		answer.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
	}
	m.answers = append(m.answers, answer)
	return answer, nil
}

// told is what the policies of weighbridge learn of the i-th attempt.
func (m *inMemory) told(i int) (target.Outcome, retry.Advice) {
	answer := m.answers[i]
	out, advice := target.Outcome{Class: target.Transport, Failed: 1}, retry.Advice{}
	switch {
	case i < m.hangs:
		out.Class = target.Timeout
	case answer != nil:
		now := time.Now()
		if advice = retry.AdviceOf(answer, now, now, false); !m.cut {
			out.Class = target.ClassOf(answer.StatusCode)
		}
	}
	advice.Took = m.took[i]
	return out, advice
}

// The policies sdk of weighbridge send as many attempts as the SDKs, and wait between them as long: exactly
// as long as a response asks, or else within the bounds of the jitter.
func TestPolicyIsThatOfTheSDKs(t *testing.T) {
	for name, c := range map[string]struct {
		fault   string
		set     setting
		broken  int
		warm    int // requests before
		hangs   int
		cut     bool
		timeout time.Duration // of each attempt
		answers int
		openai  int // if that SDK sends another number
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
		"no answer":             {hangs: 9, timeout: 2 * time.Second, answers: 3, openai: 1},
		"no answer once":        {hangs: 1, timeout: 2 * time.Second, answers: 2, openai: 1},
		"a long wait":           {fault: "errors.429", set: header(429, "Retry-After", "7"), timeout: 5 * time.Second, answers: 3, openai: 1},
		"a wait within":         {fault: "errors.429", set: header(429, "Retry-After", "7"), timeout: 10 * time.Second, answers: 3},
		"back-offs within":      {fault: "errors.503", timeout: 2 * time.Second, answers: 3},
		"one back-off too long": {broken: 9, timeout: 700 * time.Millisecond, answers: 3, openai: 2},
		"bodies that break off": {cut: true, answers: 3, openai: 1},
		"those of errors":       {fault: "errors.503", cut: true, answers: 3},
		"a limit that is truth": {set: limitRequests(0.25), warm: 1, answers: 2},
	} {
		for sdk, ask := range map[string]func(context.Context, *http.Client, time.Duration) error{"anthropic": askAnthropic, "openai": askOpenAI} {
			answers := c.answers
			if sdk == "openai" && c.openai > 0 {
				answers = c.openai
			}
			t.Run(name+", "+sdk, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m := &inMemory{server: newServer(t, c.set), fault: c.fault, broken: c.broken, hangs: c.hangs, cut: c.cut}
					client := &http.Client{Transport: m}
					for range c.warm {
						if err := ask(t.Context(), client, 0); err != nil {
							t.Fatal(err)
						}
					}
					m.answers, m.waits, m.took, m.ended = nil, nil, nil, time.Time{}
					_ = ask(t.Context(), client, c.timeout) // how it ends is in the answers
					if len(m.answers) != answers {
						t.Errorf("the SDK sent %d attempts, expected %d", len(m.answers), answers)
					}
					m.compare(t, target.Retry{Policy: "sdk-" + sdk, Attempts: 3, MaxRetryAfter: 2 * time.Minute}, c.timeout)
				})
			})
		}
	}
}

// compare checks that weighbridge would have sent the same attempts.
func (m *inMemory) compare(t *testing.T, policy target.Retry, timeout time.Duration) {
	t.Helper()
	shortest, longest := retry.Course{Policy: policy, Timeout: timeout}, retry.Course{Policy: policy, Timeout: timeout}
	for i := range m.answers {
		outcome, advice := m.told(i)
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

func askAnthropic(ctx context.Context, client *http.Client, timeout time.Duration) error {
	sdk := anthropic.NewClient(anthropicoption.WithBaseURL("http://mock.test"), anthropicoption.WithHTTPClient(client), anthropicoption.WithAPIKey("test"))
	var options []anthropicoption.RequestOption
	if timeout > 0 {
		options = append(options, anthropicoption.WithRequestTimeout(timeout))
	}
	_, err := sdk.Messages.New(ctx, question(9), options...)
	return err
}

func askOpenAI(ctx context.Context, client *http.Client, timeout time.Duration) error {
	sdk := openai.NewClient(openaioption.WithBaseURL("http://mock.test/v1"), openaioption.WithHTTPClient(client), openaioption.WithAPIKey("test"))
	var options []openaioption.RequestOption
	if timeout > 0 {
		options = append(options, openaioption.WithRequestTimeout(timeout))
	}
	_, err := sdk.Chat.Completions.New(ctx, chatParams(9), options...)
	return err
}
