package callback

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"weighbridge/mockserver/clock"
	"weighbridge/mockserver/ledger"
)

// sendTimeout bounds how long a receiver may take for one callback.
const sendTimeout = 5 * time.Second

// Delivery is where callbacks are sent, and the secret that they are signed with: "whsec_" and at
// least 24 bytes in base64.
type Delivery struct {
	URL    string `json:"url"`
	Secret string `json:"secret"`
}

// Options are the dependencies of a Sender.
type Options struct {
	Delivery
	Clock clock.Clock
	// Do sends a request.
	Do func(*http.Request) (*http.Response, error)
	// Random returns the random numbers of a named decision, by attempt.
	Random func(decision string) func(attempt uint64) float64
	// Count adds to the ledger.
	Count func(ledger.Callbacks)
}

// Sender sends the callbacks of one mock, one at a time in the order in which they are due. Without a
// URL it sends none, and counts all as undelivered. It is safe for concurrent use.
type Sender struct {
	Options
	started time.Time
	draws   map[string]func(attempt uint64) float64
	ctx     context.Context // ends with Close
	stop    context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex
	billed uint64 // answers, and the number of the last message
	queue  []*message
	// held is the message that is sent after the next one.
	held *message
	// changed is closed and replaced when the queue has changed, or a message was sent.
	changed chan struct{}
	sending bool
	// draining says that what is held back need not wait for another one, stopped that nothing
	// more is sent.
	draining, stopped bool
}

// NewSender returns a Sender, which must be closed.
func NewSender(o Options) *Sender {
	s := &Sender{
		Options: o, started: o.Clock.Now(), draws: map[string]func(uint64) float64{}, changed: make(chan struct{}),
	}
	for _, decision := range []string{"loss", "duplicate", "reorder", "delay", "second_delay", "forged", "replayed"} {
		s.draws[decision] = o.Random("callbacks." + decision)
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	if o.URL != "" {
		s.running.Go(s.run)
	}
	return s
}

// Bill sends the callback of an answer that is billed, or does what c says instead. attempt is the
// number from which its random decisions are derived, reference the client's ID of the attempt.
func (s *Sender) Bill(c Config, attempt uint64, reference uint32, tokens ledger.Tokens) {
	now := s.Clock.Now()
	hits := func(decision string, share float64) bool { return share > 0 && s.draws[decision](attempt) < share }
	count := ledger.Callbacks{Billed: 1}
	s.mu.Lock()
	s.billed++
	m := message{
		id:     fmt.Sprintf("msg_%x_%d", s.started.UnixNano(), s.billed),
		due:    now.Add(c.Delay.Quantile(s.draws["delay"](attempt))),
		body:   body(now, data{reference, s.billed, tokens.Input, tokens.Output}),
		tokens: tokens, order: 4 * s.billed,
	}
	var all []*message
	if hits("loss", c.Loss) {
		count.Lost, count.LostTokens = 1, tokens
	} else {
		m.holdBack = hits("reorder", c.Reorder)
		all = append(all, &m)
		if hits("duplicate", c.Duplicate) {
			all = append(all, m.again(duplicate, c.Delay.Quantile(s.draws["second_delay"](attempt))))
		}
		if hits("replayed", c.Replayed) {
			all = append(all, m.again(replayed, 0))
		}
	}
	if hits("forged", c.Forged) {
		f := m.again(forged, 0)
		f.id, f.body = m.id+"f", body(now, data{reference, s.billed, 2*tokens.Input + 1, 2*tokens.Output + 1})
		all = append(all, f)
	}
	if s.stopped || s.URL == "" {
		count.Add(undelivered(all))
	} else {
		s.enqueue(all...)
	}
	s.mu.Unlock()
	s.Count(count)
}

// again returns another message like m, so much later.
func (m *message) again(as kind, later time.Duration) *message {
	other := *m
	other.kind, other.order, other.holdBack, other.due = as, m.order+uint64(as), false, m.due.Add(later)
	return &other
}

// enqueue adds messages to the queue in the order in which they are due; mu is held.
func (s *Sender) enqueue(messages ...*message) {
	for _, m := range messages {
		at, _ := slices.BinarySearchFunc(s.queue, m, func(a, b *message) int {
			return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.order, b.order))
		})
		s.queue = slices.Insert(s.queue, at, m)
	}
	s.tell()
}

