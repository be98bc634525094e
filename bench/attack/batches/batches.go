// Package batches carries prompts through a provider's API for batches: it submits them together,
// asks until the batch has ended, and reads the results.
package batches

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"weighbridge/target"
	"weighbridge/target/budget"
	"weighbridge/target/transport"
)

const (
	// mostFailures is how many polls may fail in a row before a batch is given up.
	mostFailures = 10
	// LongestPause is the longest pause before results are asked for again.
	LongestPause = 5 * time.Second
	// grace is how long requests may still take once the run has ended: what submits a batch, or
	// cancels it, should not be cut short, or the batch goes on without anybody knowing of it.
	grace = 10 * time.Second
)

// Runner runs the batches of one arm.
type Runner struct {
	API  target.BatchAPI
	Base *url.URL
	// Poll is the time from one poll to the next, and Wait the longest wait for the end of a batch.
	Poll, Wait time.Duration
	// Tries is how often each part of the results is asked for at most.
	Tries int
	// Send sends one request, and its retries.
	Send func(ctx context.Context, call *transport.Call) *transport.Exchange
	// Budget reserves the request that cancels a batch before the batch is submitted; nil without a
	// budget.
	Budget *budget.Meter
	// MaxTokens is how many output tokens a prompt asks for on average, rounded up.
	MaxTokens int
}

// Batch is what became of a batch. Times are zero if they did not come.
type Batch struct {
	// Outcomes are the outcomes of the prompts, in the order in which they were given.
	Outcomes []target.Outcome
	// Results counts the prompts with a result by its kind, such as target.BatchSucceeded.
	Results map[string]uint64
	// Missing is the prompts without a result in a batch whose results were read. Doubled, Foreign and
	// Unreadable count lines: those for a prompt that had one already, those for no prompt of the
	// batch, and those that could not be read.
	Missing, Doubled, Foreign, Unreadable uint64
	// Unsent says that the budget refused the batch.
	Unsent bool
	// Submitted is when the API had confirmed the batch, Seen when it was seen to have ended, and Over
	// when its results had been read, or why there are none was known.
	Submitted, Seen, Over time.Time
	// Doubt is how long before Seen the batch may have ended.
	Doubt time.Duration
	// Polls is the number of polls, and FailedPolls those of them without an answer of use.
	Polls, FailedPolls uint64
	// Server is how long the batch took by the server's own clock, true to ServerDoubt; 0 if unknown.
	Server, ServerDoubt time.Duration
	// Canceled says that the batch was canceled because it had not ended. Warning says what a user
	// should know, such as that it may go on.
	Canceled bool
	Warning  string
	// Lost is the number of attempts to create the batch that got no answer: each may have created one.
	Lost uint64
	// Unsettled says that the batch used tokens that no result tells of.
	Unsettled bool

	id    string
	state target.BatchState
	// held is the reservation of the prompts, and cancel that of the request that cancels the batch.
	held, cancel *budget.Reservation
}

// Run submits a batch of prompts, each the body of a request with one prompt, and follows it to its
// end. like is the header of such a request. If ctx ends first, the batch is canceled.
func (r Runner) Run(ctx context.Context, prompts [][]byte, like http.Header) *Batch {
	b := &Batch{Outcomes: make([]target.Outcome, len(prompts)), Results: map[string]uint64{}}
	began := time.Now()
	late, stop := lateContext(ctx)
	defer stop()
	var err error
	if b.cancel, err = r.Budget.Reserve(budget.Ask{}); err != nil {
		b.refuse(err.Error())
		return b
	}
	defer func() { b.cancel.Release() }()
	if !r.submit(late, b, prompts, like, began) {
		return b
	}
	if r.follow(ctx, late, b, began) {
		r.fetch(ctx, late, b)
	}
	b.settle()
	return b
}

// lateContext ends a while after ctx, so that requests under way may still be answered.
func lateContext(ctx context.Context) (context.Context, func()) {
	late, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, func() { cancel(context.Cause(ctx)) }) })
	return late, func() {
		stop()
		cancel(nil)
	}
}

// fail ends the batch: each prompt without a result has the outcome.
func (b *Batch) fail(out target.Outcome) {
	out.Failed = 1
	for i := range b.Outcomes {
		b.Outcomes[i] = out
	}
	b.Over = time.Now()
}

// refuse ends a batch that the budget refuses.
func (b *Batch) refuse(why string) {
	b.Unsent = true
	b.fail(target.Outcome{Class: target.Budget, Detail: why})
}

// cutOff ends a batch that the harness does not wait for any longer.
func (b *Batch) cutOff(why string) {
	b.fail(target.Outcome{Class: target.CutOff, Detail: why})
}

