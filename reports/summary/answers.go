package summary

import (
	"fmt"
	"reflect"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/reports/format"
)

// The remarks of a record that warnings are about. They are values of target.Remark, which this package may
// not import.
const (
	refused        = "refused"
	filtered       = "filtered"
	empty          = "empty"
	oddType        = "content_type"
	page           = "page"
	noUsage        = "no_usage"
	hiddenTokens   = "hidden_tokens"
	denseTokens    = "dense_tokens"
	fewTokens      = "few_tokens"
	severalChoices = "several_choices"
	padded         = "padded"
)

// answerWarnings say what is unusual about an arm's answers, and on how many of them the
// latencies of streams rest. How long a mock's answers are is the scenario's choice.
func answerWarnings(s *record.Slice, mocked bool) []string {
	var out []string
	if n := s.Finish["length"] + s.Finish["max_tokens"] + s.Finish["max_output_tokens"] + s.Finish["MAX_TOKENS"]; n > 0 && !mocked {
		out = append(out, share(n, s.Answered)+" answers ended at the maximum number of tokens (prompts.max_tokens): their length was set by the request, not by the model")
	}
	for _, remark := range []struct{ name, says string }{
		{refused, "were refusals"},
		{filtered, "were ended by a content filter"},
		{empty, "were empty"},
		{oddType, "had another content type than the API's"},
		{page, "were HTML pages, such as those of a proxy or of maintenance: only their status was judged (target.http.success can read body and header)"},
		{noUsage, "reported no output tokens, so that the tokens of the run are unknown"},
	} {
		if n := s.Remarks[remark.name]; n > 0 {
			out = append(out, share(n, s.Answered)+" answers "+remark.says)
		}
	}
	if u := s.Usage; u != nil && s.UsageInWindow > 0 && u.Input.Answers < u.Answers {
		out = append(out, share(u.Answers-u.Input.Answers, u.Answers)+" answers reported no input tokens, so that those of the run are unknown")
	}
	if s.Unjudged > 0 {
		out = append(out, "goodput is not known: "+share(s.Unjudged, s.Answered)+" answers do not show whether they met objectives.ttft and objectives.tpot")
	}
	return append(out, streamWarnings(s)...)
}

// streamWarnings say on how many answers TTFT, TTFO and TPOT rest, and what the other answers were.
func streamWarnings(s *record.Slice) []string {
	ttft, ttfo, tpot, unknown := s.TTFT.Count(), s.TTFO.Count(), s.TPOT.Count(), s.Remarks[padded]
	content := ttft + unknown
	if content == 0 {
		return nil
	}
	var out []string
	if ttft < s.Answered {
		out = append(out, rests("TTFT", ttft, s.Answered)+": "+withoutTTFT(s.Answered-min(content, s.Answered), unknown))
	}
	if s.TTFO != nil && ttfo < ttft {
		out = append(out, rests("TTFO", ttfo, ttft)+" with content: "+format.Count(ttft-ttfo)+" had only reasoning")
	}
	if tpot < content {
		out = append(out, rests("TPOT", tpot, content)+" with content: "+untimed(s, content-tpot))
	}
	if n := s.Remarks[denseTokens]; n > 0 {
		out = append(out, "TPOT may be too small: "+share(n, s.Answered)+" answers reported more than one output token for every two bytes of text, where four bytes are usual: some may not have been streamed, such as hidden reasoning")
	}
	return out
}

// withoutTTFT says why answers have no TTFT.
func withoutTTFT(empty, padded uint64) string {
	var why []string
	if empty > 0 {
		why = append(why, format.Count(empty)+" had no content")
	}
	if padded > 0 {
		why = append(why, format.Count(padded)+" began with white space well before their text, which a proxy may send to keep a connection open")
	}
	return strings.Join(why, ", ")
}

