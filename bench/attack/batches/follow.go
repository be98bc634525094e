package batches

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"weighbridge/bench/attack/alarm"
	"weighbridge/target"
	"weighbridge/target/transport"
)

// follow asks for the state of a batch until it has ended, and reports whether it has. Otherwise it
// cancels the batch, and each prompt has its outcome.
func (r Runner) follow(ctx, late context.Context, b *Batch, began time.Time) (ended bool) {
	deadline := began.Add(r.Wait)
	unfinished, pause, failures := b.Submitted, r.Poll, 0
	for last := false; !b.state.Ended; {
		switch {
		case last:
			b.cutOff(fmt.Sprintf("the batch had not ended (%s) after load.batch.wait, %v", b.state.Status, r.Wait))
			r.cancel(late, b)
			return false
		case !alarm.Until(ctx, earlier(time.Now().Add(pause), deadline)):
			b.cutOff(fmt.Sprintf("the batch had not ended (%s) when the run was stopped", b.state.Status))
			r.cancel(late, b)
			return false
		}
		asked := time.Now()
		last = !asked.Before(deadline)
		req, err := r.API.Poll(r.Base, b.id)
		x := r.call(late, transport.Call{Request: req}, err, r.readState(b))
		b.Polls++
		pause = max(r.Poll, x.RetryAfter())
		switch class := x.Outcome.Class; {
		case class == target.Success:
			failures = 0
			b.noteState(unfinished, time.Now())
			unfinished = asked
			continue
		case class == target.Budget:
			r.cancel(late, b)
			b.cutOff("the budget has no room for another poll: " + x.Outcome.Detail)
			return false
		case class == target.AuthError, failures+1 == mostFailures:
			b.FailedPolls++
			r.cancel(late, b)
			b.fail(target.Outcome{Class: class, Detail: "asking whether the batch has ended: " + x.Outcome.Detail})
			return false
		}
		failures++
		b.FailedPolls++
	}
	return true
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// cancel cancels the batch. Its reservation is used up.
func (r Runner) cancel(ctx context.Context, b *Batch) {
	b.Canceled = true
	req, err := r.API.Cancel(r.Base, b.id)
	call := transport.Call{Request: req, Reserved: b.cancel}
	b.cancel = nil
	if x := r.call(ctx, call, err, r.readState(b)); x.Outcome.Class != target.Success {
		b.warn("batch %s could not be canceled (%s): it may go on, and is billed", b.id, x.Outcome.Detail)
	}
}

// fetch reads the results of a batch that has ended.
func (r Runner) fetch(ctx, late context.Context, b *Batch) {
	if b.state.Failed.Class != target.Success {
		b.Unsettled = false
		b.fail(b.state.Failed)
		return
	}
	requests, err := r.API.Results(r.Base, b.state)
	if err != nil {
		b.fail(target.Outcome{Class: target.ClientErr, Detail: "build the request: " + err.Error()})
		return
	}
	lines := newLines(r.API, b)
	for _, req := range requests {
		if out := r.part(ctx, late, req, lines.read); out.Class != target.Success {
			if out.Class == target.Budget {
				out.Class = target.CutOff
			}
			b.fail(target.Outcome{Class: out.Class, Detail: "the batch has ended, but its results could not be read: " + out.Detail})
			b.Results = map[string]uint64{}
			b.warn("the results of batch %s could not be read: its prompts are billed all the same", b.id)
			return
		}
	}
	lines.finish()
	b.Over = time.Now()
}

// part reads a part of the results; it asks again if that fails for a reason that may pass.
func (r Runner) part(ctx, late context.Context, req *http.Request, read func([]byte)) target.Outcome {
	for tried := 1; ; tried++ {
		var results []byte
		x := r.call(late, transport.Call{Request: req}, nil, func(body []byte) error {
			results = body
			return nil
		})
		switch class := x.Outcome.Class; {
		case class == target.Success:
			read(results)
			return x.Outcome
		case class == target.Budget, class == target.AuthError, class == target.CutOff, tried == r.Tries:
			return x.Outcome
		}
		if !alarm.Until(ctx, time.Now().Add(max(min(r.Poll, LongestPause), x.RetryAfter()))) {
			return target.Outcome{Class: target.CutOff, Detail: "the run was stopped before they were read: " + x.Outcome.Detail}
		}
	}
}

// lines reads the lines of the results of a batch.
type lines struct {
	api   target.BatchAPI
	batch *Batch
	// index is the position of each prompt by its name, and kinds are the results so far.
	index map[string]int
	kinds []string
	// unclear says that a prompt has results that contradict each other.
	unclear bool
}

func newLines(api target.BatchAPI, b *Batch) *lines {
	l := &lines{api: api, batch: b, index: make(map[string]int, len(b.Outcomes)), kinds: make([]string, len(b.Outcomes))}
	for i := range b.Outcomes {
		l.index[target.CustomID(i)] = i
	}
	return l
}

// read reads a part of the results, whose lines come in any order.
func (l *lines) read(part []byte) {
	for line := range bytes.Lines(part) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		result, err := l.api.ReadResult(line)
		at, known := l.index[result.CustomID]
		switch {
		case err != nil:
			l.batch.Unreadable++
		case !known:
			l.batch.Foreign++
		case l.kinds[at] == "":
			l.kinds[at], l.batch.Outcomes[at] = result.Kind, result.Outcome
		default:
			l.again(at, result)
		}
	}
}

// again counts a further result of a prompt. One that says something else than the first leaves it
// unknown which of them is true.
func (l *lines) again(at int, r target.BatchResult) {
	l.batch.Doubled++
	if r.Kind == l.kinds[at] {
		return
	}
	l.unclear = true
	l.batch.Outcomes[at] = target.Outcome{
		Class: target.Contract, Failed: 1,
		Detail: "the results have " + strings.Join([]string{l.kinds[at], r.Kind}, " and ") + " for the same prompt",
	}
}

// finish counts the results, once all were read.
func (l *lines) finish() {
	l.batch.Unsettled = l.unclear
	for i, kind := range l.kinds {
		if kind != "" {
			l.batch.Results[kind]++
			l.batch.Unsettled = l.batch.Unsettled || l.batch.Outcomes[i].Class == target.Contract
			continue
		}
		l.batch.Unsettled = true
		l.batch.Missing++
		l.batch.Outcomes[i] = target.Outcome{Class: target.Contract, Failed: 1, Detail: "the batch has ended, and its results have no line for the prompt"}
	}
}
