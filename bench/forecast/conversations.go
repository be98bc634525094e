package forecast

import (
	"math"
	"unicode/utf8"

	"weighbridge/bench"
	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target/budget"
)

// addTurns adds the turns of a conversation after its first, which a request has sent, as if all were
// sent: whether a slice ends before depends on the server. Each is sent with the turns before it.
func (a *armForecaster) addTurns(to *drawn, p schedule.Prompt, before drawn) {
	// perTurn is the bytes of a turn in a request beside its texts: {"role":"assistant","content":""} and the like.
	const perTurn = 64
	for p.Conversation.Left() > 0 {
		real := p.Conversation.TakesAnswers()
		next, _ := p.Next("")
		answer := int(before.output) * scenarios.CharactersPerToken
		input := before.output
		if !real {
			past := p.Conversation.Past()
			text := past[len(past)-1].Answer
			answer, input = len(text), a.tokensOf(utf8.RuneCountInString(text))
		}
		asked, _ := a.asked(next.MaxTokens)
		one := drawn{
			requests: 1, prompts: 1, asked: asked, output: a.outputTokens(asked),
			input: before.input + input + a.tokensOf(utf8.RuneCountInString(next.Text)),
			body:  before.body + budget.InputTokens(int64(answer+len(next.Text)+perTurn)), reserved: bench.Output(a.arm, next.MaxTokens),
		}
		to.plus(one)
		a.reserve(one)
		p, before = next, one
	}
}

// tokensOf is how many input tokens so many characters have.
func (a *armForecaster) tokensOf(characters int) uint64 {
	perCharacter := 1.0 / scenarios.CharactersPerToken
	if a.mocked() {
		perCharacter = a.arm.Mock.Tokens.PerChar
	}
	return uint64(math.Ceil(float64(characters)*perCharacter - 1e-9))
}
