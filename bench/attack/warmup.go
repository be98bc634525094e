package attack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"syscall"
	"time"

	"weighbridge/bench/attack/alarm"
	"weighbridge/bench/record/reasons"
	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target"
)

const (
	// maxUnanswered is the number of requests without an answer after which a server counts as
	// unreachable, and maxRefused the number of failures after which CheckReachable gives up.
	maxUnanswered = 3
	maxRefused    = 10
	// refusedPause is the pause after a failure. The pause while a server is not ready begins with
	// firstPause and doubles up to longestPause.
	refusedPause = 50 * time.Millisecond
	firstPause   = 50 * time.Millisecond
	longestPause = time.Second
)

// CheckReachable sends single requests until one succeeds, so that the first connection and token exist
// before others need them. While answers say that the server is not ready yet, it goes on for load.ready, and
// calls waiting before each pause with what the server said. It returns an error if there is no connection, or
// none lasts; an arm whose server answers with errors, halfway, or not within client.timeout is measured. For a
// mock, whose faults are asked for, any HTTP response is enough.
func (a *Arm) CheckReachable(ctx context.Context, waiting func(said string)) error {
	if err := a.firstCredential(ctx); err != nil {
		return err
	}
	a.session.regions.Watch(ctx)
	began, pause := time.Now(), firstPause
	for unanswered, refused := 0, 0; ; {
		x := a.try(ctx)
		switch soon := notYet(x) && !a.mocked; {
		case a.isWarm():
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case a.ends(x) && a.OffLoopback():
			return a.WarmError()
		case a.ends(x): // the others are measured all the same
			a.hopeless = true
			return nil
		case answering(x) || timedOut(x):
			if unanswered++; unanswered == maxUnanswered {
				a.hopeless = true
				return nil
			}
			continue
		case soon && time.Since(began) < a.Load.Ready:
			waiting(x.Outcome.Detail)
			alarm.Until(ctx, time.Now().Add(min(pause, a.Load.Ready-time.Since(began)))) // the next try checks whether ctx ended
			pause = min(2*pause, longestPause)
			continue
		case soon && a.Load.Ready > 0 && x.Status > 0:
			a.hopeless = true
			return nil
		case x.Status == 0 && (refused == 0 || x.Outcome.Class == target.AuthError):
			if unanswered++; soon && a.Load.Ready > 0 || unanswered == maxUnanswered || x.Outcome.Class == target.AuthError {
				return a.WarmError()
			}
			continue
		}
		if refused++; refused == maxRefused {
			a.hopeless = refuses(a.firstFailure())
			return nil
		}
		alarm.Until(ctx, time.Now().Add(refusedPause))
	}
}

// MostTries returns how many requests CheckReachable sends at most. Any answer of a mock ends it.
func MostTries(l scenarios.Load, mocked bool) int {
	if mocked {
		return maxUnanswered
	}
	tries := maxUnanswered - 1 + maxRefused
	for waited, pause := time.Duration(0), firstPause; waited < l.Ready; pause = min(2*pause, longestPause) {
		tries++
		waited += pause
	}
	return tries
}

// firstCredential obtains the arm's credential, which may take longer than client.timeout. It
// returns no error if the endpoint that issues it may only not be ready yet.
func (a *Arm) firstCredential(ctx context.Context) error {
	if a.scheme == nil {
		return nil
	}
	err := a.scheme.Authorize(ctx, http.Header{})
	if err == nil || ctx.Err() != nil || notYet(&exchange{Err: err}) {
		return ctx.Err()
	}
	return fmt.Errorf("arm %s: no credential: %w", a.Name, err)
}

// try sends one request of the warm-up.
func (a *Arm) try(ctx context.Context) *exchange {
	if a.Load.Batch != nil {
		return a.tryList(ctx)
	}
	return a.ask(ctx, a.work.Sample(PhaseWarmup, a.Target.Batch.Size))
}

// ask sends one request of the warm-up with the prompts.
func (a *Arm) ask(ctx context.Context, prompts []schedule.Prompt) *exchange {
	r := a.newRequest(PhaseWarmup)
	r.Prompts = prompts
	under := a.client.Under(ctx)
	defer under.Close()
	r.exchange = a.sender(under)(r)
	a.logWarmup(r)
	return r.exchange
}

// calibrationOutput is the longest answer that a request of a calibration asks for, in tokens: OpenAI's
// Responses refuses fewer.
const calibrationOutput = 16

// CalibrationPrompt is the prompt of a request of a calibration.
func CalibrationPrompt(text string, p scenarios.Prompts) schedule.Prompt {
	return schedule.Prompt{Text: text, MaxTokens: min(calibrationOutput, p.MostTokens())}
}

