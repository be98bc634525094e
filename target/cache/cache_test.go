package cache

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func keyOf(t *testing.T, method, url, body string, header ...string) Key {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	key, err := KeyOf(r)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestKeysDifferByWhatARequestAsks(t *testing.T) {
	same := keyOf(t, "POST", "http://a/x?q=1", "body", "X-Q", "1")
	if keyOf(t, "POST", "http://b:99/x?q=1", "body", "X-Q", "1") != same {
		t.Error("another host has another key")
	}
	for name, other := range map[string]Key{
		"method":       keyOf(t, "PUT", "http://a/x?q=1", "body", "X-Q", "1"),
		"path":         keyOf(t, "POST", "http://a/y?q=1", "body", "X-Q", "1"),
		"query":        keyOf(t, "POST", "http://a/x?q=2", "body", "X-Q", "1"),
		"body":         keyOf(t, "POST", "http://a/x?q=1", "bodY", "X-Q", "1"),
		"header":       keyOf(t, "POST", "http://a/x?q=1", "body", "X-Q", "2"),
		"no header":    keyOf(t, "POST", "http://a/x?q=1", "body"),
		"two values":   keyOf(t, "POST", "http://a/x?q=1", "body", "X-Q", "1", "X-Q", "1"),
		"shifted body": keyOf(t, "POST", "http://a/x?q=1", "1\nbody", "X-Q", ""),
	} {
		if other == same {
			t.Errorf("another %s has the same key", name)
		}
	}
}

// Each step happens so many seconds after the beginning.
func TestAnswersEndWithTheirTimeAndMakeRoom(t *testing.T) {
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := New[string](2, 60*time.Second, false)
	for i, step := range []struct {
		after time.Duration
		key   string
		keep  bool
		found bool
		age   time.Duration
	}{
		{after: 0, key: "a", found: false},
		{after: 0, key: "a", keep: true},
		{after: 59, key: "a", found: true, age: 59},
		{after: 60, key: "a", found: false}, // using an answer does not prolong its time
		{after: 60, key: "a", keep: true},
		{after: 61, key: "b", keep: true},
		{after: 62, key: "a", found: true, age: 2},
		{after: 63, key: "c", keep: true}, // takes the place of b, which was used less recently
		{after: 64, key: "b", found: false},
		{after: 64, key: "a", found: true, age: 4},
		{after: 64, key: "c", found: true, age: 1},
		{after: 70, key: "a", keep: true}, // as anew
		{after: 125, key: "a", found: true, age: 55},
		{after: 60, key: "a", found: true, age: -10}, // the clock was set back
	} {
		key, now := Key{step.key[0]}, begin.Add(step.after*time.Second)
		if step.keep {
			c.Keep(key, step.key, now)
			continue
		}
		found, wait := c.Find(key, now)
		switch {
		case wait != nil:
			t.Errorf("step %d: there is a wait without single flight", i)
		case (found != nil) != step.found:
			t.Errorf("step %d: found %v, expected %v", i, found != nil, step.found)
		case found != nil && (found.Value != step.key || found.Age != step.age*time.Second):
			t.Errorf("step %d: found %+v", i, *found)
		}
	}
	c.Forget()
	if found, _ := c.Find(Key{'c'}, begin.Add(64*time.Second)); found != nil {
		t.Error("an answer was not forgotten")
	}
}

func TestSingleFlightLetsOneAsk(t *testing.T) {
	now := time.Time{}
	c := New[string](10, time.Minute, true)
	if found, wait := c.Find(Key{1}, now); found != nil || wait != nil {
		t.Fatal("the first does not ask")
	}
	_, first := c.Find(Key{1}, now)
	_, second := c.Find(Key{1}, now)
	if _, other := c.Find(Key{2}, now); first == nil || second == nil || other != nil {
		t.Fatal("expected that the second and third wait, and that another key does not")
	}
	c.Done(Key{1}) // without an answer
	<-first
	<-second
	if _, wait := c.Find(Key{1}, now); wait != nil {
		t.Error("after a failure the next does not ask")
	}
	_, third := c.Find(Key{1}, now)
	c.Keep(Key{1}, "answer", now)
	c.Done(Key{1})
	<-third
	if found, _ := c.Find(Key{1}, now); found == nil || found.Value != "answer" {
		t.Error("the answer was not found")
	}
	c.Done(Key{1}) // nobody asks
}
