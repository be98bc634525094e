package doctor

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/transport"
)

// judge sets what would go wrong in the run.
func (r *Report) judge(o Options) {
	arms := o.Scenario.Arms()
	run := time.Duration(0) // at least, where it depends on the server
	if ms := cmp.Or(o.Forecast.TimeMS.Expected, o.Forecast.TimeMS.Least); ms != nil {
		run = time.Duration(*ms * float64(time.Millisecond))
	}
	for i, seen := range r.Arms {
		f := &findings{report: r, arm: arms[i], seen: seen, run: run}
		if seen.Failed != "" {
			f.failure()
		}
		f.certificate()
		f.credential()
		f.clock()
		f.answer()
		f.connections()
		f.batches()
		f.limits(demandOf(o, r.Arms, i))
	}
	r.closedBudget(o)
	r.files(o)
	for _, warning := range o.Forecast.Warnings {
		to := &r.Doubts
		if o.Forecast.EndsEarly && !strings.Contains(warning, "may need") {
			to = &r.Problems
		}
		*to = append(*to, Finding{Arms: []string{}, Says: warning})
	}
}

// closedBudget says whether closed load would use up the budget of attempts if every answer took as long
// as the doctor's did, whose answers were asked to be short.
func (r *Report) closedBudget(o Options) {
	limit := o.Scenario.Budget.Requests
	if limit == 0 || o.Forecast.Total.Attempts.Least == nil {
		return
	}
	attempts, closed := *o.Forecast.Total.Attempts.Least, false
	for i, arm := range o.Scenario.Arms() {
		c, answer := arm.Load.Closed, r.Arms[i].Response
		if c == nil {
			continue
		}
		if answer == nil || answer.Class != "" || answer.ServiceMS <= 0 {
			return
		}
		closed = true
		turn := answer.ServiceMS/1000 + c.Think.Quantile(0.5).Seconds()
		attempts += float64(c.InFlight) * c.Duration.Seconds() * float64(o.Scenario.Experiment.Blocks) / turn
	}
	if closed && attempts > float64(limit) {
		r.Doubts = append(r.Doubts, Finding{[]string{}, fmt.Sprintf(
			"budget.requests: if all answers take as little time as these, which were short, the run makes about %.0f attempts, and its budget of %d ends it early", attempts, limit)})
	}
}

// files says whether closed load needs more connections than this process may open. Every arm keeps
// its own.
func (r *Report) files(o Options) {
	needs := 0
	for _, arm := range o.Scenario.Arms() {
		if c := arm.Load.Closed; c != nil && arm.Client.Protocol == "http/1.1" {
			needs += min(c.InFlight, arm.Client.InFlight)
		}
	}
	if o.FreeFiles > 0 && uint64(needs) > o.FreeFiles {
		r.Problems = append(r.Problems, Finding{[]string{}, fmt.Sprintf(
			"the closed load of all arms needs %d connections, and this process may open %d more (ulimit -n)", needs, o.FreeFiles)})
	}
}

// findings judges one arm.
type findings struct {
	report *Report
	arm    scenarios.Arm
	seen   Arm
	// run is how long the run takes if nothing is slow.
	run time.Duration
}

func (f *findings) problem(format string, args ...any) {
	add(&f.report.Problems, f.seen.Arm, fmt.Sprintf(format, args...))
}

func (f *findings) doubt(format string, args ...any) {
	add(&f.report.Doubts, f.seen.Arm, fmt.Sprintf(format, args...))
}

// add adds a finding, or the arm to the same one of other arms.
func add(to *[]Finding, arm, says string) {
	for i, known := range *to {
		if known.Says == says {
			(*to)[i].Arms = append(known.Arms, arm)
			return
		}
	}
	*to = append(*to, Finding{[]string{arm}, says})
}

// failure says why there is no answer of success.
func (f *findings) failure() {
	why := f.seen.Error
	switch f.seen.Failed {
	case stageCredential:
		f.problem("there is no credential: %s", why)
	case stageRequest:
		f.refusal(why)
	case transport.StageLookup:
		f.problem("the host was not found: %s", why)
	case transport.StageConnect:
		f.problem("no connection: %s", why)
	case transport.StageTLS:
		f.problem("the TLS handshake failed: %s", why)
	default:
		f.problem("%s", why)
	}
}

// refusal says why the request was not answered as it should be. A mock does what its scenario asks
// for: one that fails some arms is a doubt.
func (f *findings) refusal(why string) {
	r := f.seen.Response
	say := f.problem
	if f.seen.Server == target.Mock && (r != nil && faulty(target.Class(r.Class)) || f.report.someAnswered() && (r == nil || r.Class == string(target.AuthError))) {
		say = f.doubt
	}
	switch {
	case r == nil:
		say("the request had no answer: %s", why)
	case f.seen.Credential.Accepted != nil && !*f.seen.Credential.Accepted:
		say("the credential (target.auth.scheme %s) is refused: %s", f.seen.Credential.Scheme, why)
	case f.seen.Model != nil && f.seen.Model.Found != nil && !*f.seen.Model.Found:
		say("the model %q was not found: %s", f.seen.Model.Asked, why)
	case r.Class == string(target.RateLimit):
		wait := ""
		if r.RetryAfterMS != nil {
			wait = fmt.Sprintf(", and asks to wait for %s", span(*r.RetryAfterMS))
		}
		say("the server refuses even a single request: %s%s", why, wait)
	default:
		say("the request failed (%s): %s", r.Class, why)
	}
}

