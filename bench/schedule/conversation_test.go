package schedule

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"weighbridge/mockserver/dist"
	"weighbridge/scenarios"
)

func TestReadConversations(t *testing.T) {
	message := func(role, content string) string { return fmt.Sprintf(`{"role":%q,"content":%s}`, role, content) }
	messages := func(all ...string) string { return `{"messages":[` + strings.Join(all, ",") + `]}` }
	hi, yes := message("user", `"hi"`), message("assistant", `"yes"`)
	for _, c := range []struct{ content, want, wrong string }{
		{messages(message("system", `"be brief"`), hi, yes, message("user", `"why?"`)), "{be brief [{hi yes} {why? }]}", ""},
		{messages(hi, yes) + "\n\n" + messages(message("user", `"one"`)), "{ [{hi yes}]} { [{one }]}", ""},
		{`[{"conversations":[{"from":"gpt","value":"hello"},{"from":"human","value":" one\n1 "},{"from":"gpt","value":"two"}]}, ` + messages(hi) + `]`, "{ [{one\n1 two}]} { [{hi }]}", ""},
		{messages(message("developer", `"a"`), message("system", `"b"`), hi, hi, yes, yes), "{a\n\nb [{hi\n\nhi yes\n\nyes}]}", ""},
		{messages(message("user", `[{"type":"text","text":"a"},{"type":"text","text":"b"}]`), message("assistant", `null`)), "{ [{a\nb }]}", ""},
		{messages(yes) + "\n" + messages(hi), "{ [{hi }]}", ""}, // the first has no user
		{messages(hi, message("tool", `"5"`)), "", `a.jsonl:1: message 2: expected the role system, developer, user or assistant (in ShareGPT's form human or gpt), found "tool"`},
		{messages(message("user", `[{"type":"image_url"}]`)), "", `a.jsonl:1: message 1: expected text as content, found a part of type "image_url"`},
		{messages(hi, `{"role":"assistant","content":null,"tool_calls":[{"id":"1"}]}`), "", `message 2: expected text as content, found tool_calls`},
		{messages(hi) + "\n{\"prompt\":\"one\"}", "", `a.jsonl:2: expected an object with "messages", a list of {"role", "content"}, or "conversations"`},
		{`"one"`, "", `a.jsonl:1: expected an object with "messages"`},
		{messages(yes), "", "a.jsonl: expected at least one prompt, found none"},
		{messages(strings.Repeat(hi+","+yes+",", 1000) + hi), "", "a.jsonl:1: expected at most 1000 turns of a user in a conversation, found 1001"},
	} {
		d, err := ReadDeck("a.jsonl", "messages", strings.NewReader(c.content), 0)
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%.100s: %v, want an error with %q", c.content, err, c.wrong)
			}
			continue
		}
		if err != nil {
			t.Errorf("%.100s: %v", c.content, err)
		} else if got := strings.Trim(fmt.Sprint(d.scripts), "[]"); got != strings.Trim(c.want, "[]") {
			t.Errorf("%.100s: got %q, want %q", c.content, got, c.want)
		}
	}
}

// conversingWork has one conversation of three turns.
func conversingWork(t *testing.T, change func(*scenarios.Prompts)) Work {
	t.Helper()
	const file = `{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"A"},{"role":"user","content":"b"},{"role":"assistant","content":"B"},{"role":"user","content":"c"}]}`
	p := scenarios.Prompts{
		Format: "messages", MaxTokens: dist.Number{Uniform: &dist.Uniform[float64]{Min: 1, Max: 1000}},
		Think: dist.Duration{Exponential: &dist.Exponential[time.Duration]{Mean: time.Second}},
	}
	change(&p)
	deck, err := ReadDeck("a.jsonl", "messages", strings.NewReader(file), 0)
	if err != nil {
		t.Fatal(err)
	}
	if deck, err = deck.WithPrefixes(p.Prefix, 1, nil); err != nil {
		t.Fatal(err)
	}
	return Work{Seed: 1, Arm: "x", Deck: deck, Prompts: p}
}

// held holds a conversation with answers that are x and the number of the turn.
func held(first Prompt) (all []Prompt, pauses []time.Duration) {
	for p := first; ; {
		if all = append(all, p); p.Conversation.Left() == 0 {
			return all, pauses
		}
		next, pause := p.Next(fmt.Sprint("x", p.Turn()))
		p, pauses = next, append(pauses, pause)
	}
}

