package field

import (
	"fmt"
	"math"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/reports/summary"
)

// good is a want of answers in the reference's form.
func good(spanTokens float64, change ...func(*want)) want {
	w := want{spanTokens: spanTokens, input: 100, output: 10}
	for _, f := range change {
		f(&w)
	}
	return w
}

func output(n int) func(*want)         { return func(w *want) { w.output = n } }
func input(n int) func(*want)          { return func(w *want) { w.input = n } }
func reasoned(w *want)                 { w.reasoned = true }
func fromOutput(w *want)               { w.fromOutput = true }
func noTTFO(w *want)                   { w.noTTFO = true }
func warns(text string) func(*want)    { return func(w *want) { w.warning = text } }
func remarked(name string) func(*want) { return func(w *want) { w.remark = name } }

// empty is a want of answers without content.
func empty(remark, warning string) want {
	return want{input: 100, output: 0, noTTFT: true, remark: remark, warning: warning}
}

func fails(class, detail string) want { return want{class: class, detail: detail} }

// checker collects the problems of one arm.
type checker struct {
	streamCase
	fakes *fakes
	s     *record.Slice
	arm   summary.Arm
	found []problem
	// patience multiplies what a time may be off by.
	patience float64
}

// check compares an arm with the server's own account.
func (c streamCase) check(f *fakes, patience float64, s *record.Slice, arm summary.Arm) []problem {
	check := &checker{streamCase: c, fakes: f, s: s, arm: arm, patience: patience}
	switch {
	case c.class != "":
		check.failed()
	case s.Answered != prompts || s.Due != prompts:
		check.wrong("%d of %d answered: %v %s", s.Answered, s.Due, s.Errors, check.said())
	default:
		check.times()
		check.tpot()
		check.tokens()
		check.remarks()
	}
	return check.found
}

func (c *checker) wrong(format string, args ...any) {
	c.found = append(c.found, problem{server: c.name, text: fmt.Sprintf(format, args...)})
}

// apart is wrong where pieces of a stream that the server sent apart are not told apart, which a delay
// may explain: then they arrive as one.
func (c *checker) apart(format string, args ...any) {
	c.found = append(c.found, problem{c.name, fmt.Sprintf(format, args...), true})
}

// near compares a time with the server's own.
func (c *checker) near(what string, h *record.Hist, want, slack float64) {
	if got := record.Milliseconds(h.Quantile(0.5)); math.Abs(got-want) > c.patience*max(slack, 0.05*want) {
		c.found = append(c.found, problem{c.name, fmt.Sprintf("%s p50 is %.4g, expected %.4g", what, got, want), true})
	}
}

// said is what the first failure says.
func (c *checker) said() string {
	if len(c.arm.Failures) == 0 || c.arm.Failures[0].Example == nil {
		return ""
	}
	return *c.arm.Failures[0].Example
}

func (c *checker) failed() {
	if c.s.Failed != prompts || c.s.Errors[c.class] != prompts {
		c.wrong("%d of %d failed: %v, expected %s", c.s.Failed, c.s.Due, c.s.Errors, c.class)
	}
	if !strings.Contains(c.said(), c.detail) {
		c.wrong("the failure says %q, expected %q", c.said(), c.detail)
	}
}

func (c *checker) times() {
	c.near("response", c.s.Response, c.fakes.median(c.name, func(t timing) float64 { return t.end }), 25)
	if c.noTTFT != (c.s.TTFT.Count() == 0) || c.noTTFO && c.s.TTFO.Count() > 0 {
		c.wrong("%d TTFTs, %d TTFOs", c.s.TTFT.Count(), c.s.TTFO.Count())
	}
	if !c.noTTFT {
		c.near("TTFT", c.s.TTFT, c.fakes.median(c.name, func(t timing) float64 { return t.first }), 25)
	}
	if !c.noTTFT && !c.noTTFO {
		c.near("TTFO", c.s.TTFO, c.fakes.median(c.name, func(t timing) float64 { return t.output }), 25)
	}
	if c.hints {
		c.near("first byte", c.s.FirstByte, 60, 25)
	}
	if c.arm.Reasoned() != (c.reasoned || c.noTTFO) {
		c.apart("reasoned is %v", c.arm.Reasoned())
	}
}

// tpot compares TPOT with the span that the server sent the tokens in.
func (c *checker) tpot() {
	switch n := c.s.TPOT.Count(); {
	case c.spanTokens == 0 && n > 0:
		c.wrong("%d TPOTs, expected none", n)
	case c.spanTokens > 0 && n != prompts:
		c.apart("%d TPOTs", n)
	case c.spanTokens > 0:
		span := c.fakes.median(c.name, func(t timing) float64 {
			if c.fromOutput {
				return t.last - t.output
			}
			return t.last - t.first
		})
		c.near("TPOT", c.s.TPOT, span/c.spanTokens, 2)
	}
}

// tokens are those of the answers, and of the first, which billed one each way.
func (c *checker) tokens() {
	for what, tokens := range map[string]struct {
		got  *uint64
		want int
	}{"input": {c.arm.Tokens.Input, c.input}, "output": {c.arm.Tokens.Output, c.output}} {
		switch {
		case tokens.want < 0 && tokens.got != nil:
			c.wrong("%d %s tokens, expected them unknown", *tokens.got, what)
		case tokens.want >= 0 && tokens.got == nil:
			c.wrong("%s tokens unknown, expected %d an answer", what, tokens.want)
		case tokens.want >= 0 && *tokens.got != uint64(prompts*tokens.want+1):
			c.wrong("%d %s tokens, expected %d an answer", *tokens.got, what, tokens.want)
		}
	}
}

func (c *checker) remarks() {
	if c.remark != "" && c.s.Remarks[c.remark] != prompts {
		c.wrong("remarks %v, expected %s", c.s.Remarks, c.remark)
	}
	if all := strings.Join(c.arm.Warnings, "; "); !strings.Contains(all, c.warning) {
		c.wrong("warnings %q, expected %q", all, c.warning)
	}
}
