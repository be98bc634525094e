package growth

import (
	"math"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
)

// line fits a straight line to the response latencies of the answered prompts that were due from
// an offset on (least squares). While a server keeps up, they do not depend on when a prompt was
// due; if it falls behind by a share, each second adds that share of a second to them. Unlike the
// backlog, they show this even if answers take seconds and only a few prompts are due.
type line struct {
	from time.Duration
	// The sums are over prompts, of seconds.
	n, due, response, dueSquared, product, responseSquared float64
}

func (l *line) add(due, ended time.Duration) {
	if due < l.from {
		return
	}
	x, y := (due - l.from).Seconds(), (ended - due).Seconds()
	l.n++
	l.due += x
	l.response += y
	l.dueSquared += x * x
	l.product += x * y
	l.responseSquared += y * y
}

// growth returns the slope of the line, and how much of it may be chance: 1%, plus the number of standard errors
// that Student's t exceeds with the chance with which a normal value exceeds three. Both are NaN for fewer than
// four prompts.
func (l *line) growth() (grown, allowed float64) {
	const fewest, chance = 4, 0.00135
	spread := l.dueSquared - l.due*l.due/l.n
	if l.n < fewest || spread <= 0 {
		return math.NaN(), math.NaN()
	}
	grown = (l.product - l.due*l.response/l.n) / spread
	unexplained := l.responseSquared - l.response*l.response/l.n - grown*grown*spread
	errors := distuv.StudentsT{Sigma: 1, Nu: l.n - 2}.Quantile(1 - chance)
	return grown, leastAllowed + errors*math.Sqrt(max(unexplained, 0)/(l.n-2)/spread)
}
