package field

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
	"weighbridge/scenarios/metric"
)

// doneLine is a line of an answered prompt in OpenAI's output file, and refused one in its error file.
func doneLine(id string) string {
	return fmt.Sprintf(`{"id":"r","custom_id":%q,"response":{"status_code":200,"request_id":"q","body":{"choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":3}}},"error":null}`, id)
}

func refused(id string) string {
	return fmt.Sprintf(`{"id":"r","custom_id":%q,"response":{"status_code":400,"request_id":"q","body":{"error":{"message":"the context is too long","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}},"error":null}`, id)
}

func unprocessed(id, code string) string {
	return fmt.Sprintf(`{"id":"r","custom_id":%q,"response":null,"error":{"code":%q,"message":"it was not executed"}}`, id, code)
}

// each makes a line of every id.
func each(line func(string) string) func([]string) []string {
	return func(ids []string) (out []string) {
		for _, id := range ids {
			out = append(out, line(id))
		}
		return out
	}
}

// messageLine is a line of a message batch, of a succeeded request or with another result.
func messageLine(id string) string {
	return fmt.Sprintf(`{"custom_id":%q,"result":{"type":"succeeded","message":{"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":3}}}}`, id)
}

func result(id, kind, errorType string) string {
	inner := ""
	if errorType != "" {
		inner = fmt.Sprintf(`,"error":{"type":"error","error":{"type":%q,"message":"it is so"}}`, errorType)
	}
	return fmt.Sprintf(`{"custom_id":%q,"result":{"type":%q%s}}`, id, kind, inner)
}

func batchScenario(url, dialect, more string) string {
	return fmt.Sprintf(`
name: batches
target: {dialect: %s, url: %q, model: m, stream: true, auth: {scheme: none}}
prompts: {max_tokens: 8}
prices: {models: {m: {input: 3, output: 15, batch: {share: 0.5}}}}
load: {batch: {size: 6, poll: 10ms, wait: 30s}}
%s`, dialect, url, more)
}

// batchCase is what a server does, and what the record must say of the six prompts of a batch.
type batchCase struct {
	dialect  string // openai by default
	server   *batchServer
	answered uint64
	errors   map[string]uint64
	says     string // in a failure or in a warning
	counts   func(record.Batches) bool
	// unsettled says that what the batch cost is not known.
	unsettled bool
}

