package limits

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hear tells an account of a limit of requests.
func hear(p *Permit, limit, remaining, reset string) {
	h := headers("x-ratelimit-limit-requests: " + limit + "\nx-ratelimit-remaining-requests: " + remaining + "\nx-ratelimit-reset-requests: " + reset)
	p.Heard(time.Now(), http.StatusOK, h, Parse(h, time.Now()))
}

func keepCost(taken Cost) Cost { return taken }

func TestAccountHoldsBackAtMostTheShare(t *testing.T) {
	a := NewAccount(0.5)
	first, err := a.Wait(t.Context(), Cost{}, nil)
	if err != nil || first.HeldBy != "" {
		t.Fatal(first, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var workers sync.WaitGroup
	var mu sync.Mutex
	left, held := 0, map[string]int{}
	for range 50 {
		workers.Go(func() {
			p, err := a.Wait(ctx, Cost{}, nil)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				left++
				if p.Settle(time.Now(), true, keepCost); left == 9 {
					cancel()
				}
				return
			}
			if held[p.HeldBy]++; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	hear(first, "20", "19", "6h")
	first.Settle(time.Now(), true, keepCost)
	workers.Wait()
	if left != 9 || held["x-ratelimit-requests"]+held[FirstAnswer] != 41 {
		t.Errorf("%d left, the others were held by %v", left, held)
	}
}

func TestAccountTakesNothingWithoutASlot(t *testing.T) {
	a := NewAccount(1)
	p, err := a.Wait(t.Context(), Cost{}, func() bool { return false })
	if p != nil || err != nil {
		t.Fatal(p, err)
	}
	if p, err = a.Wait(t.Context(), Cost{}, func() bool { return true }); p == nil || err != nil || p.taking.seq != 1 {
		t.Fatal(p, err)
	}
	p.Settle(time.Now(), false, keepCost)
	if a.keeper.open != 0 {
		t.Errorf("%d are open", a.keeper.open)
	}
}

func TestNoPermit(t *testing.T) {
	var p *Permit
	p.Heard(time.Now(), 200, nil, nil)
	p.Refused(time.Now(), time.Second, "")
	p.Settle(time.Now(), true, nil)
}