// Calibrate sends each of the texts, one after another, and returns those of which the answer
// reports the input tokens. why says what the others lack; "" if nothing.
func (a *Arm) Calibrate(ctx context.Context, texts []string) (counted []schedule.Counted, why string) {
	services := len(a.services)
	for _, text := range texts {
		if ctx.Err() != nil || a.hopeless {
			break
		}
		x := a.ask(ctx, []schedule.Prompt{CalibrationPrompt(text, a.Prompts)})
		switch o := x.Outcome; {
		case o.Class != target.Success:
			why = fmt.Sprintf("a request failed (%s): %s", o.Class, o.Detail)
			if a.ends(x) {
				return counted, why
			}
		case !o.InputKnown:
			why = "the server reports no usage of input tokens"
		default:
			counted = append(counted, schedule.Counted{Text: text, Tokens: o.InputTokens})
		}
	}
	a.services = a.services[:services] // their answers are short
	return counted, why
}

// SetDeck makes the arm draw its prompts from another deck. Call it between slices.
func (a *Arm) SetDeck(d *schedule.Deck) { a.work.Deck = d }

// notYet reports whether an answer, or the lack of one, says that the server or what is behind
// it is still starting: 425, 502, 503, 504, 529 (overloaded, of Anthropic), Cloudflare's 52x, or a
// connection that is refused or closed.
func notYet(x *exchange) bool {
	switch s := x.Status; s {
	case 0:
		return !answering(x) && (errors.Is(x.Err, syscall.ECONNREFUSED) || errors.Is(x.Err, syscall.ECONNRESET) || errors.Is(x.Err, io.EOF) || errors.Is(x.Err, io.ErrUnexpectedEOF))
	case http.StatusTooEarly, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout, 529:
		return true
	default:
		return s >= 520 && s <= 524
	}
}

// answering reports whether a request ended inside an answer, by its timeout or with its connection: its server
// is there.
func answering(x *exchange) bool {
	n := len(x.Attempts)
	return n > 0 && x.Attempts[n-1].Status == 0 && !x.Attempts[n-1].Heard.IsZero()
}

// timedOut reports whether a request had a connection, and client.timeout passed before an answer.
func timedOut(x *exchange) bool {
	n := len(x.Attempts)
	return x.Status == 0 && x.Outcome.Class == target.Timeout && n > 0 && !x.Attempts[n-1].Unconnected
}

// refuses reports whether a failure says that the request is wrong: an equal one will fail as well.
func refuses(f reasons.Failure) bool {
	switch target.Class(f.Class) {
	case target.ClientErr, target.AuthError, target.Contract:
		return f.Count >= maxRefused
	}
	return false
}

// firstFailure is the most frequent failure of the warm-up; the zero Failure if there was none.
func (a *Arm) firstFailure() reasons.Failure {
	for _, f := range a.failures.List() {
		if f.Phase == PhaseWarmup {
			return f
		}
	}
	return reasons.Failure{}
}

// isWarm reports whether a prompt of the warm-up was answered or, of a mock, anything was.
func (a *Arm) isWarm() bool { return a.warm || a.mocked && len(a.log.Statuses) > 0 }

// Hopeless reports whether the arm's server refused every request of CheckReachable with the same
// words, completed no answer within client.timeout, or was not ready within load.ready: more of them are futile.
func (a *Arm) Hopeless() bool { return a.hopeless }

// WarmError returns an error that says what failed most if nothing was answered in the warm-up.
func (a *Arm) WarmError() error {
	if a.isWarm() {
		return nil
	}
	why := "no request was sent"
	if f := a.firstFailure(); f.Class != "" {
		why = f.Line()
	}
	return fmt.Errorf("arm %s: nothing succeeded in the warm-up: %s", a.Name, why)
}

// WarmupOpen runs open load for load.warmup and discards the result.
func (a *Arm) WarmupOpen(ctx context.Context, start time.Time) error {
	open, ok := WarmupLoad(a.Load)
	if !ok {
		return nil
	}
	_, err := a.openAttack(ctx, PhaseWarmup, open, &tally{start: start}, 0, 1)
	return err
}

// WarmupLoad returns the open load of the warm-up, if there is any. An arm that has only a
// capacity search warms up at the first rate of the search.
func WarmupLoad(l scenarios.Load) (open scenarios.Open, ok bool) {
	switch {
	case l.Warmup == 0:
		return open, false
	case l.Open != nil:
		open = *l.Open
	case l.Capacity != nil && l.Closed == nil:
		return probeLoad(*l.Capacity, l.Capacity.From, l.Warmup), true
	default:
		return open, false
	}
	open.Duration = l.Warmup
	return open, true
}

// WarmupClosed keeps as many requests in flight as a closed slice will, so that their
// connections exist. It lasts for the ramp and, if there is no open load, load.warmup.
func (a *Arm) WarmupClosed(ctx context.Context) error {
	if a.Load.Closed == nil {
		return nil
	}
	until := time.Now().Add(a.Load.Closed.Ramp)
	if a.Load.Open == nil {
		until = until.Add(a.Load.Warmup)
	}
	return a.closedAttack(ctx, closedLoad{phase: PhaseWarmup, block: -1, until: until, talks: a.converse(PhaseWarmup)}, a.logWarmup)
}

// maxServices is how many service latencies of the warm-up are kept.
const maxServices = 1000

// ServiceTime returns the median service latency of the warm-up; 0 if nothing was answered in it.
func (a *Arm) ServiceTime() time.Duration {
	if len(a.services) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(a.services))[len(a.services)/2]
}