// untimed says why so many streams have no TPOT.
func untimed(s *record.Slice, streams uint64) string {
	var why []string
	for _, cause := range []struct {
		n    uint64
		says string
	}{
		{s.Remarks[noUsage], "reported no output tokens"},
		{s.Remarks[hiddenTokens], "billed tokens that were not streamed, and did not say how many, or when"},
		{s.Remarks[severalChoices], "had several choices, whose tokens are reported as one"},
		{s.Remarks[fewTokens], "came in more pieces than they reported output tokens"},
		{streams, "came all at once or had one token"},
	} {
		if n := min(cause.n, streams); n > 0 {
			streams -= n
			why = append(why, format.Count(n)+" "+cause.says)
		}
	}
	return strings.Join(why, ", ")
}

func rests(metric string, n, all uint64) string {
	if n == 0 {
		return fmt.Sprintf("%s is not known for any of the %s answers", metric, format.Count(all))
	}
	return metric + " rests on " + share(n, all) + " answers"
}

func share(n, all uint64) string { return format.Count(n) + " of " + format.Count(all) }

// Reasoned reports whether some reasoning was streamed, so that TTFO is not TTFT. It is false for
// records from before there was TTFO.
func (a Arm) Reasoned() bool {
	if a.main.TTFO == nil || a.TTFT == nil {
		return false
	}
	return a.main.TTFO.Count() != a.main.TTFT.Count() || !reflect.DeepEqual(a.TTFO, a.TTFT)
}

// Conversations is what became of an arm's conversations, in the slices that its latencies come
// from.
type Conversations struct {
	// Started = Finished + Failed + Silent + Open.
	Started  uint64 `json:"started"`
	Finished uint64 `json:"finished"`
	// Failed ended with a turn that failed, Silent with an answer without text, and Open are those
	// that were under way when their slice ended.
	Failed uint64 `json:"failed"`
	Silent uint64 `json:"silent"`
	Open   uint64 `json:"open"`
	// UnsentAfterFailure and UnsentAtEnd are the turns that were never due, because their
	// conversation had failed or fallen silent, or because its slice ended first.
	UnsentAfterFailure uint64 `json:"unsent_after_failure"`
	UnsentAtEnd        uint64 `json:"unsent_at_end"`
	// Turns are the latencies of the answered turns; none in a slim record.
	Turns []Turn `json:"turns"`
}

// Turn is the latencies of one turn of each conversation.
type Turn struct {
	// Turn is its number from 1; the last of record.MostTurns stands for all after it too.
	Turn     int      `json:"turn"`
	Answered uint64   `json:"answered"`
	Response *Latency `json:"response_ms"`
	// TTFT is nil if no answer was a stream.
	TTFT *Latency `json:"ttft_ms"`
}

func conversationsOf(c *record.Conversations) *Conversations {
	if c == nil {
		return nil
	}
	out := &Conversations{
		Started: c.Started, Finished: c.Finished, Failed: c.Failed, Silent: c.Silent, Open: c.Open,
		UnsentAfterFailure: c.UnsentAfterFailure, UnsentAtEnd: c.UnsentAtEnd, Turns: []Turn{},
	}
	for i, turn := range c.Turns {
		out.Turns = append(out.Turns, Turn{i + 1, turn.Response.Count(), latency(turn.Response), latency(turn.TTFT)})
	}
	return out
}

// conversationWarnings say which turns an arm's figures lack.
func conversationWarnings(c *Conversations) []string {
	var out []string
	if c == nil {
		return nil
	}
	if n := c.Failed + c.Silent; n > 0 {
		why := "with a turn that failed"
		if c.Silent > 0 {
			why += " or was answered without text"
		}
		out = append(out, fmt.Sprintf("%s conversations ended early %s: %s of their turns were not sent", share(n, c.Started), why, format.Count(c.UnsentAfterFailure)))
	}
	if 2*c.Open > c.Started {
		out = append(out, fmt.Sprintf("%s conversations were under way when their slice ended, with %s turns not sent: later turns are rarer in the figures than in conversations (longer slices hold more of them)",
			share(c.Open, c.Started), format.Count(c.UnsentAtEnd)))
	}
	return out
}
