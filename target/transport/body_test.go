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

func TestArrivalTimes(t *testing.T) {
	sent := time.Unix(0, 0)
	at := func(ms int) time.Time { return sent.Add(time.Duration(ms) * time.Millisecond) }
	b := timedBody{arrivals: []arrival{{10, at(1)}, {20, at(2)}, {50, at(3)}, {51, at(9)}}}
	got := b.arrivalTimes([]target.Piece{{End: 1}, {End: 10}, {End: 11}, {End: 30}, {End: 50}, {End: 51}}, sent)
	want := []time.Duration{1e6, 1e6, 2e6, 3e6, 3e6, 9e6}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := b.arrivalTimes(nil, sent); got != nil {
		t.Errorf("without offsets: %v, want nil", got)
	}
	if got := (timedBody{}).arrivalTimes([]target.Piece{{End: 5}}, sent); got != nil {
		t.Errorf("without arrivals: %v, want nil", got)
	}
}

// tenByteDialect treats every ten bytes as a piece of content.
type tenByteDialect struct{ plainDialect }

func (tenByteDialect) Judge(_ int, _ http.Header, body []byte, _ int) (out target.Outcome) {
	for end := 10; end <= len(body); end += 10 {
		out.Content = append(out.Content, target.Piece{End: end, Output: 10})
	}
	return out
}

// No piece of content is timed before the server sent it.
func TestContentIsTimedOnArrival(t *testing.T) {
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
			c := newClient(t, url, func(o *Options) { o.Dialect, o.Client = tenByteDialect{}, section(protocol) })
			c.Connections = connect(t, section(protocol), roots)
			x := c.Do(context.Background(), one)
			if kind == "text/plain" {
				if x.Content != nil || x.Outcome.Class != target.Success {
					t.Errorf("%s, %s: content at %v, class %q; want no times, success", protocol, kind, x.Content, x.Outcome.Class)
				}
				continue
			}
			if len(x.Content) != 3 || x.Content[2] > x.Service {
				t.Fatalf("%s, %s: content at %v, service %v, %+v; want 3 pieces within it", protocol, kind, x.Content, x.Service, x.Outcome)
			}
			for i, arrived := range x.Content {
				if sent := time.Duration(i+1) * pause; arrived < sent {
					t.Errorf("%s, %s: piece %d is timed at %v, but was sent at %v", protocol, kind, i, arrived, sent)
				}
			}
		}
	}
}
