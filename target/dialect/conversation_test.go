package dialect

import (
	"encoding/json"
	"io"
	"net/url"
	"reflect"
	"testing"

	"weighbridge/target"
)

// A conversation is sent with all its turns, and what stands before the system prompt.
func TestConversationsOnTheWire(t *testing.T) {
	base, err := url.Parse("http://127.0.0.1:4711")
	if err != nil {
		t.Fatal(err)
	}
	turns := []target.Turn{{Role: "user", Text: "one"}, {Role: "assistant", Text: "two"}, {Role: "user", Text: "three"}}
	type message = map[string]any
	chat := []any{message{"role": "user", "content": "one"}, message{"role": "assistant", "content": "two"}, message{"role": "user", "content": "three"}}
	for _, c := range []struct {
		dialect, system, before string
		wantSystem              any
		want                    []any
	}{
		{"anthropic", "be brief", "tag ", "tag be brief", chat},
		{"anthropic", "", "", nil, chat},
		{"anthropic", "", "tag", "tag", chat},
		{"openai", "be brief", "tag ", nil, append([]any{message{"role": "system", "content": "tag be brief"}}, chat...)},
		{"openai", "", "", nil, chat},
		{"responses", "be brief", "tag ", "tag be brief", chat},
	} {
		cfg := modelConfig(c.dialect, false)
		cfg.System = c.system
		req, err := newDialect(t, cfg).(target.Conversing).RequestTurns(t.Context(), base, target.Conversation{System: c.before, Turns: turns}, 5)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Fatal(err)
		}
		var sent struct {
			System, Instructions any
			Messages, Input      []any
		}
		if err := json.Unmarshal(body, &sent); err != nil {
			t.Fatal(err)
		}
		if c.dialect == "responses" {
			sent.System, sent.Messages = sent.Instructions, sent.Input
		}
		if sent.System != c.wantSystem || !reflect.DeepEqual(sent.Messages, c.want) {
			t.Errorf("%s, %q and %q: %s", c.dialect, c.system, c.before, body)
		}
	}
}
