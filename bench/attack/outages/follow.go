package outages

import (
	"net/http"
	"time"

	"weighbridge/bench/record"
	"weighbridge/target/retry"
	"weighbridge/target/transport"
)

// AddAttempts counts the attempts of a request under a load that began at start. An attempt that was retried counts
// as failed, unless it was retried only because its credential was rejected. A nil *Log counts nothing.
func (l *Log) AddAttempts(x *transport.Exchange, start time.Time) {
	if l == nil {
		return
	}
	for i, a := range x.Attempts {
		ending := Failed
		switch last := i == len(x.Attempts)-1; {
		case !last && a.Status == http.StatusUnauthorized:
			ending = Answered
		case last && x.Outcome.Class.Own():
			ending = Neither
		case last && !retry.Passing(x.Outcome.Class):
			ending = Answered
		}
		l.Attempt(a.Ended.Sub(start), ending)
	}
}

// AddPrompt counts a prompt of a request. objective is that of the response latency; 0 without any. A nil *Log counts
// nothing.
func (l *Log) AddPrompt(x *transport.Exchange, due, ended time.Duration, failed bool, objective time.Duration) {
	switch {
	case l == nil:
	case failed && x.Outcome.Class.Own():
		l.Cut(due)
	default:
		l.Prompt(due, ended, failed || len(x.Attempts) > 1 || objective > 0 && ended-due > objective)
	}
}

// AddTo adds the outages to the slices in which they began: n of them, which follow each other and last for duration
// each. slice returns the i-th.
func (l *Log) AddTo(slice func(i int) *record.Slice, n int, duration time.Duration) {
	for _, o := range l.Outages(time.Duration(n) * duration) {
		s := slice(min(int(o.From/duration), n-1))
		if s.Outages == nil {
			s.Outages = &record.Outages{}
		}
		if o.Whole {
			s.Outages.Lasted.Add(o.To - o.From)
		} else {
			s.Outages.Partial++
		}
		switch o.Fate {
		case Recovered:
			s.Outages.Recovery.Add(o.Recovered - o.To)
		case Unrecovered:
			s.Outages.Unrecovered++
		case Open:
			s.Outages.Open++
		}
	}
}