func TestResultsOfBatches(t *testing.T) {
	first := func(n int, line func(string) string) func([]string) []string {
		return func(ids []string) []string { return each(line)(ids[:n]) }
	}
	rest := func(n int, line func(string) string) func([]string) []string {
		return func(ids []string) []string { return each(line)(ids[n:]) }
	}
	for name, c := range map[string]batchCase{
		"out of order": {answered: 6, server: &batchServer{unfinished: 2, output: func(ids []string) []string {
			lines := each(doneLine)(ids)
			slices.Reverse(lines)
			return lines
		}}, counts: func(b record.Batches) bool {
			return b.Polls == 3 && b.Server.TotalMS == 5000 && b.ServerDoubtMS == 1000
		}},
		"a line is missing": {
			answered: 5, unsettled: true, errors: map[string]uint64{"contract": 1}, says: "its results have no line",
			server: &batchServer{output: first(5, doneLine)}, counts: func(b record.Batches) bool { return b.Missing == 1 },
		},
		"a result twice": {
			answered: 6, says: "1 lines of a prompt that has one already",
			server: &batchServer{output: func(ids []string) []string { return append(each(doneLine)(ids), doneLine(ids[2])) }}, counts: func(b record.Batches) bool { return b.Doubled == 1 },
		},
		"two results that contradict": {
			answered: 5, unsettled: true, errors: map[string]uint64{"contract": 1}, says: "succeeded and errored for the same prompt",
			server: &batchServer{output: each(doneLine), failures: first(1, refused)},
		},
		"lines of no use": {
			answered: 6, says: "2 lines that cannot be read",
			server: &batchServer{output: func(ids []string) []string {
				return append(each(doneLine)(ids), `{"custom_id": "prompt-`, `{"id":"r","response":null}`, doneLine("somebody-else"), "")
			}}, counts: func(b record.Batches) bool { return b.Unreadable == 2 && b.Foreign == 1 },
		},
		"only an error file": {errors: map[string]uint64{"client": 6}, says: "the context is too long", server: &batchServer{failures: each(refused)}},
		"invalid line": {
			errors: map[string]uint64{"client": 6}, says: "the batch failed in line 4: This line is not parseable as valid JSON. (invalid_json_line)",
			server: &batchServer{status: "failed", errors: `{"object":"list","data":[{"code":"invalid_json_line","message":"This line is not parseable as valid JSON.","param":null,"line":4}]}`},
		},
		"queue is full": {
			errors: map[string]uint64{"rate_limit": 6}, says: "Enqueued token limit reached",
			server: &batchServer{status: "failed", errors: `{"object":"list","data":[{"code":"token_limit_exceeded","message":"Enqueued token limit reached for m","param":null,"line":null}]}`},
		},
		"expired": {
			answered: 4, errors: map[string]uint64{"timeout": 2}, says: "expired: it was not executed",
			server: &batchServer{status: "expired", output: first(4, doneLine), failures: rest(4, func(id string) string { return unprocessed(id, "batch_expired") })},
		},
		"canceled by somebody": {
			answered: 4, errors: map[string]uint64{"client": 2}, says: "canceled: it was not executed",
			server: &batchServer{status: "cancelled", output: first(4, doneLine), failures: rest(4, func(id string) string { return unprocessed(id, "batch_cancelled") })},
		},
		"polls fail, then succeed": {answered: 6, server: &batchServer{output: each(doneLine), answer: func(w http.ResponseWriter, kind string, n int) bool {
			if kind == "poll" && n < 3 {
				http.Error(w, "upstream", http.StatusBadGateway)
				return true
			}
			return false
		}}, counts: func(b record.Batches) bool { return b.FailedPolls == 3 && b.Polls == 4 }},
		"all polls fail": {
			errors: map[string]uint64{"server": 6}, unsettled: true, says: "asking whether the batch has ended: 500",
			server: &batchServer{answer: failing("poll", http.StatusInternalServerError)}, counts: func(b record.Batches) bool { return b.FailedPolls == 10 && b.Canceled == 1 && b.Ended == 0 },
		},
		"results cannot be read": {
			errors: map[string]uint64{"server": 6}, unsettled: true, says: "its prompts are billed all the same",
			server: &batchServer{output: each(doneLine), answer: failing("results", http.StatusInternalServerError)},
		},
		"creation is refused": {
			errors: map[string]uint64{"rate_limit": 6}, says: "creating the batch: 429",
			server: &batchServer{answer: failing("create", http.StatusTooManyRequests)}, counts: func(b record.Batches) bool { return b.Submitted == 0 },
		},
		"upload is refused": {
			errors: map[string]uint64{"client": 6}, says: "uploading the prompts: 413",
			server: &batchServer{answer: failing("upload", http.StatusRequestEntityTooLarge)},
		},
		"no list of batches": {answered: 6, server: &batchServer{output: each(doneLine), answer: failing("list", http.StatusNotFound)}},
		"message batch": {
			dialect: "anthropic", answered: 1, errors: map[string]uint64{"server": 1, "client": 3, "timeout": 1},
			server: &batchServer{output: func(ids []string) []string {
				return []string{
					result(ids[4], "canceled", ""), result(ids[3], "expired", ""), result(ids[2], "errored", "overloaded_error"),
					messageLine(ids[1]), result(ids[0], "errored", "invalid_request_error"), result(ids[5], "errored", "not_found_error"),
				}
			}}, counts: func(b record.Batches) bool {
				return maps.Equal(b.Results, map[string]uint64{"succeeded": 1, "errored": 3, "expired": 1, "canceled": 1}) && b.Server.TotalMS == 2500 && b.ServerDoubtMS == 1
			},
		},
		"a message without content": {
			dialect: "anthropic", answered: 5, unsettled: true, errors: map[string]uint64{"contract": 1}, says: "the message has no content",
			server: &batchServer{output: func(ids []string) []string {
				return append(each(messageLine)(ids[1:]), fmt.Sprintf(`{"custom_id":%q,"result":{"type":"succeeded","message":{"type":"message","stop_reason":"end_turn"}}}`, ids[0]))
			}},
		},
	} {
		t.Run(name, func(t *testing.T) { c.check(t) })
	}
}

