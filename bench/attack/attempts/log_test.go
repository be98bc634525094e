package attempts

import (
	"net/http"
	"testing"

	"weighbridge/target"
	"weighbridge/target/transport"
)

// The ids are stored as a few ranges.
func TestLogStaysSmall(t *testing.T) {
	l := NewLog()
	x := transport.Exchange{Attempts: make([]transport.Attempt, 1)}
	for id := uint32(1); id <= 40*idsPerContainer; id++ {
		x.Attempts[0] = transport.Attempt{ID: id, Status: http.StatusOK}
		l.AddRequest(&x)
	}
	if n := l.Attempts(); n != 40*idsPerContainer {
		t.Fatalf("%d attempts are logged", n)
	}
	if size := l.Answered.GetSizeInBytes(); size > 16<<10 {
		t.Errorf("%d consecutive attempts take %d bytes", 40*idsPerContainer, size)
	}
}

// What an attempt used is unsettled if it was sent and no answer, or only half of one, says what it billed.
func TestUnsettledAttempts(t *testing.T) {
	for name, c := range map[string]struct {
		attempts []transport.Attempt
		status   int
		outcome  target.Outcome
		want     uint64
	}{
		"answered":                    {[]transport.Attempt{{Status: 200}}, 200, target.Outcome{Class: target.Success, OutputByPrompt: []uint64{9}}, 0},
		"refused":                     {[]transport.Attempt{{Status: 429}}, 429, target.Outcome{Class: target.RateLimit}, 0},
		"no answer, then one":         {[]transport.Attempt{{}, {Status: 200}}, 200, target.Outcome{Class: target.Success, OutputByPrompt: []uint64{9}}, 1},
		"no connection":               {[]transport.Attempt{{Unconnected: true}}, 0, target.Outcome{Class: target.Transport}, 0},
		"an answer that ends halfway": {[]transport.Attempt{{Status: 200}}, 200, target.Outcome{Class: target.Contract}, 1},
	} {
		l := NewLog()
		l.AddRequest(&transport.Exchange{Attempts: c.attempts, Status: c.status, Outcome: c.outcome})
		if l.Unsettled != c.want {
			t.Errorf("%s: %d unsettled, want %d", name, l.Unsettled, c.want)
		}
	}
}

// At another endpoint ids and statuses begin anew, for its ledger has no others; tokens and prompts add up.
func TestLogMovesOn(t *testing.T) {
	l := NewLog()
	l.AddRequest(&transport.Exchange{
		Attempts: []transport.Attempt{{ID: 1, Status: 200, Region: "eu", Replays: 1}},
		Outcome:  target.Outcome{Class: target.Success, InputTokens: 5, InputKnown: true, OutputTokens: 7, OutputByPrompt: []uint64{7}},
	})
	l.MoveOn()
	if l.Attempts() > 0 || len(l.Statuses) > 0 || l.Regions != nil {
		t.Errorf("%d attempts, statuses %v, regions %v", l.Attempts(), l.Statuses, l.Regions)
	}
	if l.Tokens.Input != 5 || l.Tokens.Output != 7 || l.Unreported.Input+l.Unreported.Output > 0 {
		t.Errorf("tokens %+v, unreported %+v", l.Tokens, l.Unreported)
	}
}
