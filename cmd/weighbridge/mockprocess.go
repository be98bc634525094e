package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/attack"
	"weighbridge/bench/machine"
	"weighbridge/bench/record"
	"weighbridge/mockserver"
	"weighbridge/scenarios"
	"weighbridge/target/auth"
)

// Bounds on talking to the child process.
const (
	startTimeout   = 20 * time.Second
	controlTimeout = 10 * time.Second
	stopTimeout    = 5 * time.Second
)

// mockProcess is the child process that hosts a run's mocks: bench.Servers. It
// has its own scheduler and garbage collector, and ends with its standard input.
type mockProcess struct {
	job mockJob
	// started is told where each arm's mock is.
	started func(arm, url string)
	command *exec.Cmd
	stdin   io.WriteCloser
	stderr  *bytes.Buffer
	exited  chan error
	info    mockserver.Info
}

// Start starts the child, after the end of the one before, and says where each
// arm's mock is.
func (m *mockProcess) Start(ctx context.Context, arms []scenarios.Arm) ([]attack.Endpoint, error) {
	if err := m.close(); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	m.command, m.stderr, m.info = exec.Command(self, mockHostVerb), &bytes.Buffer{}, mockserver.Info{}
	m.command.Stderr = m.stderr
	// A Ctrl-C that reached the child before it ignores it would end it, and with it the run's account.
	m.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if m.stdin, err = m.command.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := m.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := m.command.Start(); err != nil {
		return nil, err
	}
	if err := m.greet(ctx, stdout); err != nil {
		return nil, err
	}
	return m.endpoints(arms)
}

// greet hands over the job and reads where the mocks are.
func (m *mockProcess) greet(ctx context.Context, stdout io.Reader) error {
	if err := json.NewEncoder(m.stdin).Encode(m.job); err != nil {
		return fmt.Errorf("hand over the job: %w", err)
	}
	greeting := make(chan error, 1)
	command, exited := m.command, make(chan error, 1)
	m.exited = exited
	go func() {
		line, err := bufio.NewReader(stdout).ReadBytes('\n')
		if err == nil {
			err = json.Unmarshal(line, &m.info)
		}
		greeting <- err
		exited <- command.Wait()
	}()
	select {
	case err := <-greeting:
		if err != nil {
			return fmt.Errorf("it ended before it was ready: %w %s", err, m.said())
		}
		return nil
	case <-time.After(startTimeout):
		return fmt.Errorf("it was not ready within %v", startTimeout)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// said is what the child printed on stderr; read it once the child has ended.
func (m *mockProcess) said() string {
	select {
	case err := <-m.exited:
		m.exited <- err
		return strings.TrimSpace(m.stderr.String())
	case <-time.After(stopTimeout):
		return ""
	}
}

func (m *mockProcess) endpoints(arms []scenarios.Arm) ([]attack.Endpoint, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(m.info.CAPEM)) {
		return nil, errors.New("it gave no certificate")
	}
	byName := map[string]mockserver.Arm{}
	for _, e := range m.info.Arms {
		byName[e.Name] = e
	}
	ends := make([]attack.Endpoint, len(arms))
	for i, arm := range arms {
		e, ok := byName[arm.Name]
		if !ok {
			return nil, fmt.Errorf("it hosts no arm %s", arm.Name)
		}
		m.started(arm.Name, e.URL)
		ends[i] = attack.Endpoint{URL: e.URL, Roots: roots, Ledger: true, Own: auth.Credentials{
			Key: e.Key, ClientID: e.ClientID, ClientSecret: e.ClientSecret, JWTSecret: e.JWTSecret,
		}}
	}
	return ends, nil
}

// Ledger asks the child's control listener what an arm's mock truly did.
func (m *mockProcess) Ledger(ctx context.Context, arm string) (*bench.Account, error) {
	var account *bench.Account
	err := m.ask(ctx, "ledger?arm="+url.QueryEscape(arm), func(answer io.Reader) (err error) {
		account, err = readAccount(answer)
		return err
	})
	return account, err
}

// Process asks it what the child took of the machine.
func (m *mockProcess) Process(ctx context.Context) (*record.Process, error) {
	took := &record.Process{}
	return took, m.ask(ctx, "process", func(answer io.Reader) error { return json.NewDecoder(answer).Decode(took) })
}

// ask has read what the child's control listener answers.
func (m *mockProcess) ask(ctx context.Context, what string, read func(io.Reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, controlTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.info.Control+"/_mock/"+what, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered %s", resp.Status)
	}
	return read(resp.Body)
}

// CPU is the child's processor time.
func (m *mockProcess) CPU() (time.Duration, bool) { return machine.CPUTime(m.command.Process.Pid) }

// close ends the child by closing its standard input, and kills it if it does
// not follow.
func (m *mockProcess) close() error {
	exited := m.exited
	if exited == nil {
		return nil
	}
	m.exited = nil
	if err := m.stdin.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("end the mock: %w", err)
	}
	select {
	case err := <-exited:
		if err != nil {
			return fmt.Errorf("the mock failed: %w %s", err, strings.TrimSpace(m.stderr.String()))
		}
		return nil
	case <-time.After(stopTimeout):
		return m.command.Process.Kill()
	}
}