// judged is a judge for a call whose answer is read by a function.
func (r Runner) judged(read func(body []byte) error) func(int, http.Header, []byte) target.Outcome {
	return func(status int, header http.Header, body []byte) target.Outcome {
		if out, refused := r.API.Refused(status, header, body); refused {
			return out
		}
		if err := read(body); err != nil {
			return target.Outcome{Class: target.Contract, Detail: err.Error()}
		}
		return target.Outcome{}
	}
}

// readState reads the answer about a batch.
func (r Runner) readState(b *Batch) func([]byte) error {
	return func(body []byte) (err error) {
		state, err := r.API.ReadBatch(body)
		if err == nil && b.id != "" && state.ID != b.id {
			err = fmt.Errorf("the answer is about another batch, %.40q", state.ID)
		}
		if err == nil {
			b.id, b.state = state.ID, state
		}
		return err
	}
}

// call sends a request whose answer is read by a function. An error is of building it.
func (r Runner) call(ctx context.Context, call transport.Call, err error, read func([]byte) error) *transport.Exchange {
	if err != nil {
		return &transport.Exchange{Outcome: target.Outcome{Class: target.ClientErr, Detail: "build the request: " + err.Error()}}
	}
	call.Judge = r.judged(read)
	return r.Send(ctx, &call)
}

// submit submits the batch, and reports whether there is one now.
func (r Runner) submit(ctx context.Context, b *Batch, prompts [][]byte, like http.Header, began time.Time) bool {
	bytes := int64(0)
	for _, prompt := range prompts {
		bytes += int64(len(prompt))
	}
	file := ""
	if req, err := r.API.Upload(r.Base, prompts); req != nil || err != nil {
		x := r.call(ctx, transport.Call{Request: req}, err, func(body []byte) (err error) {
			file, err = r.API.ReadUpload(body)
			return err
		})
		if x.Outcome.Class != target.Success {
			b.endWith(x.Outcome, "uploading the prompts: ")
			return false
		}
	}
	req, err := r.API.Create(r.Base, prompts, file, like)
	x := r.call(ctx, transport.Call{Request: req, Prompts: len(prompts), Bytes: bytes, MaxTokens: r.MaxTokens}, err, r.readState(b))
	b.noteLost(x.Attempts)
	if x.Outcome.Class != target.Success {
		b.endWith(x.Outcome, "creating the batch: ")
		return false
	}
	b.held, b.Submitted, b.Unsettled = x.Held, time.Now(), true // until the results are read
	b.noteState(began, b.Submitted)
	return true
}

// warn adds to the warning.
func (b *Batch) warn(format string, args ...any) {
	if b.Warning != "" {
		b.Warning += "; "
	}
	b.Warning += fmt.Sprintf(format, args...)
}

// noteLost notes the attempts to create the batch that got no answer.
func (b *Batch) noteLost(attempts []transport.Attempt) {
	for _, attempt := range attempts {
		if attempt.Status == 0 && !attempt.Unconnected {
			b.Lost++
		}
	}
	if b.Lost > 0 {
		b.warn("%d attempts to create a batch got no answer: there may be batches that nobody waits for, which are billed", b.Lost)
	}
}

// endWith ends the batch as one of its requests ended.
func (b *Batch) endWith(out target.Outcome, doing string) {
	if out.Class == target.Budget {
		b.refuse(out.Detail)
		return
	}
	b.fail(target.Outcome{Class: out.Class, Detail: doing + out.Detail})
}

// noteState notes a state that arrived at a time, where the one before it is true since then.
func (b *Batch) noteState(before, at time.Time) {
	if !b.state.Ended {
		return
	}
	b.Seen, b.Doubt = at, at.Sub(before)
	if took := b.state.EndedAt.Sub(b.state.Created); !b.state.Created.IsZero() && !b.state.EndedAt.IsZero() && took >= 0 {
		b.Server, b.ServerDoubt = took, b.state.Precision
	}
}

// settle settles the reservation of the prompts by what their results report.
func (b *Batch) settle() {
	sum := target.Outcome{InputKnown: true, OutputByPrompt: []uint64{}, CachedTokens: new(uint64)}
	for _, o := range b.Outcomes {
		if o.Class == target.Success && (o.OutputByPrompt == nil || !o.InputKnown) {
			sum.InputKnown = false
			continue
		}
		sum.OutputByPrompt = append(sum.OutputByPrompt, o.OutputByPrompt...)
		sum.InputTokens += o.InputTokens
		sum.OutputTokens += o.OutputTokens
		sum.CacheWriteTokens += o.CacheWriteTokens
		if o.CachedTokens != nil {
			*sum.CachedTokens += *o.CachedTokens
		}
	}
	switch {
	case b.state.Failed.Class != target.Success: // before any work
		b.held.Settle(true, http.StatusBadRequest, target.Outcome{})
	case b.Unsettled, !sum.InputKnown:
		b.held.Settle(true, 0, target.Outcome{})
	default:
		b.held.Settle(true, http.StatusOK, sum)
	}
}