// someAnswered reports whether an arm had an answer of success.
func (r *Report) someAnswered() bool {
	return slices.ContainsFunc(r.Arms, func(a Arm) bool { return a.Failed == "" })
}

// faulty reports whether a failure may be a fault that a mock is set to.
func faulty(c target.Class) bool {
	return slices.Contains([]target.Class{target.Server, target.RateLimit, target.Timeout, target.Transport}, c)
}

// soon is how many days before its expiry a certificate is worth a word.
const soon = 7

// certificate says whether the certificate outlives the run.
func (f *findings) certificate() {
	t := f.seen.TLS
	if t == nil || f.seen.Server == target.Mock {
		return
	}
	left := time.Duration(t.DaysLeft * 24 * float64(time.Hour))
	switch {
	case left <= 0:
		f.problem("the certificate of %s expired on %s", t.Subject, t.NotAfter.Format(time.DateTime))
	case left < f.run:
		f.problem("the certificate of %s expires on %s, before the run ends", t.Subject, t.NotAfter.Format(time.DateTime))
	case t.DaysLeft < soon:
		f.doubt("the certificate of %s expires on %s", t.Subject, t.NotAfter.Format(time.DateTime))
	}
	if t.SelfSigned && strings.Contains(f.seen.Error, "client.tls.ca") {
		f.doubt("the certificate of %s is self-signed: set client.tls.ca to its file, or client.tls.insecure to accept any", t.Subject)
	}
}

// credential says whether the credential outlives the run.
func (f *findings) credential() {
	c := f.seen.Credential
	if c.LifeMS == nil {
		return
	}
	life := time.Duration(*c.LifeMS * float64(time.Millisecond))
	switch {
	case life <= 0:
		f.problem("the credential has expired")
	case life > f.run:
	case c.Scheme == "apikey" || c.Scheme == "none":
		f.problem("the credential expires in %s, and the run takes %s: target.auth.key cannot be renewed", span(*c.LifeMS), rounded(f.run))
	case f.arm.Target.Auth.Refresh.Policy == "on_401" && c.Scheme != "jwt":
		f.doubt("the credential expires in %s, during the run, and is renewed once it is refused (target.auth.refresh.policy on_401)", span(*c.LifeMS))
	}
}

// The leeway that verifiers of signed tokens commonly have, and a difference of clocks that is worth
// a word anyway.
const (
	commonLeeway = 30 * time.Second
	noticeable   = 5 * time.Second
)

// clock says whether the clocks differ by so much that signed tokens are refused.
func (f *findings) clock() {
	c := f.seen.Clock
	if c == nil {
		return
	}
	surely := time.Duration((math.Abs(c.OffsetMS) - c.ErrorMS) * float64(time.Millisecond))
	side := "ahead of"
	if c.OffsetMS < 0 {
		side = "behind"
	}
	switch {
	case surely > commonLeeway && f.arm.Target.Auth.Scheme == "jwt":
		f.problem("the server's clock is %s %s this machine's: it may refuse tokens that this machine signs", span(math.Abs(c.OffsetMS)), side)
	case surely > noticeable:
		f.doubt("the server's clock is %s %s this machine's", span(math.Abs(c.OffsetMS)), side)
	}
}

// answer says what an answer of success lacks.
func (f *findings) answer() {
	r, cfg := f.seen.Response, f.arm.Target
	if r == nil || r.Class != "" {
		return
	}
	if o := f.seen.Output; o != nil && o.Honoured != nil && !*o.Honoured {
		f.problem("the answer has %d output tokens, but %d were asked for: the cost of a run cannot be limited (target.max_tokens_field)", *r.OutputTokens, *o.Asked)
	}
	if r.Page {
		f.doubt("the answer is an HTML page, such as that of a proxy or of maintenance, of which target.http.success judges the status alone: it can read body and header")
	}
	if cfg.Dialect != "http" && (r.OutputTokens == nil || r.InputTokens == nil) {
		f.doubt("the answer does not report its tokens: tokens and cost will be unknown, and the budget counts what it reserves")
	}
	if s := f.seen.Stream; s != nil {
		switch {
		case s.Pieces == 0:
			f.doubt("a stream limited to %d tokens had no output: TTFT is unknown for such answers", maxTokens)
		case s.Streams != nil && !*s.Streams:
			f.doubt("all %d pieces of the stream came within %s, %s after the request: something on the way seems to hold the stream back, and TTFT and TPOT would be wrong", s.Pieces, span(*s.SpreadMS), span(*s.FirstMS))
		}
	}
	if m := f.seen.Model; m != nil && m.Answered != "" && !strings.Contains(m.Answered, m.Asked) && !strings.Contains(m.Asked, m.Answered) {
		f.doubt("the answer names the model %s, but %s was asked for", m.Answered, m.Asked)
	}
}

