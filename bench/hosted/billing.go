package hosted

import (
	"context"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/mockserver/callback"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/callbacks"
)

// receiver takes the callbacks of the arms whose mocks send any. Its accounts go on when mocks are
// restarted. The zero value is ready.
type receiver struct {
	accounts map[string]*callbacks.Account // by arm
	server   *callbacks.Receiver
}

// open starts a server if an arm has callbacks, and returns where each arm's mock sends them.
func (r *receiver) open(arms []scenarios.Arm) (map[string]callback.Delivery, error) {
	var names []string
	var accounts []*callbacks.Account
	for _, arm := range arms {
		if arm.Target.URL != target.Mock || arm.Mock.Callbacks == nil {
			continue
		}
		if r.accounts == nil {
			r.accounts = map[string]*callbacks.Account{}
		}
		account, old := r.accounts[arm.Name]
		if !old {
			account = callbacks.NewAccount()
			r.accounts[arm.Name] = account
		}
		account.Restart()
		names, accounts = append(names, arm.Name), append(accounts, account)
	}
	if len(names) == 0 {
		return nil, nil
	}
	server, err := callbacks.Listen(accounts, time.Now)
	if err != nil {
		return nil, err
	}
	r.server = server
	to := map[string]callback.Delivery{}
	for i, name := range names {
		to[name] = callback.Delivery{URL: server.URL(i), Secret: server.Secret()}
	}
	return to, nil
}

// attach gives each arm's endpoint its account.
func (r *receiver) attach(ends []attack.Endpoint, arms []scenarios.Arm) {
	for i, arm := range arms {
		ends[i].Billing = r.accounts[arm.Name]
	}
}

// close ends the server, if there is one. The mocks should have ended.
func (r *receiver) close() error {
	if r.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	err := r.server.Close(ctx)
	r.server = nil
	return err
}