// failing answers all requests of a kind with a status.
func failing(kind string, status int) func(http.ResponseWriter, string, int) bool {
	return func(w http.ResponseWriter, this string, _ int) bool {
		if this == kind {
			http.Error(w, `{"error":{"message":"it is so","type":"some_error"}}`, status)
		}
		return this == kind
	}
}

func (c batchCase) check(t *testing.T) {
	if c.dialect == "" {
		c.dialect = "openai"
	}
	if c.server.status == "" {
		c.server.status = "completed"
	}
	if c.server.errors == "" {
		c.server.errors = "null"
	}
	s := serveBatches(t, c.server)
	rec := run(t, batchScenario(s.url, c.dialect, ""))
	arm := rec.Arms[0]
	slice := arm.Blocks[0].Batch
	if slice.Due != 6 || slice.Answered != c.answered || slice.Failed != 6-c.answered || !maps.Equal(slice.Errors, c.errors) && len(slice.Errors)+len(c.errors) > 0 {
		t.Errorf("%d due, %d answered, %d failed: %v; want %d answered, %v", slice.Due, slice.Answered, slice.Failed, slice.Errors, c.answered, c.errors)
	}
	told := summarize(t, rec)
	said := fmt.Sprint(arm.Failures, told.Warnings)
	if !strings.Contains(said, c.says) {
		t.Errorf("nothing says %q: %s", c.says, said)
	}
	if b := slice.Batches; b == nil || c.counts != nil && !c.counts(*b) {
		t.Errorf("batches: %+v", b)
	}
	if tokens := arm.Totals.Tokens; tokens.Input != 10*c.answered || tokens.Output != 3*c.answered || (arm.Totals.Unsettled > 0) != c.unsettled {
		t.Errorf("tokens %+v, %d unsettled", tokens, arm.Totals.Unsettled)
	}
	cost, _ := metric.Named("cost_usd")
	if usd := told.Arms[0].Figure(cost); c.answered > 0 && (usd == nil || math.Abs(*usd-float64(c.answered)*(10*1.5+3*7.5)/1e6) > 1e-12) {
		t.Errorf("%d prompts cost %v USD", c.answered, usd)
	}
	if told.Arms[0].TTFT != nil || arm.Blocks[0].Complete != true || s.account["other"] > 0 {
		t.Errorf("TTFT %v, complete %v, other requests %d", told.Arms[0].TTFT, arm.Blocks[0].Complete, s.account["other"])
	}
	sent := 0
	for _, n := range s.account {
		sent += n
	}
	if int(arm.Totals.Attempts) != sent {
		t.Errorf("%d attempts, the server saw %d", arm.Totals.Attempts, sent)
	}
}

// A batch that has not ended in time is canceled. That is the harness's doing: the run is invalid.
func TestBatchThatDoesNotEndIsCanceled(t *testing.T) {
	s := serveBatches(t, &batchServer{unfinished: -1})
	rec := run(t, strings.Replace(batchScenario(s.url, "anthropic", ""), "wait: 30s", "wait: 50ms", 1))
	slice := rec.Arms[0].Blocks[0].Batch
	if slice.CutOff != 6 || slice.Batches.Canceled != 1 || slice.Batches.Ended != 0 || s.account["cancel"] != 1 || rec.Arms[0].Totals.Unsettled != 1 {
		t.Errorf("%+v, %+v, the server saw %v", slice, slice.Batches, s.account)
	}
	if !strings.Contains(strings.Join(rec.Invalid, "\n"), "set load.batch.wait (50ms) higher") {
		t.Errorf("invalid: %v", rec.Invalid)
	}
	if told := summarize(t, rec).Arms[0]; told.ErrorRate != nil || told.Response != nil {
		t.Errorf("error rate %v, response %v", told.ErrorRate, told.Response)
	}
}

