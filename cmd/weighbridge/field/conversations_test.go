package field

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weighbridge/reports/summary"
)

// speaker is one message of a chat request.
type speaker struct{ Role, Content string }

// chats is a server of the three chat APIs that takes longer the later the turn, and keeps an account
// of the histories that it was sent.
type chats struct {
	mu sync.Mutex
	// systems are the system prompts that it saw, wrong what was wrong about a history.
	systems map[string]bool
	wrong   []string
	turns   map[string]int // by path and turn
}

// perTurn is how much longer each turn takes than the one before it.
const perTurn = 20 * time.Millisecond

func (c *chats) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		System, Instructions string
		Messages             []speaker
		Input                any
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		c.note("invalid JSON: " + err.Error())
	}
	said := body.Messages
	if text, ok := body.Input.(string); ok {
		said = []speaker{{"user", text}}
	} else if items, ok := body.Input.([]any); ok {
		for _, item := range items {
			fields, _ := item.(map[string]any)
			role, _ := fields["role"].(string)
			text, _ := fields["content"].(string)
			said = append(said, speaker{role, text})
		}
	}
	system := body.System + body.Instructions
	if len(said) > 0 && said[0].Role == "system" {
		system, said = said[0].Content, said[1:]
	}
	turn := c.check(r.URL.Path, system, said)
	time.Sleep(time.Duration(turn) * perTurn)
	w.Header().Set("Content-Type", "text/event-stream")
	for _, part := range []string{"an ", fmt.Sprintf("answer to %d", turn)} {
		fmt.Fprint(w, streamed(r.URL.Path, part))
		_ = http.NewResponseController(w).Flush()
	}
	fmt.Fprint(w, streamed(r.URL.Path, ""))
}

// check holds that each answer of a history is the one that was given, and returns the turn.
func (c *chats) check(path, system string, said []speaker) int {
	turn := len(said)/2 + 1
	for i, m := range said {
		want := speaker{"user", fmt.Sprintf("question %d", i/2+1)}
		if i%2 == 1 {
			want = speaker{"assistant", fmt.Sprintf("an answer to %d", i/2+1)}
		}
		if m != want {
			c.note(fmt.Sprintf("%s: message %d is %+v, want %+v", path, i+1, m, want))
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.systems[system] = true
	c.turns[fmt.Sprint(path, " ", turn)]++
	return turn
}

func (c *chats) note(wrong string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong = append(c.wrong, wrong)
}

// streamed is a piece of a stream in the API of the path, or its end if there is no text.
func streamed(path, text string) string {
	events := map[string][2]string{
		"/v1/chat/completions": {
			"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%q}}]}\n\n",
			"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n",
		},
		"/v1/messages": {
			"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":%q}}\n\n",
			"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":4}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
		},
		"/v1/responses": {
			"event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":%q}\n\n",
			"event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[],\"usage\":{\"input_tokens\":9,\"output_tokens\":4}}}\n\n",
		},
	}[path]
	switch {
	case text == "":
		return events[1]
	case path == "/v1/messages" && text == "an ":
		return "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"type\":\"message\",\"content\":[],\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n" + fmt.Sprintf(events[0], text)
	}
	return fmt.Sprintf(events[0], text)
}

// TestConversations holds conversations of three turns with a server that nobody of ours wrote: each
// turn has the real answers before it, and its latencies are those of its turn.
func TestConversations(t *testing.T) {
	file := filepath.Join(t.TempDir(), "talk.jsonl")
	talk := `{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"question 1"},{"role":"assistant","content":"from the file"},` +
		`{"role":"user","content":"question 2"},{"role":"assistant","content":"from the file"},{"role":"user","content":"question 3"}]}`
	if err := os.WriteFile(file, []byte(talk), 0o600); err != nil {
		t.Fatal(err)
	}
	const all = "{openai: {target.dialect: openai}, anthropic: {target.dialect: anthropic}, responses: {target.dialect: responses}}"
	for load, dialects := range map[string]string{
		"open: {rate: 40, arrivals: constant, duration: %s}": all,
		"closed: {in_flight: 6, duration: %s, ramp: 0}":      "{openai: {target.dialect: openai}}",
	} {
		var c *chats
		var sum summary.Summary
		for _, duration := range []string{"600ms", "3s", "15s"} { // on a busy machine no conversation may end in the first
			c = &chats{systems: map[string]bool{}, turns: map[string]int{}}
			s := serve(t, c.ServeHTTP)
			sum = summarize(t, run(t, fmt.Sprintf(`
name: talk
target: {dialect: openai, url: %q, stream: true, system: Speak English., auth: {scheme: none}}
client: {timeout: 60s}
prompts: {file: %q, format: messages, think: 10ms}
load: {warmup: 0s, drain: 60s, %s}
experiment: {order: concurrent}
matrix: {dialect: %s}
`, s.URL, file, fmt.Sprintf(load, duration), dialects)))
			if len(c.turns) == 3*len(sum.Arms) && allConversed(sum) {
				break
			}
		}
		if len(c.wrong) > 0 {
			t.Fatalf("%s: %s", load, strings.Join(c.wrong[:min(len(c.wrong), 5)], "\n"))
		}
		if want := map[string]bool{"Be brief.\n\nSpeak English.": true}; len(c.systems) != 1 || !c.systems["Be brief.\n\nSpeak English."] {
			t.Errorf("%s: system prompts %v, want %v", load, c.systems, want)
		}
		for _, arm := range sum.Arms {
			conversed := arm.Conversations
			if arm.Failed > 0 || conversed == nil || conversed.Started != conversed.Finished+conversed.Open || conversed.Finished == 0 {
				t.Errorf("%s, %s: %d failed, %+v", load, arm.Arm, arm.Failed, conversed)
				continue
			}
			if answered := conversed.Turns[0].Answered + conversed.Turns[1].Answered + conversed.Turns[2].Answered; answered != arm.Answered {
				t.Errorf("%s, %s: %d prompts are answered, and %d turns", load, arm.Arm, arm.Answered, answered)
			}
			for i, turn := range conversed.Turns {
				if least := float64((time.Duration(i+1) * perTurn).Milliseconds()); turn.Response.P50 < least || turn.TTFT.P50 < least {
					t.Errorf("%s, %s, turn %d: p50 %.4g ms, TTFT %.4g ms, and the server takes %v ms", load, arm.Arm, i+1, turn.Response.P50, turn.TTFT.P50, least)
				}
			}
		}
		if len(c.turns) != 3*len(sum.Arms) {
			t.Errorf("%s: the server saw %v, want three turns in each API", load, c.turns)
		}
	}
}

// allConversed tells whether a conversation of each arm has ended.
func allConversed(sum summary.Summary) bool {
	return !slices.ContainsFunc(sum.Arms, func(arm summary.Arm) bool { return arm.Conversations == nil || arm.Conversations.Finished == 0 })
}
