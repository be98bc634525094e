package attack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"weighbridge/bench/attack/batches"
	"weighbridge/bench/attack/hits"
	"weighbridge/bench/record"
	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/transport"
)

// errNoBatches says that the dialect has no API for batches. Scenarios are checked for that.
var errNoBatches = errors.New("load.batch: the dialect has no API for batches")

// batchAPI is the API for batches of the arm's dialect.
func (a *Arm) batchAPI() (target.BatchAPI, error) {
	d, ok := a.client.Dialect.(target.Batching)
	if !ok {
		return nil, errNoBatches
	}
	return d.Batches(), nil
}

// Batch submits the batch of a block and follows it to its end. All its prompts are due when its
// submission begins, and are answered once its results have been read. complete is false if ctx ended
// first: then the batch is canceled, and its prompts are cut off.
func (a *Arm) Batch(ctx context.Context, block int) (slice *record.Slice, complete bool, err error) {
	api, err := a.batchAPI()
	if err != nil {
		return nil, false, err
	}
	prompts := a.work.Batch(PhaseBatch, block, a.Load.Batch.Size)
	bodies, like, err := a.bodies(prompts)
	if err != nil {
		return nil, false, err
	}
	before, due := a.mark(), time.Now()
	slice = newSlice(due.Sub(a.began), 0)
	told := &tally{began: a.began, limits: &a.limitsOverTime}
	runner := batches.Runner{
		API: api, Base: a.base, Poll: a.Load.Batch.Poll, Wait: a.Load.Batch.Wait, Tries: scenarios.BatchTries, Budget: a.client.Budget,
		MaxTokens: meanMaxTokens(prompts),
		Send: func(ctx context.Context, call *transport.Call) *exchange {
			x := a.send(ctx, PhaseBatch, call)
			slice.Requests++
			slice.Attempts += uint64(len(x.Attempts))
			if x.Paced {
				slice.AddLimitWait(x.LimitWait, heldBy(x))
			}
			for _, attempt := range x.Attempts {
				told.addLimits(slice, attempt)
			}
			countCalls(&a.counts.Live, x)
			return x
		},
	}
	b := runner.Run(ctx, bodies, like)
	a.addSince(before, slice, slice.Requests)
	a.logBatch(b, prompts)
	a.tallyBatch(slice, b, due)
	a.reportBatch(b, block, due, int(slice.Attempts))
	if b.Warning != "" {
		a.warnings = append(a.warnings, fmt.Sprintf("arm %s: %s", a.Name, a.secrets.Redact(b.Warning)))
	}
	return slice, ctx.Err() == nil, nil
}

// meanMaxTokens is how many output tokens the prompts ask for on average, rounded up.
func meanMaxTokens(prompts []schedule.Prompt) int {
	sum := 0
	for _, p := range prompts {
		sum += p.MaxTokens
	}
	return (sum + len(prompts) - 1) / max(len(prompts), 1)
}

// bodies are the bodies of requests with one of the prompts each, and the header of such a request.
func (a *Arm) bodies(prompts []schedule.Prompt) (bodies [][]byte, like http.Header, err error) {
	bodies = make([][]byte, len(prompts))
	for i, p := range prompts {
		r := Content(a.Target, []schedule.Prompt{p})
		if bodies[i], like, err = a.client.PromptBody(&r); err != nil {
			return nil, nil, fmt.Errorf("build the prompts of a batch: %w", err)
		}
	}
	return bodies, like, nil
}

// send sends a call and logs its attempts.
func (a *Arm) send(ctx context.Context, phase string, call *transport.Call) *exchange {
	x := a.client.Do(ctx, transport.Request{Phase: phase, Call: call})
	x.Outcome.Detail = a.oneLine(x.Outcome.Detail)
	a.log.AddCall(x)
	return x
}

// logBatch logs what became of a batch's prompts, and the tokens that they used.
func (a *Arm) logBatch(b *batches.Batch, prompts []schedule.Prompt) {
	a.log.Unsettled += b.Lost
	if b.Unsettled {
		a.log.Unsettled++
	}
	if b.Unsent {
		return
	}
	for i, o := range b.Outcomes {
		o.Detail, o.Finish = a.oneLine(o.Detail), a.secrets.Redact(o.Finish)
		b.Outcomes[i] = o
		a.log.AddTokens(o)
		if o.Class == target.Success {
			a.answered.Store(true)
			a.log.Prompts++
			a.counts.Answered.Add(1)
			a.addLong(prompts[i].MaxTokens, o)
			continue
		}
		a.counts.addFailed(o.Class, 1)
		a.failures.Add(PhaseBatch, string(o.Class), 0, o.Detail, record.Milliseconds(b.Over.Sub(a.began)))
	}
	a.checkErrors()
}