// A run that is interrupted cancels its batch, and loses no prompt.
func TestInterruptedBatchIsCanceled(t *testing.T) {
	ctx, interrupt := context.WithCancelCause(t.Context())
	s := serveBatches(t, &batchServer{unfinished: -1, answer: func(_ http.ResponseWriter, kind string, _ int) bool {
		if kind == "poll" {
			interrupt(context.Canceled)
		}
		return false
	}})
	sc, err := scenarios.Parse("field.yaml", []byte(batchScenario(s.url, "openai", "")), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := bench.Run(ctx, bench.Options{Scenario: sc, Observe: func(bench.Progress) {}})
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	slice := rec.Arms[0].Blocks[0].Batch
	if rec.Complete || rec.Stopped != bench.Interrupted || slice.Due != 6 || slice.CutOff != 6 || slice.Batches.Canceled != 1 || s.account["cancel"] != 1 {
		t.Errorf("%q: %+v, %d cancellations", rec.Stopped, slice, s.account["cancel"])
	}
}

// The request that cancels a batch is reserved before the batch is submitted, so that a budget that
// runs out leaves no batch behind.
func TestBudgetOfBatches(t *testing.T) {
	s := serveBatches(t, &batchServer{unfinished: -1})
	rec := run(t, batchScenario(s.url, "openai", "budget: {requests: 5}"))
	slice := rec.Arms[0].Blocks[0].Batch
	if want := map[string]int{"list": 1, "upload": 1, "create": 1, "poll": 1, "cancel": 1}; !maps.Equal(s.account, want) {
		t.Errorf("the server saw %v, want %v", s.account, want)
	}
	if rec.Complete || slice.CutOff != 6 || rec.Budget.Used.Requests != 5 || rec.Budget.Used.Prompts != 6 || rec.Budget.AssumedAttempts != 1 {
		t.Errorf("%+v, budget %+v", slice, rec.Budget)
	}

	s = serveBatches(t, &batchServer{unfinished: 1, status: "completed", errors: "null", output: each(doneLine)})
	rec = run(t, batchScenario(s.url, "openai", "budget: {requests: 100, usd: 1}"))
	if used := rec.Budget.Used; used.Requests != 6 || used.Prompts != 6 || used.InputTokens != 60 || used.OutputTokens != 18 || used.USD != 6*(10*1.5+3*7.5)/1e6 {
		t.Errorf("used %+v", used)
	}

	s = serveBatches(t, &batchServer{unfinished: 1})
	rec = run(t, batchScenario(s.url, "openai", "budget: {prompts: 5}"))
	if slice := rec.Arms[0].Blocks[0].Batch; slice.NeverSent != 6 || s.account["create"] != 0 {
		t.Errorf("%+v, the server saw %v", slice, s.account)
	}
}

// Polls come no more often than the server asks.
func TestPollsWaitAsAsked(t *testing.T) {
	s := serveBatches(t, &batchServer{unfinished: 3, output: each(messageLine), answer: func(w http.ResponseWriter, kind string, _ int) bool {
		w.Header().Set("Retry-After-Ms", "60")
		return false
	}})
	run(t, batchScenario(s.url, "anthropic", ""))
	for i := 1; i < len(s.at); i++ {
		if gap := s.at[i].Sub(s.at[i-1]); gap < 60*time.Millisecond {
			t.Errorf("polls %v apart, where the server asked for 60ms", gap)
		}
	}
}

// An attempt to create a batch that got no answer may have created one all the same.
func TestCreationWithoutAnAnswer(t *testing.T) {
	for _, retry := range []string{"none", "fixed"} {
		s := serveBatches(t, &batchServer{output: each(messageLine), answer: func(_ http.ResponseWriter, kind string, n int) bool {
			if kind == "create" && n == 0 {
				panic(http.ErrAbortHandler)
			}
			return false
		}})
		rec := run(t, batchScenario(s.url, "anthropic", "client: {retry: {policy: "+retry+", multiplier: 1ms}}"))
		arm := rec.Arms[0]
		want := map[string]uint64{"none": 0, "fixed": 6}[retry]
		if arm.Blocks[0].Batch.Answered != want || arm.Totals.Unsettled != 1 || !strings.Contains(strings.Join(rec.Warnings, "\n"), "1 attempts to create a batch got no answer") {
			t.Errorf("retry %s: %+v, %d unsettled, %v", retry, arm.Blocks[0].Batch, arm.Totals.Unsettled, rec.Warnings)
		}
	}
}
