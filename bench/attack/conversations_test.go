package attack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target"
)

// chatServer is a server of Chat Completions that says which turn it answers, and keeps an account
// of what it was asked.
type chatServer struct {
	t *testing.T
	// refuse says which turns it refuses, and quiet which it answers without text.
	refuse, quiet func(turn int) bool
	takes         time.Duration

	mu       sync.Mutex
	turns    map[int]int // requests by turn
	now, max int         // conversations with a request in flight
}

type chatMessage struct{ Role, Content string }

func (s *chatServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct{ Messages []chatMessage }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		s.t.Error(err)
	}
	turn := (len(body.Messages) + 1) / 2
	for i, m := range body.Messages {
		want := chatMessage{"user", fmt.Sprintf("question %d", i/2+1)}
		if i%2 == 1 {
			want = chatMessage{"assistant", fmt.Sprintf("answer %d", i/2+1)}
		}
		if m != want {
			s.t.Errorf("message %d of %d is %+v, want %+v", i, len(body.Messages), m, want)
		}
	}
	s.mu.Lock()
	s.turns[turn]++
	s.now++
	s.max = max(s.max, s.now)
	s.mu.Unlock()
	time.Sleep(s.takes)
	s.mu.Lock()
	s.now--
	s.mu.Unlock()
	answer := fmt.Sprintf("answer %d", turn)
	if s.quiet != nil && s.quiet(turn) {
		answer = " "
	}
	if s.refuse != nil && s.refuse(turn) {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"choices":[{"message":{"role":"assistant","content":%q},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2}}`, answer)
}

// talk returns an arm that holds conversations of three turns with the server.
func (s *chatServer) talk(t *testing.T, sets ...string) *Arm {
	t.Helper()
	s.t, s.turns = t, map[int]int{}
	url := serve(t, s.ServeHTTP)
	source := "name: talk\ntarget: {dialect: openai, url: \"" + url + "\", auth: {scheme: none}}\nclient: {timeout: 60s}\n" +
		"prompts: {file: talk.jsonl, format: messages}\nload: {warmup: 0s, drain: 60s}\n"
	parsed, err := scenarios.Parse("test.yaml", []byte(source), scenarios.Changes{Set: sets})
	if err != nil {
		t.Fatal(err)
	}
	arm := parsed.Arms()[0]
	file := `{"messages":[{"role":"user","content":"question 1"},{"role":"assistant","content":"no"},{"role":"user","content":"question 2"},` +
		`{"role":"assistant","content":"no"},{"role":"user","content":"question 3"}]}`
	deck, err := schedule.ReadDeck("talk.jsonl", arm.Prompts.Format, strings.NewReader(file), 0)
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(arm, Endpoint{URL: arm.Target.URL}, schedule.Work{Seed: 1, Arm: "all", Deck: deck}, time.Now(), &target.Redactor{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func TestOpenLoadHoldsConversations(t *testing.T) {
	s := &chatServer{}
	a := s.talk(t, "load.open={rate: 100, arrivals: constant, duration: 300ms}", "prompts.think=10ms")
	slices, complete, err := a.Open(context.Background(), time.Now(), 0, 2)
	if err != nil || complete != 2 {
		t.Fatal(complete, err)
	}
	all := &record.Slice{}
	all.Merge(slices[0], slices[1])
	c := all.Conversations
	if c.Started+all.NeverSent != 60 || c.Failed != 0 || c.Finished+c.Open != c.Started || c.Finished == 0 {
		t.Errorf("%+v: want 60 that started, of which most were finished", c)
	}
	for i, turn := range c.Turns {
		if got, want := int(turn.Response.Count()), s.turns[i+1]; got != want {
			t.Errorf("turn %d: %d latencies, and the server saw %d", i+1, got, want)
		}
	}
	if sent := uint64(s.turns[1] + s.turns[2] + s.turns[3]); all.Answered != sent || all.Due != sent+all.NeverSent || sent+c.UnsentAtEnd != 3*c.Started {
		t.Errorf("due %d, answered %d, never sent %d, not due %d of 180 turns; the server saw %d", all.Due, all.Answered, all.NeverSent, c.UnsentAtEnd, sent)
	}
	if lag := all.SendLag.Quantile(0); lag >= 10*time.Millisecond {
		t.Errorf("the least send lag is %v: it includes the pause", lag)
	}
}

func TestConversationsThatEndEarly(t *testing.T) {
	second := func(turn int) bool { return turn == 2 }
	for _, c := range []struct {
		name   string
		server *chatServer
		sets   []string
		want   record.Conversations
		turns  map[int]int
	}{
		{"a turn fails", &chatServer{refuse: second}, nil, record.Conversations{Started: 5, Failed: 5, UnsentAfterFailure: 5}, map[int]int{1: 5, 2: 5}},
		{"an answer without text", &chatServer{quiet: second}, nil, record.Conversations{Started: 5, Silent: 5, UnsentAfterFailure: 5}, map[int]int{1: 5, 2: 5}},
		{"the last answer may have none", &chatServer{quiet: func(turn int) bool { return turn == 3 }}, nil, record.Conversations{Started: 5, Finished: 5}, map[int]int{1: 5, 2: 5, 3: 5}},
		{"the slice ends first", &chatServer{}, []string{"prompts.think=1h"}, record.Conversations{Started: 5, Open: 5, UnsentAtEnd: 10}, map[int]int{1: 5}},
		{"two turns", &chatServer{}, []string{"prompts.turns=2"}, record.Conversations{Started: 5, Finished: 5}, map[int]int{1: 5, 2: 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			// All begin in the first of a hundred steps, and have the others for their later turns.
			a := c.server.talk(t, append(c.sets, "load.open={shape: {steps: [10"+strings.Repeat(", 0", 99)+"]}, arrivals: constant, duration: 50s}")...)
			slices, _, err := a.Open(context.Background(), time.Now(), 0, 1)
			if err != nil {
				t.Fatal(err)
			}
			got := *slices[0].Conversations
			got.Turns = nil
			if !reflect.DeepEqual(got, c.want) || !reflect.DeepEqual(c.server.turns, c.turns) {
				t.Errorf("got %+v, and the server saw %v; want %+v and %v", got, c.server.turns, c.want, c.turns)
			}
		})
	}
}

func TestClosedLoadKeepsConversationsUnderWay(t *testing.T) {
	var s *chatServer
	var slice *record.Slice
	// On a machine that is busy no conversation may end so soon.
	for duration := 300 * time.Millisecond; duration < time.Minute && (slice == nil || slice.Conversations.Finished == 0); duration *= 5 {
		s = &chatServer{takes: 5 * time.Millisecond}
		a := s.talk(t, fmt.Sprintf("load.closed={in_flight: 4, duration: %v, ramp: 50ms}", duration))
		var complete bool
		var err error
		if slice, complete, err = a.Closed(context.Background(), 0); err != nil || !complete {
			t.Fatal(complete, err)
		}
	}
	c := slice.Conversations
	if c.Started != c.Finished+c.Open || c.Finished == 0 || c.Open > 4 || s.max > 4 {
		t.Errorf("%+v, at most %d at once: want finished ones, and at most 4 open", c, s.max)
	}
	if sent := s.turns[1] + s.turns[2] + s.turns[3]; s.turns[1] != int(c.Started) || 3*c.Started != uint64(sent)+c.UnsentAtEnd {
		t.Errorf("the server saw turns %v, of %+v", s.turns, c)
	}
	if len(c.Turns) != 3 || slice.Answered != c.Turns[0].Response.Count()+c.Turns[1].Response.Count()+c.Turns[2].Response.Count() {
		t.Errorf("%d answered prompts do not have their latencies by turn", slice.Answered)
	}
}

// A pause keeps no worker and is in no latency; the workers of other conversations go on.
func TestClosedLoadPausesBetweenTurns(t *testing.T) {
	s := &chatServer{}
	a := s.talk(t, "load.closed={in_flight: 2, duration: 2s, ramp: 0}", "prompts.think=1h", "prompts.turns=2")
	slice, _, err := a.Closed(context.Background(), 0)
	if err != nil || s.turns[1] != 2 || s.turns[2] != 0 || slice.Conversations.Open != 2 {
		t.Errorf("%v: %+v, and the server saw %v; want two conversations that think", err, slice.Conversations, s.turns)
	}
}

func TestAnInterruptEndsConversations(t *testing.T) {
	for _, load := range []string{"load.open={rate: 50, duration: 1h}", "load.closed={in_flight: 3, duration: 1h, ramp: 0}"} {
		s := &chatServer{}
		ctx, cancel := context.WithCancel(context.Background())
		a := s.talk(t, load, "prompts.think=20ms")
		time.AfterFunc(200*time.Millisecond, cancel)
		var slices map[int]*record.Slice
		var err error
		if a.Load.Open != nil {
			slices, _, err = a.Open(ctx, time.Now(), 0, 1)
		} else {
			slices = map[int]*record.Slice{}
			slices[0], _, err = a.Closed(ctx, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		if c := slices[0].Conversations; c.Started != c.Finished+c.Open {
			t.Errorf("%s: %+v", load, c)
		}
	}
}

func TestAConversationOnTheWire(t *testing.T) {
	a := (&chatServer{}).talk(t)
	first := a.work.Sample("open", 1)[0]
	second, _ := first.Next("yes")
	for _, c := range []struct {
		prompt                   schedule.Prompt
		bust, system, wantSystem string
		want                     []target.Turn
	}{
		{schedule.Prompt{Text: "a"}, "b ", "s", "b ", []target.Turn{{Role: "user", Text: "a"}}},
		{second, "", "", "", []target.Turn{{Role: "user", Text: "question 1"}, {Role: "assistant", Text: "yes"}, {Role: "user", Text: "question 2"}}},
		{second, "b ", "", "", []target.Turn{{Role: "user", Text: "b question 1"}, {Role: "assistant", Text: "yes"}, {Role: "user", Text: "question 2"}}},
		{second, "b ", "s", "b ", []target.Turn{{Role: "user", Text: "question 1"}, {Role: "assistant", Text: "yes"}, {Role: "user", Text: "question 2"}}},
	} {
		c.prompt.Bust = c.bust
		got := conversationOf(c.prompt, c.system)
		if got.System != c.wantSystem || !reflect.DeepEqual(got.Turns, c.want) {
			t.Errorf("got %+v, want %q before %v", got, c.wantSystem, c.want)
		}
	}
}