// reportBatch passes a batch to the function set by OnHit, as one hit.
func (a *Arm) reportBatch(b *batches.Batch, block int, due time.Time, attempts int) {
	if a.onHit == nil {
		return
	}
	h := hits.Hit{
		Run: a.began, Arm: a.Name, Phase: PhaseBatch, Block: block, Seq: a.fired[PhaseBatch],
		Due: due.Sub(a.began), Formed: due.Sub(a.began), PickedUp: due.Sub(a.began), End: b.Over.Sub(a.began),
		Prompts: len(b.Outcomes), Attempts: attempts, Counted: true,
	}
	if !b.Submitted.IsZero() {
		h.Sent = b.Submitted.Sub(a.began)
	}
	for _, o := range b.Outcomes {
		h.InputTokens += o.InputTokens
		h.OutputTokens += o.OutputTokens
		if o.Class != target.Success {
			h.Failed++
			h.Class, h.Error = string(o.Class), shortened(o.Detail)
		}
	}
	a.fired[PhaseBatch]++
	a.onHit(h)
}

// longestResponse is the longest response latency that a histogram holds.
const longestResponse = time.Hour

// tallyBatch counts the prompts of a batch in its slice.
func (a *Arm) tallyBatch(s *record.Slice, b *batches.Batch, due time.Time) {
	life := b.Over.Sub(due)
	s.DurationMS, s.Batches = record.Milliseconds(life), batchesOf(b, due)
	for _, h := range []**record.Hist{&s.Service, &s.FirstByte, &s.SlotWait, &s.SendLag, &s.Fill, &s.LatencyError} {
		*h = nil // nothing of a batch is any of these
	}
	s.Parts, s.Server = nil, nil
	if life > longestResponse {
		s.Response, s.FailedAfter = nil, nil
	}
	now := &a.counts.Live
	now.BecameDue(uint64(len(b.Outcomes)))
	for _, o := range b.Outcomes {
		s.Due++
		switch {
		case b.Unsent:
			s.NeverSent++
			now.WereNotSent(1)
			continue
		case o.Class == target.Success:
			a.tallyAnswered(s, o, life)
		default:
			tallyFailed(s, o, life)
		}
		now.Ended(life, o.Class != target.Success, o.Class)
	}
}

func (a *Arm) tallyAnswered(s *record.Slice, o target.Outcome, life time.Duration) {
	s.Answered++
	s.InWindow++
	if s.Response != nil {
		s.Response.Record(life)
	}
	if o.OutputByPrompt != nil {
		s.UsageInWindow++
		s.OutputInWindow += o.OutputTokens
	}
	switch objective := a.Objectives; {
	case objective.TTFT > 0 || objective.TPOT > 0: // times that an answer of a batch does not have
		s.Unjudged++
	case objective.Response > 0 && life <= objective.Response:
		s.Good++
	}
	addRemarks(s, &o)
	addUsage(s, &o)
}

func tallyFailed(s *record.Slice, o target.Outcome, life time.Duration) {
	s.Failed++
	s.Errors[string(o.Class)]++
	switch {
	case o.Class == target.CutOff:
		s.CutOff++
	case o.Class == target.Generator:
		s.Generator++
	case s.FailedAfter != nil:
		s.FailedAfter.Record(life)
	}
}

// batchesOf is what a record says of a batch.
func batchesOf(b *batches.Batch, due time.Time) *record.Batches {
	out := &record.Batches{
		Polls: b.Polls, FailedPolls: b.FailedPolls, Missing: b.Missing,
		Doubled: b.Doubled, Foreign: b.Foreign, Unreadable: b.Unreadable,
	}
	if len(b.Results) > 0 {
		out.Results = b.Results
	}
	if !b.Submitted.IsZero() {
		out.Submitted = 1
	}
	if b.Canceled {
		out.Canceled = 1
	}
	if b.Seen.IsZero() {
		return out
	}
	out.Ended = 1
	out.Doubt.Add(b.Doubt)
	if len(b.Results) > 0 {
		out.Completion.Add(b.Over.Sub(due))
	}
	if b.ServerDoubt > 0 {
		out.Server.Add(b.Server)
		out.ServerDoubtMS = record.Milliseconds(b.ServerDoubt)
	}
	return out
}

// tryList sends a request of the warm-up to an API for batches: it asks for the list of batches. If the API
// has no such list, the answer shows all the same that the server is there.
func (a *Arm) tryList(ctx context.Context) *exchange {
	api, err := a.batchAPI()
	var req *http.Request
	if err == nil {
		req, err = api.List(a.base)
	}
	if err != nil {
		return &exchange{Outcome: target.Outcome{Class: target.ClientErr, Detail: err.Error()}, Status: http.StatusBadRequest}
	}
	x := a.send(ctx, PhaseWarmup, &transport.Call{Request: req, Judge: func(status int, header http.Header, body []byte) target.Outcome {
		out, _ := api.Refused(status, header, body)
		return out
	}})
	switch x.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		a.warm = true
	default:
		a.warm = a.warm || x.Outcome.Class == target.Success
	}
	if !a.warm {
		words := strings.TrimPrefix(x.Outcome.Detail, fmt.Sprintf("%d ", x.Status))
		a.failures.Add(PhaseWarmup, string(x.Outcome.Class), x.Status, words, record.Milliseconds(x.End.Sub(a.began)))
	}
	return x
}

// Warnings returns what a user should know of the arm's batches. Call it after the last slice.
func (a *Arm) Warnings() []string { return a.warnings }
