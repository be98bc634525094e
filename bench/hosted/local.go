package hosted

import (
	"context"
	"errors"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/attack"
	"weighbridge/bench/record"
	"weighbridge/mockserver"
	"weighbridge/scenarios"
)

// Local are mocks in this process: a bench.Servers for tests and for programs that
// cannot start a child. They share the scheduler and the garbage collector with the
// load, so that their figures are worth less than with Mocks. The zero value is ready.
type Local struct {
	host     *mockserver.Host
	receiver receiver
}

// Start ends the mocks there are and starts one for each arm.
func (l *Local) Start(_ context.Context, arms []scenarios.Arm, _ func(error)) ([]attack.Endpoint, error) {
	if err := l.Stop(); err != nil {
		return nil, err
	}
	to, err := l.receiver.open(arms)
	if err != nil {
		return nil, err
	}
	list, err := instances(arms, to)
	if err != nil {
		return nil, err
	}
	if l.host, err = mockserver.Listen(list, mockserver.HostOptions{}); err != nil {
		return nil, err
	}
	ends, err := endpoints(l.host.Info(), arms)
	if err != nil {
		return nil, err
	}
	l.receiver.attach(ends, arms)
	return ends, nil
}

// Ledger reads an arm's ledger.
func (l *Local) Ledger(ctx context.Context, arm string) (*bench.Account, error) {
	l.host.Settle(ctx)
	snapshot, err := l.host.Ledger(arm)
	if err != nil {
		return nil, err
	}
	return accountOf(snapshot)
}

// CPU is nothing: what the mocks use is this process's own.
func (l *Local) CPU() (time.Duration, bool) { return 0, true }

// Process is nil, as this process hosts the mocks.
func (l *Local) Process(context.Context) (*record.Process, error) { return nil, nil }

// Stop ends the mocks, once all requests are answered or after a short while.
func (l *Local) Stop() error {
	host := l.host
	if host == nil {
		return l.receiver.close()
	}
	l.host = nil
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	return errors.Join(host.Close(ctx), l.receiver.close())
}
