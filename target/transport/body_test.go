package transport

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"weighbridge/target"
)

func TestMomentsOfOffsets(t *testing.T) {
	sent := time.Unix(0, 0)
	at := func(ms int) time.Time { return sent.Add(time.Duration(ms) * time.Millisecond) }
	a := answered{marks: []mark{{10, at(1)}, {20, at(2)}, {50, at(3)}, {51, at(9)}}}
	got := a.moments([]int{1, 10, 11, 30, 50, 51}, sent)
	want := []time.Duration{1e6, 1e6, 2e6, 3e6, 3e6, 9e6}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := a.moments(nil, sent); got != nil {
		t.Errorf("of no offset: %v", got)
	}
	if got := (answered{}).moments([]int{5}, sent); got != nil {
		t.Errorf("of a body that was not marked: %v", got)
	}
}

// inTens finds content at every tenth byte.
type inTens struct{ plainDialect }

func (inTens) Judge(_ int, _ http.Header, body []byte, _ int) (out target.Outcome) {
	for end := 10; end <= len(body); end += 10 {
		out.Content = append(out.Content, end)
	}
	return out
}

// No piece is timed before the server sent it.
func TestContentIsTimedAsItComes(t *testing.T) {
	for _, kind := range []string{"text/event-stream", "Text/Event-Stream; charset=utf-8", "text/plain"} {
		for _, protocol := range []string{"http/1.1", "http/2"} {
			const pause = 20 * time.Millisecond
			url, roots := listen(t, protocol, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", kind)
				for range 3 {
					time.Sleep(pause)
					fmt.Fprint(w, "0123456789")
					_ = http.NewResponseController(w).Flush()
				}
			})
			c := newClient(t, url, func(o *Options) { o.Dialect, o.Client = inTens{}, section(protocol) })
			c.Connections = connect(t, section(protocol), roots)
			x := c.Do(context.Background(), one)
			if kind == "text/plain" {
				if x.Content != nil || x.Outcome.Class != target.Success {
					t.Errorf("%s, %s: %v", protocol, kind, x.Content)
				}
				continue
			}
			if len(x.Content) != 3 || x.Content[2] > x.Service {
				t.Fatalf("%s, %s: %v of %v, %+v", protocol, kind, x.Content, x.Service, x.Outcome)
			}
			for i, moment := range x.Content {
				if least := time.Duration(i+1) * pause; moment < least {
					t.Errorf("%s, %s: piece %d came after %v, before it was sent at %v", protocol, kind, i, moment, least)
				}
			}
		}
	}
}
