package attack

import "time"

// prompt is one item of the schedule.
type prompt struct {
	// Due is its offset from the start of the attack.
	Due   time.Duration
	Block int
	Text  string
}

// request is one exchange to be made. Its batch is full, or done waiting, at Due.
type request struct {
	Due     time.Duration
	Prompts []prompt
	// Stagger is how long its worker is to wait before it, and Think after the answer.
	Stagger, Think time.Duration
	// staggered is how long the worker waited before it.
	staggered time.Duration
	// exchange is set by the worker that carried it out.
	exchange *exchange
}

// batches forms requests from prompts in the order they are due: a batch leaves
// when it is full, or when linger has passed since its first prompt was due.
func batches(next func() (prompt, bool), size int, linger time.Duration) func() (*request, bool) {
	held, more := next()
	return func() (*request, bool) {
		if !more {
			return nil, false
		}
		r := &request{}
		closes := held.Due + linger
		for more && len(r.Prompts) < size && held.Due <= closes {
			r.Prompts = append(r.Prompts, held)
			held, more = next()
		}
		r.Due = closes
		if len(r.Prompts) == size {
			r.Due = r.Prompts[size-1].Due
		}
		return r, true
	}
}
