package attack

import (
	"context"
	"strings"
	"sync"
	"time"

	"weighbridge/bench/attack/alarm"
	"weighbridge/bench/attack/turns"
	"weighbridge/bench/record"
	"weighbridge/bench/schedule"
	"weighbridge/target"
)

// fate is what became of a conversation with one of its turns.
type fate int

const (
	// goesOn: the next turn follows. With the other fates the conversation has ended.
	goesOn fate = iota
	// finished: the last turn was answered. failed: a turn failed. silent: a turn was answered without
	// any text to go on from.
	finished
	failed
	silent
	// cutShort: the harness ended it itself.
	cutShort
)

// conversations are the conversations of one attack; its prompts are their turns.
type conversations struct {
	arm   *Arm
	phase string
	// next keeps a turn until it is due, and end notes that a conversation has ended.
	next func(turn, before *request, due time.Time)
	end  func()

	// pool holds the turns of open load that wait; nil under closed load.
	pool *turns.Pool[*request]

	mu sync.Mutex
	// unsent are the turns that workers of closed load have not sent.
	unsent []*request
}

// converse returns the conversations of an attack; nil if its prompts are not turns.
func (a *Arm) converse(phase string) *conversations {
	if !a.Prompts.Converses() {
		return nil
	}
	return &conversations{arm: a, phase: phase}
}

// following returns a function that sends a turn with send, and then passes the conversation's next turn to
// c.next, due a pause after the answer.
func (c *conversations) following(send func(*request) *exchange) func(*request) *exchange {
	if c == nil {
		return send
	}
	return func(r *request) *exchange {
		x := send(r)
		p := r.Prompts[0]
		r.left = p.Conversation.Left()
		if r.fate = fateOf(p, x); r.fate != goesOn {
			c.end()
			return x
		}
		next := c.arm.newRequest(c.phase)
		turn, think := p.Next(x.Answer)
		turn.Block = p.Block
		next.Prompts, next.think, r.think = []schedule.Prompt{turn}, r.think, think
		c.next(next, r, x.End.Add(think))
		return x
	}
}

// leave notes a turn that is not sent, because the attack ends before it is due.
func (c *conversations) leave(turn *request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unsent = append(c.unsent, turn)
}

func fateOf(p schedule.Prompt, x *exchange) fate {
	switch class := x.Outcome.Class; {
	case class.Own():
		return cutShort
	case class != target.Success:
		return failed
	case p.Conversation.Left() == 0:
		return finished
	case p.Conversation.TakesAnswers() && strings.TrimSpace(x.Answer) == "":
		return silent
	}
	return goesOn
}

// rest returns the turns that were waiting when the attack ended.
func (c *conversations) rest() []*request {
	switch {
	case c == nil:
		return nil
	case c.pool != nil:
		return c.pool.Rest()
	}
	return c.unsent
}

// openConversations are conversations of open load: their first turns are due on a schedule, and each later
// turn when the pause after the previous answer is over.
type openConversations struct {
	*conversations
	ctx context.Context
	// first receives the scheduled turns as they are due; nil once there are no more.
	first <-chan *request
}

// openly makes them conversations of open load, with the first turns that p has. place sets when a turn is due,
// and its block. Turns that are due at end or later are not sent. The caller must call stop once the attack has
// ended.
func (c *conversations) openly(p *openPacer, end time.Time, place func(turn *request, due time.Time)) (o *openConversations, stop func()) {
	first := make(chan *request)
	c.pool = turns.New[*request](end)
	o = &openConversations{c, p.ctx, first}
	go func() {
		defer close(first)
		for r, ok := p.next(); ok; r, ok = p.next() {
			c.pool.Begin()
			first <- r
		}
	}()
	c.end = c.pool.End
	c.next = func(turn, _ *request, due time.Time) {
		place(turn, due)
		c.arm.build(turn)
		c.pool.Put(due, turn)
	}
	ctx, cancel := context.WithCancel(context.Background())
	watch, watched := alarm.New(ctx), make(chan struct{})
	go func() {
		defer close(watched)
		c.pool.Watch(ctx, watch.Wait)
	}()
	return o, func() {
		cancel()
		<-watched
		watch.Close()
	}
}

// nextTurn waits until a turn is due; false if no more is sent.
func (o *openConversations) nextTurn() (*request, bool) {
	for {
		if o.ctx.Err() != nil {
			if o.first == nil {
				return nil, false
			}
			r, ok := <-o.first // which ends soon
			return r, ok
		}
		if later, ok := o.pool.Take(); ok {
			return later, true
		}
		if o.first == nil && o.pool.Idle() {
			return nil, false
		}
		select {
		case r, ok := <-o.first:
			if ok {
				return r, true
			}
			o.first = nil
		case <-o.pool.Changed():
		case <-o.ctx.Done():
		}
	}
}

// closely makes them conversations of closed load: each worker holds one conversation at a time, until end.
func (c *conversations) closely(ctx context.Context, v *volley, end time.Time) {
	c.end = func() {}
	c.next = func(turn, before *request, _ time.Time) {
		c.arm.build(turn)
		before.following = turn
	}
	v.follow = func(r *request) *request {
		switch {
		case r.following == nil:
			return nil
		case ctx.Err() != nil, !time.Now().Before(end):
			c.leave(r.following)
			return nil
		}
		return r.following
	}
}

// addConversation counts what became of the conversation of a hit.
func (t *tally) addConversation(h hit) {
	p := h.Prompts[0]
	if p.Conversation == nil || p.Turn() == 1 && h.fate == cutShort && len(h.exchange.Attempts) == 0 { // it never began
		return
	}
	c := t.conversations(p.Block)
	if p.Turn() == 1 {
		c.Started++
	}
	switch h.fate {
	case finished:
		c.Finished++
	case failed:
		c.Failed++
		c.UnsentAfterFailure += uint64(h.left)
	case silent:
		c.Silent++
		c.UnsentAfterFailure += uint64(h.left)
	case cutShort:
		c.Open++
		c.UnsentAtEnd += uint64(h.left)
	}
}

// addWaiting counts the conversations whose next turn was not sent, because the last of their slices
// ended first.
func (t *tally) addWaiting(talks *conversations, last int) {
	for _, turn := range talks.rest() {
		c := t.conversations(min(turn.Prompts[0].Block, last))
		c.Open++
		c.UnsentAtEnd += uint64(1 + turn.Prompts[0].Conversation.Left())
	}
}

func (t *tally) conversations(block int) *record.Conversations {
	s := t.slice(block)
	if s.Conversations == nil {
		s.Conversations = &record.Conversations{}
	}
	return s.Conversations
}

// addTurnTimes adds the latencies of an answered prompt to those of its turn.
func (t *tally) addTurnTimes(h hit, due time.Time) {
	p := h.Prompts[0]
	if p.Conversation == nil {
		return
	}
	turn := t.conversations(p.Block).Turn(p.Turn())
	turn.Response.Record(h.exchange.End.Sub(due))
	if began, known := began(h.exchange); known {
		turn.TTFT.Record(began.Sub(due))
	}
}
