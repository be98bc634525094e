// Package concurrency limits how many attempts are in flight at once: to a fixed number, or to one
// that follows what the server bears.
package concurrency

// Ending is how an attempt ended, for the limit.
type Ending int

// How attempts end.
const (
	// Neither says nothing about the server's load.
	Neither Ending = iota
	Answered
	// Overloaded was refused by an overloaded server, or not answered in time.
	Overloaded
)

// aimd is a limit that increases additively and decreases multiplicatively. It is that of Netflix's
// concurrency-limits (AIMDLimit) but for its pace, which is TCP's: one more for each round of answers,
// and one decrease for all that were in flight together.
type aimd struct {
	limit, least, most, backoff float64
	// entered is the number of attempts so far, and cut that at the last decrease.
	entered, cut uint64
}

// enter counts an attempt and returns its number, from 1.
func (a *aimd) enter() uint64 {
	a.entered++
	return a.entered
}

// leave ends an attempt, with so many in flight, itself included.
func (a *aimd) leave(attempt uint64, e Ending, inFlight int) {
	if attempt <= a.cut {
		return // it was sent before the last decrease, and tells nothing of the limit since
	}
	switch {
	case e == Overloaded:
		a.limit, a.cut = max(a.limit*a.backoff, a.least), a.entered
	case e == Answered && 2*float64(inFlight) >= a.limit:
		a.limit = min(a.limit+1/a.limit, a.most)
	}
}

// allowed is how many may be in flight.
func (a *aimd) allowed() int {
	const rounding = 1e-9
	return int(a.limit + rounding)
}
