package bench

import (
	"testing"

	"weighbridge/scenarios"
	"weighbridge/target"
)

// Arms share an account of rate limits if they have the same server, credential and model.
func TestLimitAccounts(t *testing.T) {
	arm := func(change func(*scenarios.Arm)) scenarios.Arm {
		a := scenarios.Arm{Name: "a"}
		a.Load.RespectLimits.Share = 0.8
		a.Target.Auth = target.Auth{Scheme: "apikey", Key: "${env:KEY}"}
		change(&a)
		return a
	}
	same := func(*scenarios.Arm) {}
	accounts := limitAccounts{}
	first := accounts.of(arm(same), "https://api.example.test/v1")
	for name, row := range map[string]struct {
		url    string
		arm    scenarios.Arm
		shared bool
	}{
		"the same":             {"https://api.example.test/v1", arm(same), true},
		"another path and arm": {"https://api.example.test/v2", arm(func(a *scenarios.Arm) { a.Name = "b"; a.Target.Stream = true }), true},
		"another host":         {"https://other.example.test/v1", arm(same), false},
		"another key":          {"https://api.example.test/v1", arm(func(a *scenarios.Arm) { a.Target.Auth.Key = "${env:OTHER}" }), false},
		"a key in a header":    {"https://api.example.test/v1", arm(func(a *scenarios.Arm) { a.Target.Headers = map[string]target.Text{"x": "y"} }), false},
		"another model":        {"https://api.example.test/v1", arm(func(a *scenarios.Arm) { a.Target.Model = "m" }), false},
		"another share":        {"https://api.example.test/v1", arm(func(a *scenarios.Arm) { a.Load.RespectLimits.Share = 0.5 }), false},
	} {
		if got := accounts.of(row.arm, row.url); (got == first) != row.shared || got == nil {
			t.Errorf("%s: shared %v, want %v", name, got == first, row.shared)
		}
	}
	if accounts.of(arm(func(a *scenarios.Arm) { a.Load.RespectLimits.Share = 0 }), "https://api.example.test") != nil {
		t.Error("an arm that keeps to no limits has an account")
	}
}