// tell wakes up those who wait for a change; mu is held.
func (s *Sender) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// run sends messages until the Sender is closed.
func (s *Sender) run() {
	for s.ctx.Err() == nil {
		m, wait, changed := s.next()
		if m == nil {
			s.await(wait, changed)
			continue
		}
		s.Count(s.send(m))
		s.mu.Lock()
		s.sending = false
		s.tell()
		s.mu.Unlock()
	}
}

// next takes the message that is to be sent now. If there is none it returns how long it takes until
// one is due, negative if none is known, and what is closed when that changes.
func (s *Sender) next() (m *message, wait time.Duration, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) > 0 && !s.stopped {
		first := s.queue[0]
		if wait := first.due.Sub(s.Clock.Now()); wait > 0 {
			return nil, wait, s.changed
		}
		s.queue = s.queue[1:]
		switch {
		case first.holdBack && s.held == nil:
			s.held = first
			s.Count(ledger.Callbacks{Reordered: 1})
			continue
		case s.held != nil:
			held := s.held
			s.held, held.holdBack, held.due = nil, false, first.due
			s.queue = slices.Insert(s.queue, 0, held)
		}
		s.sending = true
		return first, 0, nil
	}
	if s.held != nil && s.draining && !s.stopped {
		m, s.held, s.sending = s.held, nil, true
		return m, 0, nil
	}
	return nil, -1, s.changed
}

// await waits for a time, for a change, or for the end.
func (s *Sender) await(wait time.Duration, changed <-chan struct{}) {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	if wait < 0 {
		select {
		case <-changed:
		case <-ctx.Done():
		}
		return
	}
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-changed:
			cancel()
		case <-ctx.Done():
		}
	})
	_ = s.Clock.Sleep(ctx, wait) // why it ended makes no difference
	cancel()
	watching.Wait()
}

// send sends a message, and returns what became of it.
func (s *Sender) send(m *message) ledger.Callbacks {
	r, err := m.request(s.URL, s.Secret, s.Clock.Now())
	if err != nil {
		return undelivered([]*message{m})
	}
	ctx, cancel := context.WithTimeout(s.ctx, sendTimeout)
	defer cancel()
	resp, err := s.Do(r.WithContext(ctx))
	if err != nil {
		return undelivered([]*message{m})
	}
	_, _ = io.Copy(io.Discard, resp.Body) // so that the connection is used again
	_ = resp.Body.Close()
	taken := resp.StatusCode/100 == 2
	switch {
	case m.kind == forged || m.kind == replayed:
		c := ledger.Callbacks{Forged: 1}
		if m.kind == replayed {
			c = ledger.Callbacks{Replayed: 1}
		}
		if taken {
			c.WronglyTaken = 1
		}
		return c
	case !taken:
		return undelivered([]*message{m})
	case m.kind == duplicate:
		return ledger.Callbacks{Duplicated: 1, DuplicatedTokens: m.tokens}
	}
	return ledger.Callbacks{Delivered: 1}
}

// undelivered counts messages that did not reach the receiver. Of copies nothing is missing.
func undelivered(messages []*message) (c ledger.Callbacks) {
	for _, m := range messages {
		if m.kind == original {
			c.Undelivered++
			c.UndeliveredTokens.Add(m.tokens)
		}
	}
	return c
}

// Settle waits until every callback has been sent, or ctx is done. Then none is sent any more, and
// those that are left count as undelivered.
func (s *Sender) Settle(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
	s.tell()
	for (len(s.queue) > 0 || s.held != nil || s.sending) && ctx.Err() == nil {
		s.waitForChange(ctx)
	}
	s.stopped = true
	for s.sending { // which ends within sendTimeout
		s.waitForChange(context.Background())
	}
	left := s.queue
	if s.held != nil {
		left = append(left, s.held)
	}
	s.queue, s.held = nil, nil
	s.Count(undelivered(left))
}

// waitForChange waits for a change, or until ctx is done. mu is held, but not meanwhile.
func (s *Sender) waitForChange(ctx context.Context) {
	changed := s.changed
	s.mu.Unlock()
	defer s.mu.Lock()
	select {
	case <-changed:
	case <-ctx.Done():
	}
}

// Close ends the Sender.
func (s *Sender) Close() {
	s.stop()
	s.running.Wait()
}
