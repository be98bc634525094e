package doctor

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"weighbridge/bench/record"
	"weighbridge/target"
	"weighbridge/target/limits"
	"weighbridge/target/transport"
)

// model is what the answer says about the model; nil for an API without models.
func (e *examination) model(out target.Outcome) *Model {
	cfg := e.arm.Target
	if cfg.Dialect == "http" || cfg.Dialect == "article" {
		return nil
	}
	m := &Model{Asked: cfg.ModelName(), Answered: printable(modelOf(e.body))}
	switch {
	case out.Class == target.Success:
		m.Found = new(true)
	case out.Fatal == target.FatalModel:
		m.Found = new(false)
	}
	return m
}

// longestName is where a model's name is cut, in bytes.
const longestName = 100

func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, name)
	return strings.ToValidUTF8(name[:min(len(name), longestName)], "")
}

// modelOf returns the model that an answer names: in its field model, or in that of the message or
// the response that an event of a stream holds; "" if it names none.
func modelOf(body []byte) string {
	type named struct {
		Model string `json:"model"`
	}
	var in struct {
		named
		Message  named `json:"message"`
		Response named `json:"response"`
	}
	if json.Unmarshal(body, &in) == nil {
		return in.Model
	}
	events := bufio.NewScanner(bytes.NewReader(body))
	events.Buffer(nil, len(body)+1)
	for events.Scan() {
		data, ok := bytes.CutPrefix(events.Bytes(), []byte("data:"))
		if !ok || json.Unmarshal(data, &in) != nil {
			continue
		}
		for _, name := range []string{in.Model, in.Message.Model, in.Response.Model} {
			if name != "" {
				return name
			}
		}
	}
	return ""
}

// output is how long the answer was, against what was asked for.
func (e *examination) output(r transport.Request, out target.Outcome) *Output {
	o := &Output{Finish: e.secrets.Redact(out.Finish)}
	asked, known := e.arm.Target.AskedTokens(r.MaxTokens)
	if !known {
		return o
	}
	asked *= e.arm.Target.Choices() * uint64(len(r.Prompts))
	o.Asked = &asked
	if out.OutputByPrompt != nil {
		o.Honoured = new(out.OutputTokens <= asked)
	}
	return o
}

const (
	// leastSpread is how much later than the first piece of a stream the last must come for them to
	// have come apart.
	leastSpread = time.Millisecond
	// leastPieces is how many pieces at once, and leastFirst how late the first of them, show that the
	// stream was held back: generating them must have taken a part of that time.
	leastPieces = 3
	leastFirst  = 50 * time.Millisecond
)

// streamOf tells how the pieces of a stream arrived. A mock may be set to send them all at once.
func streamOf(x *transport.Exchange, mocked bool) *Stream {
	s := &Stream{Pieces: len(x.Content)}
	if s.Pieces == 0 {
		return s
	}
	first := x.Content[0] - x.Connect
	spread := x.Content[s.Pieces-1] - x.Content[0]
	s.FirstMS, s.SpreadMS = new(record.Milliseconds(first)), new(record.Milliseconds(spread))
	if apart := spread >= leastSpread; apart || s.Pieces >= leastPieces && first >= leastFirst && !mocked {
		s.Streams = &apart
	}
	return s
}

// limitOf is a rate limit as it is reported.
func limitOf(l limits.Limit) Limit {
	out := Limit{Name: l.Name, Counts: unitName(l.Counts), Limit: l.Limit, Remaining: l.Remaining}
	if l.Reset != nil {
		out.ResetMS = new(record.Milliseconds(*l.Reset))
	}
	if window := windowOf(l); window > 0 {
		out.WindowMS = new(record.Milliseconds(window))
	}
	return out
}

func unitName(u limits.Unit) string {
	return map[limits.Unit]string{limits.Requests: requests, limits.InputTokens: inputTokens, limits.OutputTokens: outputTokens, limits.Tokens: bothTokens}[u]
}

// What limits count.
const (
	requests     = "requests"
	inputTokens  = "input_tokens"
	outputTokens = "output_tokens"
	bothTokens   = "tokens"
)

// windowOf is in which time a limit that refills little by little is whole again from nothing; 0
// if that is not known. Anthropic's and OpenAI's are per minute or, of some accounts at OpenAI, per
// day: then one request takes seconds to come back.
func windowOf(l limits.Limit) time.Duration {
	if !l.Gradual || l.Limit == nil || *l.Limit == 0 {
		return 0
	}
	const (
		day = 24 * time.Hour
		// surely is the least reset that is not rounding.
		surely = time.Second
	)
	if l.Remaining != nil && l.Reset != nil && l.ResetAt.IsZero() && *l.Remaining < *l.Limit && *l.Reset >= surely {
		refill := time.Duration(float64(*l.Reset) * float64(*l.Limit) / float64(*l.Limit-*l.Remaining))
		if refill > day/2 {
			return day
		}
	}
	return time.Minute
}

// lifeOfJWT returns how long a JWT in the headers of a credential is still valid, by its claim exp;
// 0 if there is none.
func lifeOfJWT(h http.Header, now time.Time) time.Duration {
	for _, values := range h {
		for _, value := range values {
			parts := strings.Split(strings.TrimPrefix(value, "Bearer "), ".")
			if len(parts) != 3 {
				continue
			}
			text, err := base64.RawURLEncoding.DecodeString(parts[1])
			var claims struct {
				Exp float64 `json:"exp"`
			}
			if err == nil && json.Unmarshal(text, &claims) == nil && claims.Exp > 0 {
				return time.Unix(int64(claims.Exp), 0).Sub(now)
			}
		}
	}
	return 0
}
