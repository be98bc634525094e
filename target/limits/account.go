package limits

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"time"
)

// Account holds back the attempts of all that share a server and a credential, so that no more than
// a share of each of their rate limits is used. It learns the limits from the headers of answers; until
// the first answer, one attempt leaves at a time. It is safe for concurrent use. A nil *Account holds
// nothing back.
type Account struct {
	// turn is held by the attempt that waits for the limits; others wait for the turn, in order of
	// arrival.
	turn chan struct{}

	mu     sync.Mutex
	keeper *keeper
	// news is closed when something has been learned or given back.
	news chan struct{}
}

// NewAccount returns an account that uses a share of each limit, 0…1.
func NewAccount(share float64) *Account {
	return &Account{turn: make(chan struct{}, 1), keeper: newKeeper(share), news: make(chan struct{})}
}

// Permit is an attempt that may leave.
type Permit struct {
	account *Account
	taking  taking
	// HeldBy is what it waited for longest: the name of a limit, FirstAnswer or Refused; "" if it
	// did not wait.
	HeldBy string
	// answered says that the answer has come.
	answered bool
}

// Wait waits until an attempt may leave. If slot is not nil, it is asked then: without a slot, Wait
// returns no permit and no error. The error is ctx's; the permit then only says which limit held the
// attempt back.
func (a *Account) Wait(ctx context.Context, c Cost, slot func() bool) (*Permit, error) {
	p := &Permit{account: a}
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	default:
		p.HeldBy = a.why(c)
		select {
		case a.turn <- struct{}{}:
			defer func() { <-a.turn }()
		case <-ctx.Done():
			p.HeldBy = cmp.Or(p.HeldBy, a.why(c))
			return p, ctx.Err()
		}
	}
	for {
		wait, why, news := a.try(p, c, slot)
		switch {
		case p.taking.seq > 0:
			return p, nil
		case wait == 0:
			return nil, nil
		}
		p.HeldBy = why
		if !sleep(ctx, wait, news) {
			return p, ctx.Err()
		}
	}
}

// why says what an attempt would have to wait for now.
func (a *Account) why(c Cost) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, why := a.keeper.wait(time.Now(), c)
	return why
}

// try takes the attempt if it may leave now and there is a slot. Else it returns how long to wait, for
// what, and what ends the wait early; no wait if only the slot is missing.
func (a *Account) try(p *Permit, c Cost, slot func() bool) (wait time.Duration, why string, news chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	wait, why = a.keeper.wait(now, c)
	if wait == 0 && (slot == nil || slot()) {
		p.taking = a.keeper.take(now, c)
	}
	return wait, why, a.news
}

// sleep waits for d, or for news; false if ctx ended first.
func sleep(ctx context.Context, d time.Duration, news chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-news:
	case <-ctx.Done():
		return false
	}
	return true
}

// changed wakes the attempt that waits. The caller holds a.mu.
func (a *Account) changed() {
	close(a.news)
	a.news = make(chan struct{})
}

// Heard learns from the header of the answer to the attempt, which came at now.
func (p *Permit) Heard(now time.Time, status int, h http.Header, all []Limit) {
	if p == nil {
		return
	}
	server, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		server = time.Time{}
	}
	p.account.mu.Lock()
	defer p.account.mu.Unlock()
	p.end()
	p.account.keeper.hear(now, server, p.taking, all, status < http.StatusBadRequest)
	p.account.changed()
}

// end notes once that the answer has come, or that none will. The caller holds the account's mu.
func (p *Permit) end() {
	if !p.answered {
		p.account.keeper.answered(p.taking)
	}
	p.answered = true
}

// Refused learns that the attempt was answered with status 429, by which limit, "" if that is not
// known, and how long the answer asks to wait.
func (p *Permit) Refused(now time.Time, after time.Duration, by string) {
	if p == nil {
		return
	}
	p.account.mu.Lock()
	defer p.account.mu.Unlock()
	p.account.keeper.refuse(now, p.taking, after, by)
}

// Settle ends the attempt. used returns the tokens that it is known to have used, given those that it
// took; sent says that it left at all.
func (p *Permit) Settle(now time.Time, sent bool, used func(taken Cost) Cost) {
	if p == nil {
		return
	}
	p.account.mu.Lock()
	defer p.account.mu.Unlock()
	p.end()
	p.account.keeper.settle(now, p.taking, used(p.taking.cost), sent)
	p.account.changed()
}