// connections says whether requests wait for connections that the scenario does not allow.
func (f *findings) connections() {
	c, closed := f.arm.Client, f.arm.Load.Closed
	if closed == nil {
		return
	}
	if closed.InFlight > c.InFlight {
		f.doubt("load.closed.in_flight %d needs that many requests at once, and client.in_flight allows %d", closed.InFlight, c.InFlight)
	}
	room := c.Connections
	if c.Protocol != "http/1.1" {
		room = c.Connections * c.Streams
	}
	if room > 0 && closed.InFlight > room {
		f.doubt("load.closed.in_flight %d needs more connections than client.connections %d allows with %s: requests would wait for one", closed.InFlight, c.Connections, c.Protocol)
	}
}

// batches says that a single request tells nothing about a batch API.
func (f *findings) batches() {
	if f.arm.Load.Batch != nil && f.seen.Failed == "" {
		f.doubt("load.batch: the batch API was not tried, only a single request with the same dialect, credential and model")
	}
}

// limits compares what the run asks for with the rate limits that the answer tells of. A load that
// respects them is held back, and fails nothing.
func (f *findings) limits(d demand) {
	share, over, then := 1.0, f.problem, ""
	if respected := f.arm.Load.RespectLimits.Share; respected > 0 {
		share, over, then = respected, f.doubt, ": requests are held back (load.respect_limits)"
	}
	for _, l := range f.seen.Limits {
		rate, known := d.perSecond[l.Counts]
		if l.Limit == nil || !known {
			continue
		}
		if l.WindowMS != nil {
			window := time.Duration(*l.WindowMS * float64(time.Millisecond))
			if needs := rate * window.Seconds(); needs > share*float64(*l.Limit) {
				over("%s: the load asks for %.0f %s a %s, and the limit is %d%s", l.Name, needs, spaced(l.Counts), windowName(window), *l.Limit, then)
			}
			continue
		}
		if l.Remaining != nil && l.ResetMS != nil {
			reset := min(time.Duration(*l.ResetMS*float64(time.Millisecond)), f.run)
			if needs := rate * reset.Seconds(); needs > share*float64(*l.Remaining) {
				over("%s: the load asks for %.0f %s in the next %s, and %d are left%s", l.Name, needs, spaced(l.Counts), rounded(reset), *l.Remaining, then)
			}
		}
	}
}

// demand is what open load asks of a server each second, from all arms that load it at the same time.
type demand struct{ perSecond map[string]float64 }

// demandOf returns what asks for the limits that the i-th arm saw.
func demandOf(o Options, seen []Arm, i int) demand {
	d := demand{map[string]float64{}}
	for k, arm := range o.Scenario.Arms() {
		together := o.Scenario.Experiment.Order == scenarios.Concurrent && seen[i].Server != target.Mock && seen[k].Server == seen[i].Server && sameAccount(arm, o.Scenario.Arms()[i])
		open := arm.Load.Open
		if k != i && !together || open == nil || open.Trace != "" {
			continue
		}
		batch := arm.Target.Batch
		carried := min(float64(batch.Size), 1+open.Rate*batch.Linger.Seconds())
		d.perSecond[requests] += open.Rate / carried
		told := o.Forecast.Arms[k]
		if told.InputPerPrompt == nil || told.OutputPerPrompt == nil {
			continue
		}
		d.perSecond[inputTokens] += open.Rate * *told.InputPerPrompt
		d.perSecond[outputTokens] += open.Rate * *told.OutputPerPrompt
		d.perSecond[bothTokens] += open.Rate * (*told.InputPerPrompt + *told.OutputPerPrompt)
	}
	return d
}

// sameAccount reports whether two arms use the same limits, which providers set for each credential and
// model.
func sameAccount(a, b scenarios.Arm) bool {
	return a.Target.ModelName() == b.Target.ModelName() && reflect.DeepEqual(a.Target.Auth, b.Target.Auth) && reflect.DeepEqual(a.Target.Headers, b.Target.Headers)
}

func windowName(d time.Duration) string {
	if d > time.Hour {
		return "day"
	}
	return "minute"
}

func spaced(name string) string { return strings.ReplaceAll(name, "_", " ") }

// span writes a duration in ms.
func span(ms float64) string { return rounded(time.Duration(ms * float64(time.Millisecond))) }

// rounded writes a duration with two or three digits.
func rounded(d time.Duration) string {
	for _, unit := range []time.Duration{time.Minute, time.Second, 100 * time.Millisecond, time.Millisecond, 10 * time.Microsecond} {
		if d >= 100*unit {
			return d.Round(unit).String()
		}
	}
	return d.Round(time.Microsecond).String()
}

// Fails reports whether something would go wrong for sure.
func (r *Report) Fails() bool { return len(r.Problems) > 0 }
