package attack

import (
	"strings"
	"time"

	"weighbridge/bench/attack/hits"
	"weighbridge/target"
)

// longestError bounds what a hit's line says of its failure, in bytes.
const longestError = 300

// OnHit has every measured hit told to put, which must not wait: it is called
// between two hits. Call it before the first slice.
func (a *Arm) OnHit(put func(hits.Hit)) { a.put = put }

// tell passes on a hit whose first prompt was due, and whose batch had formed, at
// the moments given.
func (a *Arm) tell(phase string, h hit, due, formed time.Time, counted bool) {
	if a.put == nil {
		return
	}
	x := h.exchange
	at := func(t time.Time) time.Duration {
		if t.IsZero() {
			return 0
		}
		return t.Sub(a.began)
	}
	told := hits.Hit{
		Run: a.began, Arm: a.Name, Phase: phase, Block: h.Prompts[0].Block, Seq: a.fired[phase] + h.Seq,
		Due: at(due), Formed: at(formed), PickedUp: at(h.PickedUp), Sent: at(x.Sent), End: at(x.End),
		SlotWait: x.SlotWait, Prompts: len(h.Prompts), Failed: x.Outcome.Failed, Attempts: len(x.Attempts),
		InputTokens: x.Outcome.InputTokens, OutputTokens: x.Outcome.OutputTokens,
		Class: string(x.Outcome.Class), Error: a.hide(x.Outcome.Detail),
		BodySent: x.BodySent, BodyReceived: x.BodyReceived, Counted: counted,
	}
	if n := len(x.Attempts); n > 0 {
		last := x.Attempts[n-1]
		told.FirstAttempt, told.LastAttempt, told.Status = x.Attempts[0].ID, last.ID, last.Status
		if last.Status > 0 {
			told.FirstByte = at(x.Sent.Add(x.FirstByte))
		}
	}
	if n := len(x.Content); n > 0 {
		told.FirstContent, told.LastContent = at(x.Sent.Add(x.Content[0])), at(x.Sent.Add(x.Content[n-1]))
	}
	a.put(told)
}

// hide takes the arm's secrets out of what a server said, and shortens it.
func (a *Arm) hide(detail string) string {
	for _, secret := range a.secrets {
		detail = strings.ReplaceAll(detail, secret, "[secret]")
	}
	if len(detail) > longestError {
		return strings.ToValidUTF8(detail[:longestError], "") + "…"
	}
	return detail
}

// secretsOf are the values of the target that were given by reference.
func secretsOf(cfg target.Config) ([]string, error) {
	texts := []target.Text{target.Text(cfg.Auth.Key), target.Text(cfg.Auth.ClientSecret), target.Text(cfg.Auth.JWT.Secret)}
	for _, headers := range []map[string]target.Text{cfg.Headers, cfg.HTTP.Headers} {
		for _, text := range headers {
			texts = append(texts, text)
		}
	}
	var secrets []string
	for _, text := range texts {
		value, err := text.Expand()
		if err != nil {
			return nil, err
		}
		if value != string(text) && value != "" {
			secrets = append(secrets, value)
		}
	}
	return secrets, nil
}
