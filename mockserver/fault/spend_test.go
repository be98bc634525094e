package fault_test

import (
	"sync"
	"testing"

	"weighbridge/mockserver/fault"
)

func TestAllowance(t *testing.T) {
	a := fault.NewAllowance(&fault.Spend{Tokens: 100})
	for _, step := range []struct {
		name string
		do   func()
		want bool
	}{
		{"nothing billed", func() {}, false},
		{"one token left", func() { a.Bill(99) }, false},
		{"all billed", func() { a.Bill(1) }, true},
		{"overdrawn", func() { a.Bill(50) }, true},
		{"a higher limit", func() { a.Configure(&fault.Spend{Tokens: 151}) }, false},
		{"a lower limit", func() { a.Configure(&fault.Spend{Tokens: 150}) }, true},
		{"no limit", func() { a.Configure(nil) }, false},
		{"a limit again", func() { a.Configure(&fault.Spend{Tokens: 100}) }, true},
		{"reset", func() { a.Reset() }, false},
		{"a limit of 0", func() { a.Configure(&fault.Spend{}) }, true},
	} {
		step.do()
		if got := a.Spent(); got != step.want {
			t.Errorf("%s: spent is %v", step.name, got)
		}
	}
	if none := fault.NewAllowance(nil); none.Spent() {
		t.Error("spent without a limit")
	}
}

func TestAllowanceCopiesItsConfig(t *testing.T) {
	spend := fault.Spend{Tokens: 1}
	a := fault.NewAllowance(&spend)
	spend.Tokens = 0
	if a.Spent() {
		t.Error("changing the config afterwards changes the allowance")
	}
}

func TestAllowanceConcurrentUse(t *testing.T) {
	a := fault.NewAllowance(&fault.Spend{Tokens: 10_000})
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for range 100 {
				a.Bill(10)
				a.Spent()
				a.Configure(&fault.Spend{Tokens: 10_000})
			}
		})
	}
	all.Wait()
	if !a.Spent() {
		t.Error("fewer tokens were counted than billed")
	}
	if a.Configure(&fault.Spend{Tokens: 10_001}); a.Spent() {
		t.Error("more tokens were counted than billed")
	}
}
