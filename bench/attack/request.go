package attack

import (
	"time"

	"weighbridge/bench/attack/ahead"
	"weighbridge/bench/record/reasons"
	"weighbridge/bench/schedule"
	"weighbridge/target"
	"weighbridge/target/transport"
)

// exchange is the outcome of a request.
type exchange = transport.Exchange

// request is a request to be sent and, once it was, its outcome.
type request struct {
	schedule.Batch
	// stagger is for how long its worker pauses before it sends the request, think for how long after the
	// answer.
	stagger, think time.Duration
	// wire is what is sent; its body exists once it is built.
	wire transport.Request
	// fate is what became of the conversation with its turn, and left how many turns come after it.
	fate fate
	left int
	// following is the next turn of the conversation, if the same worker sends it.
	following *request
	// seq is its number in the attack, from 0.
	seq uint64
	// sendAt is when its worker sends it, if volley.wait is set.
	sendAt time.Time
	// held is how long it was overdue but not handed over, because many others waited for a slot.
	held time.Duration
	// pickedUp is when its worker had it ready to send, built and after its stagger, less held: with a
	// worker, it would have waited for a slot during that time.
	pickedUp time.Time
	// exchange is the outcome, set by the worker.
	exchange *exchange
}

// chars is the length of its prompts, in bytes.
func (r *request) chars() (n int) {
	for _, p := range r.Prompts {
		n += len(p.Text)
	}
	return n
}

// asked is the number of tokens that its prompts were made of; 0 if that is not known.
func (r *request) asked() (tokens uint64) {
	for i := range r.Prompts {
		tokens += uint64(r.Prompts[i].Tokens)
	}
	return tokens
}

// hit is a request that has its outcome.
type hit = *request

// failures says which prompts of a hit failed: all or none of them, or some.
type failures struct {
	all  bool
	some map[int]bool
}

func failuresOf(h hit) failures {
	o := &h.exchange.Outcome
	if o.FailedAt == nil {
		return failures{all: o.Class != target.Success}
	}
	some := make(map[int]bool, len(o.FailedAt))
	for _, i := range o.FailedAt {
		some[i] = true
	}
	return failures{some: some}
}

// at reports whether the i-th prompt failed.
func (f failures) at(i int) bool { return f.all || f.some[i] }

// newRequest returns a request without prompts.
func (a *Arm) newRequest(phase string) *request {
	return &request{wire: transport.Request{Phase: phase}}
}

// buildAhead builds requests before they are needed, except urgent ones. The caller must
// stop the queue.
func (a *Arm) buildAhead(next func() (*request, bool), urgent func(*request) bool) *ahead.Queue[*request] {
	return ahead.New(ahead.Requests[*request]{Next: next, Build: a.build, Urgent: urgent, Size: (*request).chars})
}

// build builds what a request sends.
func (a *Arm) build(r *request) {
	phase := r.wire.Phase
	r.wire = Content(a.Target, r.Prompts)
	r.wire.Phase = phase
	a.client.Build(&r.wire)
}

// Content is what a request with the prompts sends, before it is built.
func Content(cfg target.Config, prompts []schedule.Prompt) transport.Request {
	r := transport.Request{Prompts: make([]string, len(prompts))}
	for i, p := range prompts {
		r.Prompts[i] = p.Bust + p.Text
		r.MaxTokens = max(r.MaxTokens, p.MaxTokens)
	}
	if first := prompts[0]; first.Conversation != nil || first.Bust != "" && cfg.System != "" {
		r.Conversation, r.KeepAnswer = conversationOf(first, cfg.System), first.Conversation.TakesAnswers()
	}
	return r
}

// conversationOf returns what a request sends for a prompt: the turns before it and the prompt. A text that keeps
// prompt caches from recognizing the beginning comes first on the wire.
func conversationOf(p schedule.Prompt, targetSystem string) *target.Conversation {
	out := &target.Conversation{}
	if c := p.Conversation; c != nil {
		if out.System = c.System(); out.System != "" && targetSystem != "" {
			out.System += "\n\n"
		}
		for _, turn := range c.Past() {
			out.Turns = append(out.Turns, target.Turn{Role: "user", Text: turn.User}, target.Turn{Role: "assistant", Text: turn.Answer})
		}
	}
	out.Turns = append(out.Turns, target.Turn{Role: "user", Text: p.Text})
	if out.System+targetSystem != "" {
		out.System = p.Bust + out.System
	} else {
		out.Turns[0].Text = p.Bust + out.Turns[0].Text
	}
	return out
}

// sender returns a function that sends a request and waits for its outcome. If the request is not built yet, its
// worker builds it first, and that time is part of the send lag.
func (a *Arm) sender(under *transport.Scope) func(*request) *exchange {
	return func(r *request) *exchange {
		if !r.wire.Built() {
			a.build(r)
		}
		r.pickedUp = time.Now().Add(-r.held)
		a.counts.Live.InFlight.Add(1)
		x := under.Do(&r.wire)
		a.counts.Live.InFlight.Add(-1)
		if x.Outcome.Failed < len(r.Prompts) {
			a.answered.Store(true)
		}
		// A server may repeat what it was sent. Texts are cut afterwards, as half of a secret is not known.
		if x.Outcome.Detail != "" {
			x.Outcome.Detail = a.oneLine(x.Outcome.Detail)
		}
		x.Outcome.Finish = a.secrets.Redact(x.Outcome.Finish)
		return x
	}
}

// oneLine is a text that a server sent, without secrets, on one line.
func (a *Arm) oneLine(text string) string { return reasons.OneLine(a.secrets.Redact(text)) }
