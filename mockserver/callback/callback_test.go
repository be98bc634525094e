package callback

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"weighbridge/mockserver/clock"
	"weighbridge/mockserver/dist"
	"weighbridge/mockserver/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// The example of the libraries of Standard Webhooks.
func TestSign(t *testing.T) {
	got, err := sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

// inbox is a receiver that notes what it got.
type inbox struct {
	mu   sync.Mutex
	ids  []string
	seqs []uint64
	// refuse says with which status to answer.
	refuse func(r *http.Request) int
}

func (b *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	var p payload
	_ = json.Unmarshal(raw, &p)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ids, b.seqs = append(b.ids, r.Header.Get("Webhook-Id")), append(b.seqs, p.Data.Sequence)
	if b.refuse != nil {
		w.WriteHeader(b.refuse(r))
	}
}

// sent runs a Sender: it bills n answers of 10 and 1 tokens each, and settles. An attempt is hit by a
// decision if the decision lists it.
func sent(t *testing.T, box *inbox, c Config, n int, hit map[string][]uint64) ledger.Callbacks {
	t.Helper()
	server := httptest.NewServer(box)
	defer server.Close()
	var mu sync.Mutex
	var total ledger.Callbacks
	s := NewSender(Options{
		Delivery: Delivery{URL: server.URL, Secret: secret}, Clock: clock.System(), Do: server.Client().Do,
		Count: func(more ledger.Callbacks) {
			mu.Lock()
			defer mu.Unlock()
			total.Add(more)
		},
		Random: func(decision string) func(uint64) float64 {
			return func(attempt uint64) float64 {
				if slices.Contains(hit[decision], attempt) {
					return 0.25
				}
				return 0.75
			}
		},
	})
	defer s.Close()
	for i := range n {
		s.Bill(c, uint64(i+1), uint32(i+1), ledger.Tokens{Input: 10, Output: 1})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if c.Delay.Constant >= time.Hour {
		cancel()
	}
	s.Settle(ctx)
	s.Bill(c, 99, 99, ledger.Tokens{Input: 10, Output: 1}) // after the end, nothing is sent
	mu.Lock()
	defer mu.Unlock()
	return total
}

// One more answer is billed in each row after the end; its callback is late.
func TestSender(t *testing.T) {
	one := ledger.Tokens{Input: 10, Output: 1}
	for _, row := range []struct {
		name   string
		config Config
		hit    map[string][]uint64
		want   ledger.Callbacks
		seqs   []uint64
	}{
		{"all come", Config{}, nil, ledger.Callbacks{Delivered: 4}, []uint64{1, 2, 3, 4}},
		{"lost", Config{Loss: 0.5}, map[string][]uint64{"callbacks.loss": {2}}, ledger.Callbacks{Delivered: 3, Lost: 1, LostTokens: one}, []uint64{1, 3, 4}},
		{"twice", Config{Duplicate: 0.5}, map[string][]uint64{"callbacks.duplicate": {3}}, ledger.Callbacks{Delivered: 4, Duplicated: 1, DuplicatedTokens: one}, []uint64{1, 2, 3, 3, 4}},
		{"lost is not sent twice", Config{Loss: 0.5, Duplicate: 0.5}, map[string][]uint64{"callbacks.loss": {2}, "callbacks.duplicate": {2}}, ledger.Callbacks{Delivered: 3, Lost: 1, LostTokens: one}, []uint64{1, 3, 4}},
		{
			"delayed",
			Config{Delay: dist.Duration{Uniform: &dist.Uniform[time.Duration]{Max: 4 * time.Millisecond}}},
			nil,
			ledger.Callbacks{Delivered: 4},
			[]uint64{1, 2, 3, 4},
		},
		{"held back", Config{Reorder: 0.5, Delay: dist.Duration{Constant: 50 * time.Millisecond}}, map[string][]uint64{"callbacks.reorder": {1, 4}}, ledger.Callbacks{Delivered: 4, Reordered: 2}, []uint64{2, 1, 3, 4}},
		{"all held back", Config{Reorder: 0.5, Delay: dist.Duration{Constant: 50 * time.Millisecond}}, map[string][]uint64{"callbacks.reorder": {1, 2, 3, 4}}, ledger.Callbacks{Delivered: 4, Reordered: 2}, []uint64{2, 1, 4, 3}},
		{"late", Config{Delay: dist.Duration{Constant: time.Hour}}, nil, ledger.Callbacks{Undelivered: 4, UndeliveredTokens: ledger.Tokens{Input: 40, Output: 4}}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			box := &inbox{}
			got := sent(t, box, row.config, 4, row.hit)
			row.want.Billed, row.want.Undelivered = 5, row.want.Undelivered+1
			row.want.UndeliveredTokens.Add(one)
			if d := cmp.Diff(row.want, got); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(row.seqs, box.seqs); d != "" {
				t.Errorf("order: %s", d)
			}
		})
	}
}

// A receiver that refuses what was forged and replayed gets every right callback; one that takes all
// is counted, and what it refuses wrongly is undelivered.
func TestSenderCountsWhatWasRefused(t *testing.T) {
	hit := map[string][]uint64{"callbacks.forged": {1}, "callbacks.replayed": {2, 3}}
	c := Config{Forged: 0.5, Replayed: 0.5}
	got := sent(t, &inbox{}, c, 3, hit)
	if got.Forged != 1 || got.Replayed != 2 || got.WronglyTaken != 3 || got.Delivered != 3 {
		t.Errorf("of a receiver that takes all: %+v", got)
	}
	box := &inbox{refuse: func(r *http.Request) int {
		if r.Header.Get("Webhook-Signature") == "" || r.Header.Get("Webhook-Timestamp") == "" {
			return http.StatusNoContent
		}
		return http.StatusUnauthorized
	}}
	got = sent(t, box, c, 3, hit)
	if got.Forged != 1 || got.Replayed != 2 || got.WronglyTaken != 0 || got.Delivered != 0 || got.Undelivered != 4 {
		t.Errorf("of a receiver that refuses all: %+v", got)
	}
	if box.ids[0] == box.ids[1] {
		t.Error("a forged callback has the ID of a right one")
	}
}

// Without a receiver nothing runs, and every callback counts as undelivered.
func TestSenderWithoutAReceiver(t *testing.T) {
	var total ledger.Callbacks
	s := NewSender(Options{
		Clock: clock.System(), Count: func(more ledger.Callbacks) { total.Add(more) },
		Random: func(string) func(uint64) float64 { return func(uint64) float64 { return 0 } },
	})
	s.Bill(Config{}, 1, 1, ledger.Tokens{Input: 5})
	s.Settle(t.Context())
	s.Close()
	if total.Billed != 1 || total.Undelivered != 1 || total.UndeliveredTokens.Input != 5 {
		t.Errorf("%+v", total)
	}
}
