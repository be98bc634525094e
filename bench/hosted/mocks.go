package hosted

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/attack"
	"weighbridge/bench/machine"
	"weighbridge/bench/record"
	"weighbridge/mockserver"
	"weighbridge/mockserver/ledger"
	"weighbridge/scenarios"
	"weighbridge/target/auth"
)

// controlTimeout bounds a question to the child's control listener.
const controlTimeout = 10 * time.Second

// Mocks are the mocks of a run, hosted in a child process: a bench.Servers. Close ends
// the child; so does the end of this process.
type Mocks struct {
	Job Job
	// Command is the program to start and its arguments. It must call Serve with its
	// standard input and output.
	Command []string
	// Started is told where each arm's mock listens; nil is not.
	Started func(arm, url string)

	child *child
}

// Start starts the child, after ending the one before, and says where each arm's mock
// listens.
func (m *Mocks) Start(ctx context.Context, arms []scenarios.Arm) ([]attack.Endpoint, error) {
	if err := m.Close(); err != nil {
		return nil, err
	}
	child, err := startChild(m.Command)
	if err != nil {
		return nil, err
	}
	m.child = child
	if err := child.handOver(ctx, m.Job); err != nil {
		return nil, err
	}
	return m.endpoints(arms)
}

// endpoints gives the address of each arm's mock.
func (m *Mocks) endpoints(arms []scenarios.Arm) ([]attack.Endpoint, error) {
	info := m.child.info
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(info.CAPEM)) {
		return nil, errors.New("it gave no certificate")
	}
	byName := map[string]mockserver.Arm{}
	for _, hosted := range info.Arms {
		byName[hosted.Name] = hosted
	}
	ends := make([]attack.Endpoint, len(arms))
	for i, arm := range arms {
		hosted, ok := byName[arm.Name]
		if !ok {
			return nil, fmt.Errorf("it hosts no arm %s", arm.Name)
		}
		if m.Started != nil {
			m.Started(arm.Name, hosted.URL)
		}
		ends[i] = attack.Endpoint{URL: hosted.URL, Roots: roots, Ledger: true, Own: auth.Credentials{
			Key: hosted.Key, ClientID: hosted.ClientID, ClientSecret: hosted.ClientSecret, JWTSecret: hosted.JWTSecret,
		}}
	}
	return ends, nil
}

// Ledger reads an arm's ledger from the child's control listener.
func (m *Mocks) Ledger(ctx context.Context, arm string) (*bench.Account, error) {
	var snapshot ledger.Snapshot
	if err := m.ask(ctx, "ledger?arm="+url.QueryEscape(arm), &snapshot); err != nil {
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
	ctx, cancel := context.WithTimeout(ctx, controlTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.child.info.Control+"/_mock/"+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
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
func (m *Mocks) CPU() (time.Duration, bool) { return machine.CPUTime(m.child.command.Process.Pid) }

// Close ends the child, by force if need be. An error says that it failed before, or
// in ending. Without a child it does nothing.
func (m *Mocks) Close() error {
	child := m.child
	if child == nil {
		return nil
	}
	m.child = nil
	return child.stop()
}
