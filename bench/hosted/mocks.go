package hosted

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/attack"
	"weighbridge/bench/record"
	"weighbridge/mockserver"
	"weighbridge/mockserver/ledger"
	"weighbridge/scenarios"
)

// controlTimeout bounds a question to the child's control listener.
const controlTimeout = 10 * time.Second

// Mocks are the mocks of a run, hosted in a child process: a bench.Servers. The child
// ends when it is stopped or when this process ends, however it does.
type Mocks struct {
	Job Job
	// Command is the program to start and its arguments. It must call Serve with its
	// standard input and output.
	Command []string
	// Started is told where each arm's mock listens; nil is not.
	Started func(arm, url string)

	child    *child
	receiver receiver
}

// Start starts the child, after ending the one before, and says where each arm's mock
// listens. It calls lost when the child ends by itself.
func (m *Mocks) Start(ctx context.Context, arms []scenarios.Arm, lost func(error)) ([]attack.Endpoint, error) {
	if err := m.Stop(); err != nil {
		return nil, err
	}
	child, err := startChild(m.Command, childEnvironment(arms, os.LookupEnv), lost)
	if err != nil {
		return nil, err
	}
	to, err := m.receiver.open(arms)
	if err == nil {
		err = child.handOver(ctx, m.Job, to)
	}
	if err != nil {
		_ = child.stop() // what it says follows from err
		return nil, errors.Join(err, m.receiver.close())
	}
	m.child = child
	ends, err := endpoints(child.info, arms)
	if err != nil {
		return nil, err
	}
	m.receiver.attach(ends, arms)
	for i, arm := range arms {
		if m.Started != nil {
			m.Started(arm.Name, ends[i].URL)
		}
	}
	return ends, nil
}

// Ledger reads an arm's ledger from the child's control listener.
func (m *Mocks) Ledger(ctx context.Context, arm string) (*bench.Account, error) {
	var snapshot ledger.Snapshot
	if err := m.ask(ctx, "ledger?settle&arm="+url.QueryEscape(arm), &snapshot); err != nil {
		return nil, err
	}
	return accountOf(snapshot)
}

// Process reads from it what the child took of the machine.
func (m *Mocks) Process(ctx context.Context) (*record.Process, error) {
	took := &record.Process{}
	return took, m.ask(ctx, "process", took)
}

// ask decodes the JSON that the control listener answers to a GET.
func (m *Mocks) ask(ctx context.Context, path string, into any) error {
	if m.child.hasExited() {
		return m.child.ended()
	}
	ctx, cancel := context.WithTimeout(ctx, controlTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.child.info.Control+"/_mock/"+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set(mockserver.TokenHeader, m.child.token)
	resp, err := m.child.control.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the control listener answered %s", resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("the control listener's answer: %w", err)
	}
	_, err = io.Copy(io.Discard, resp.Body) // so that the connection is used again
	return err
}

// CPU is the child's processor time.
func (m *Mocks) CPU() (time.Duration, bool) { return m.child.cpuTime() }

// Stop ends the child, by force if need be. An error says that it ended before or
// failed to end in good order. Without a child it does nothing.
func (m *Mocks) Stop() error {
	child := m.child
	if child == nil {
		return nil
	}
	m.child = nil
	return errors.Join(child.stop(), m.receiver.close())
}
