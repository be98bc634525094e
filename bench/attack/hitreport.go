package attack

import (
	"strings"
	"time"

	"weighbridge/bench/attack/hits"
)

// maxErrorBytes is the maximum length of the error message of a hit.
const maxErrorBytes = 300

// OnHit sets a function that is called with every measured hit. It must not block: no
// other hit is counted meanwhile. Call OnHit before the first slice.
func (a *Arm) OnHit(f func(hits.Hit)) { a.onHit = f }

// reportHit passes a hit to the function set by OnHit. due is when its first prompt was
// due, formed when its batch was complete.
func (a *Arm) reportHit(phase string, h hit, due, formed time.Time, counted bool) {
	if a.onHit == nil {
		return
	}
	x := h.exchange
	sinceBegan := func(t time.Time) time.Duration {
		if t.IsZero() {
			return 0
		}
		return t.Sub(a.began)
	}
	reported := hits.Hit{
		Run: a.began, Arm: a.Name, Phase: phase, Block: h.Prompts[0].Block, Seq: a.fired[phase] + h.Seq,
		Due: sinceBegan(due), Formed: sinceBegan(formed), PickedUp: sinceBegan(h.PickedUp), Sent: sinceBegan(x.Sent), End: sinceBegan(x.End),
		SlotWait: x.SlotWait, Prompts: len(h.Prompts), Failed: x.Outcome.Failed, Attempts: len(x.Attempts),
		InputTokens: x.Outcome.InputTokens, OutputTokens: x.Outcome.OutputTokens,
		Class: string(x.Outcome.Class), Error: shortened(x.Outcome.Detail),
		BodySent: x.BodySent, BodyReceived: x.BodyReceived, Counted: counted,
	}
	if n := len(x.Attempts); n > 0 {
		last := x.Attempts[n-1]
		reported.FirstAttempt, reported.LastAttempt, reported.Status = x.Attempts[0].ID, last.ID, last.Status
		if last.Status > 0 {
			reported.FirstByte = sinceBegan(x.Sent.Add(x.FirstByte))
		}
	}
	if n := len(x.Content); n > 0 {
		reported.FirstContent, reported.LastContent = sinceBegan(x.Sent.Add(x.Content[0])), sinceBegan(x.Sent.Add(x.Content[n-1]))
	}
	if output := only(outputOf, x.Outcome.Content, x.Content); len(output.at) > 0 {
		reported.FirstOutput = sinceBegan(x.Sent.Add(output.at[0]))
	}
	a.onHit(reported)
}

// shortened cuts a server's message after maxErrorBytes.
func shortened(detail string) string {
	if len(detail) > maxErrorBytes {
		return strings.ToValidUTF8(detail[:maxErrorBytes], "") + "…"
	}
	return detail
}
