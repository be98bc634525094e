// Package attempts lists an arm's own attempts, for comparison with the mock's ledger.
package attempts

import (
	"github.com/RoaringBitmap/roaring/v2"

	"weighbridge/bench/attack/regional"
	"weighbridge/bench/record"
	"weighbridge/target"
	"weighbridge/target/transport"
)

// Log lists an arm's own attempts, and adds up the tokens that they used. It is not safe for concurrent use.
type Log struct {
	// Answered and Unanswered are the ids of the attempts at the current endpoint.
	Answered, Unanswered *roaring.Bitmap
	// Replays is how many times those attempts were sent again, because the server had not
	// processed them. The ids stay the same.
	Replays uint64
	// Statuses counts the responses of the current endpoint by HTTP status.
	Statuses map[int]uint64
	// Regions are the attempts of the current endpoint by the region that they went to; nil without
	// regions.
	Regions regional.Logs
	// WrongProtocol is the number of responses in another protocol than the configured one.
	WrongProtocol uint64
	// Protocol is the protocol of the last response.
	Protocol string
	// Tokens are the tokens that answers billed, and Unreported counts the answers that do not say.
	Tokens, Unreported record.Tokens
	// Prompts is the number of prompts answered, and Unsettled that of attempts whose tokens no answer reports.
	Prompts, Unsettled uint64
}

// NewLog returns an empty log.
func NewLog() Log {
	l := Log{}
	l.MoveOn()
	return l
}

// MoveOn empties what belongs to the current endpoint, because the arm goes on at another.
func (l *Log) MoveOn() {
	l.Answered, l.Unanswered, l.Statuses, l.Replays, l.Regions = roaring.New(), roaring.New(), map[int]uint64{}, 0, nil
}

// Attempts is how many attempts the current endpoint has had, replays included.
func (l *Log) Attempts() uint64 {
	return l.Answered.GetCardinality() + l.Unanswered.GetCardinality() + l.Replays
}

// AddRequest logs the attempts of a request with prompts, and the tokens that they used.
func (l *Log) AddRequest(x *transport.Exchange) {
	l.Unsettled += l.AddCall(x)
	if !x.Cache.Free() {
		l.AddTokens(x.Outcome)
	}
	if x.Outcome.Class != target.Success && x.Outcome.OutputByPrompt == nil && x.Status >= 200 && x.Status < 300 {
		l.Unsettled++
	}
}

// idsPerContainer is the number of ids in a container of a Roaring bitmap (16 bits).
const idsPerContainer = 1 << 16

// AddCall logs the attempts of a request, and returns how many were sent and got no answer.
func (l *Log) AddCall(x *transport.Exchange) (unanswered uint64) {
	for _, attempt := range x.Attempts {
		if attempt.ID%idsPerContainer == 0 {
			// Ids are consecutive: as ranges their memory does not grow with their number.
			l.Answered.RunOptimize()
			l.Unanswered.RunOptimize()
		}
		l.Replays += uint64(attempt.Replays)
		l.Regions.Add(attempt)
		if attempt.Status == 0 {
			if !attempt.Unconnected {
				unanswered++
			}
			l.Unanswered.Add(attempt.ID)
			continue
		}
		l.Answered.Add(attempt.ID)
		l.Statuses[attempt.Status]++
	}
	l.WrongProtocol += uint64(x.WrongProtocol)
	if x.Protocol != "" {
		l.Protocol = x.Protocol
	}
	return unanswered
}

// AddTokens adds the tokens that the outcome of a request reports.
func (l *Log) AddTokens(o target.Outcome) {
	l.Tokens.Input += o.InputTokens
	l.Tokens.Output += o.OutputTokens
	l.Tokens.CacheWrite += o.CacheWriteTokens
	if o.CachedTokens != nil {
		l.Tokens.CacheRead += *o.CachedTokens
	}
	if o.Class != target.Success {
		return
	}
	if !o.InputKnown {
		l.Unreported.Input++
	}
	if o.OutputByPrompt == nil {
		l.Unreported.Output++
	}
}
