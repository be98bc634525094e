package schedule

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"weighbridge/scenarios"
)

// maxTurns is the most turns of its user that a conversation of a file may have.
const maxTurns = 1000

// script is a conversation as a file has it.
type script struct {
	system string
	turns  []Turn
}

// Turn is what a user says in a conversation, and the answer. Of the last turn, a file may have
// no answer.
type Turn struct{ User, Answer string }

// Conversation is a conversation under way. Its prompts are the turns of its user, each of which
// is due only when the one before it is answered. Only one goroutine may use it at a time.
type Conversation struct {
	script   script
	settings scenarios.Prompts
	// rng draws the pauses and the lengths of answers of the later turns, which so depend neither
	// on how fast the target is nor on other conversations.
	rng  *rand.Rand
	past []Turn
}

// System is the system prompt of the conversation; "" if it has none.
func (c *Conversation) System() string { return c.script.system }

// Past are the turns before the current one, as they were sent.
func (c *Conversation) Past() []Turn { return c.past }

// Left is the number of turns after the current one.
func (c *Conversation) Left() int {
	if c == nil {
		return 0
	}
	return len(c.script.turns) - len(c.past) - 1
}

// TakesAnswers reports whether the next turn is sent with the answer to the current one, and not
// with that of the file.
func (c *Conversation) TakesAnswers() bool {
	return c.Left() > 0 && c.settings.History != scenarios.HistoryFile
}

// Turn is the number of the prompt's turn in its conversation, from 1; 0 if it belongs to none.
func (p Prompt) Turn() int {
	if p.Conversation == nil {
		return 0
	}
	return p.turn
}

// Next returns the next turn of the prompt's conversation, given the answer to the prompt, and the
// pause before it is due. There must be one Left. It sets neither when it is due nor its block.
func (p Prompt) Next(answer string) (next Prompt, pause time.Duration) {
	c := p.Conversation
	if !c.TakesAnswers() {
		answer = c.script.turns[len(c.past)].Answer
	}
	c.past = append(c.past, Turn{p.Text, answer})
	next = Prompt{
		Text: c.script.turns[len(c.past)].User, Bust: p.Bust, MaxTokens: lengthOf(c.settings, c.rng),
		Conversation: c, turn: p.turn + 1,
	}
	return next, c.settings.Think.Quantile(c.rng.Float64())
}

// begin returns the first turn of a conversation.
func (s script) begin(settings scenarios.Prompts, seeds *rand.Rand) Prompt {
	if settings.Turns > 0 {
		s.turns = s.turns[:min(settings.Turns, len(s.turns))]
	}
	c := &Conversation{script: s, settings: settings, rng: rand.New(rand.NewPCG(seeds.Uint64(), seeds.Uint64()))}
	return Prompt{Text: s.turns[0].User, Conversation: c, turn: 1}
}

// said is one message of a conversation in a file.
type said struct {
	role string
	text string
}

// scriptOf returns the conversation of a JSON object with messages, as fine-tuning files of OpenAI
// have them, or with conversations, as ShareGPT's.
func scriptOf(raw []byte) (script, error) {
	var object struct {
		Messages      []message
		Conversations []struct{ From, Value string }
	}
	if err := json.Unmarshal(raw, &object); err != nil || object.Messages == nil && object.Conversations == nil {
		return script{}, errors.New(`expected an object with "messages", a list of {"role", "content"}, or "conversations", a list of {"from", "value"}`)
	}
	var all []said
	for i, m := range object.Messages {
		if kind := m.otherThanText(); kind != "" {
			return script{}, fmt.Errorf("message %d: expected text as content, found %s", i+1, kind)
		}
		all = append(all, said{m.Role, m.text()})
	}
	if object.Messages == nil {
		for _, c := range object.Conversations {
			all = append(all, said{c.From, c.Value})
		}
	}
	return newScript(all)
}

// newScript divides messages into turns. Messages of one side in a row are one; answers before the
// user's first turn, and empty messages, are left out.
func newScript(all []said) (s script, err error) {
	const between = "\n\n"
	for i, m := range all {
		text := strings.TrimSpace(m.text)
		last := len(s.turns) - 1
		switch side := sideOf(m.role); {
		case side == "":
			return script{}, fmt.Errorf("message %d: expected the role system, developer, user or assistant (in ShareGPT's form human or gpt), found %.40q", i+1, m.role)
		case text == "":
		case side == "system":
			s.system = joined(s.system, text, between)
		case side == "user" && last >= 0 && s.turns[last].Answer == "":
			s.turns[last].User = joined(s.turns[last].User, text, between)
		case side == "user":
			s.turns = append(s.turns, Turn{User: text})
		case last >= 0:
			s.turns[last].Answer = joined(s.turns[last].Answer, text, between)
		}
	}
	switch n := len(s.turns); {
	case n == 0:
		return script{}, errNoPrompt
	case n > maxTurns:
		return script{}, fmt.Errorf("expected at most %d turns of a user in a conversation, found %d", maxTurns, n)
	}
	return s, nil
}

func joined(a, b, between string) string {
	if a == "" {
		return b
	}
	return a + between + b
}

// sideOf is who speaks in a role: system, user or assistant; "" for a role that has no place in a
// conversation of texts, such as a tool's.
func sideOf(role string) string {
	for side, roles := range map[string][]string{
		"system":    {"system", "developer"},
		"user":      {"user", "human"},
		"assistant": {"assistant", "gpt", "chatgpt", "bing", "bard", "model"},
	} {
		if slices.Contains(roles, role) {
			return side
		}
	}
	return ""
}

// otherThanText is the kind of the first part of the content that is no text, such as image_url;
// "" if all are.
func (m message) otherThanText() string {
	parts, _ := m.Content.([]any)
	for _, part := range parts {
		fields, _ := part.(map[string]any)
		if kind, _ := fields["type"].(string); kind != "" && kind != "text" {
			return fmt.Sprintf("a part of type %.40q", kind)
		}
	}
	if len(m.ToolCalls) > 0 {
		return "tool_calls"
	}
	return ""
}