func TestTurnsFollowOneAnother(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*scenarios.Prompts)
		texts  []string
		past   []Turn
	}{
		{"real answers", func(*scenarios.Prompts) {}, []string{"a", "b", "c"}, []Turn{{"a", "x1"}, {"b", "x2"}}},
		{"the file's answers", func(p *scenarios.Prompts) { p.History = "file" }, []string{"a", "b", "c"}, []Turn{{"a", "A"}, {"b", "B"}}},
		{"two turns", func(p *scenarios.Prompts) { p.Turns = 2 }, []string{"a", "b"}, []Turn{{"a", "x1"}}},
		{"one turn", func(p *scenarios.Prompts) { p.Turns = 1 }, []string{"a"}, nil},
	} {
		all, pauses := held(conversingWork(t, c.change).Sample("open", 1)[0])
		var texts []string
		for i, p := range all {
			if texts = append(texts, p.Text); p.Turn() != i+1 || p.MaxTokens < 1 {
				t.Errorf("%s: prompt %d is turn %d, and asks for %d tokens", c.name, i, p.Turn(), p.MaxTokens)
			}
		}
		if past := all[0].Conversation.Past(); !reflect.DeepEqual(texts, c.texts) || !reflect.DeepEqual(past, c.past) || len(pauses) != len(all)-1 {
			t.Errorf("%s: turns %v after %v, want %v after %v", c.name, texts, past, c.texts, c.past)
		}
	}
}

// Pauses and lengths of answers are drawn for each conversation, so that they do not depend on
// which of several goes on first.
func TestConversationsOfASeedAreTheSameInAnyOrder(t *testing.T) {
	draw := func() (first, second Prompt) {
		sample := conversingWork(t, func(*scenarios.Prompts) {}).Sample("open", 2)
		return sample[0], sample[1]
	}
	type drawn struct {
		pauses  []time.Duration
		lengths []int
	}
	of := func(first Prompt) (d drawn) {
		all, pauses := held(first)
		for _, p := range all {
			d.lengths = append(d.lengths, p.MaxTokens)
		}
		d.pauses = pauses
		return d
	}
	a1, b1 := draw()
	one, two := of(a1), of(b1)
	a2, b2 := draw()
	laterTwo, laterOne := of(b2), of(a2)
	if !reflect.DeepEqual(one, laterOne) || !reflect.DeepEqual(two, laterTwo) {
		t.Errorf("conversations depend on their order: %v and %v, %v and %v", one, laterOne, two, laterTwo)
	}
	if reflect.DeepEqual(one, two) {
		t.Errorf("two conversations draw the same: %v", one)
	}
}

func TestWhatIsAddedToAConversationStaysTheSame(t *testing.T) {
	w := conversingWork(t, func(p *scenarios.Prompts) { p.Prefix, p.CacheBust = scenarios.Prefix{Tokens: 2, Pool: 1}, "request" })
	all, _ := held(w.Sample("open", 1)[0])
	prefix := w.Deck.prefixes[0] + " "
	if all[0].Text != prefix+"a" || all[1].Text != "b" || all[2].Conversation.Past()[0].User != prefix+"a" {
		t.Errorf("a prefix stands before the first turn alone: %q, %q, after %q", all[0].Text, all[1].Text, all[2].Conversation.Past())
	}
	if all[0].Bust == "" || all[1].Bust != all[0].Bust || all[2].Bust != all[0].Bust {
		t.Errorf("a conversation has one text against caches: %q, %q, %q", all[0].Bust, all[1].Bust, all[2].Bust)
	}
}

func TestNumberOfTurns(t *testing.T) {
	d := &Deck{scripts: []script{{turns: make([]Turn, 1)}, {turns: make([]Turn, 5)}}, cumulative: []float64{0.75, 1}}
	for _, c := range []struct {
		deck    *Deck
		most    int
		mean    float64
		longest int
	}{{d, 0, 2, 5}, {d, 3, 1.5, 3}, {newDeck([]string{"a"}, 0), 0, 1, 1}} {
		if mean, longest := c.deck.Turns(c.most); mean != c.mean || longest != c.longest {
			t.Errorf("at most %d turns: %v on average, up to %d; want %v and %d", c.most, mean, longest, c.mean, c.longest)
		}
	}
}
