package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"weighbridge/bench/hosted"
	"weighbridge/mockserver"
	"weighbridge/mockserver/callback"
	"weighbridge/mockserver/ledger"
	"weighbridge/scenarios"
	"weighbridge/scenarios/tree"
	"weighbridge/target/files"
	"weighbridge/target/outbound"
)

// mockFlags are the flags of mock.
type mockFlags struct {
	listen, control  string
	tls              bool
	scenario, config string
	set              []string
	journal          string
	callbacks        string
}

// mockDrain bounds how long the mock waits for open requests when it ends.
const mockDrain = 10 * time.Second

func newMock(s stdio) *cobra.Command {
	var f mockFlags
	cmd := &cobra.Command{
		Use:   "mock",
		Short: "Serve the mock alone: an LLM API with known faults",
		Long: `Serve the mock alone until it is interrupted: the dialects article, anthropic, openai and responses on one
port, over cleartext HTTP/1.1 and HTTP/2. By default it has no faults, limits or latency. It accepts any
model, any API key, the tokens it issued, and JWTs that verify.

Settings are those of a scenario's mock section, from a scenario, a file or --set. A request can ask for a
fault by name (Weighbridge-Fault: reset). With --callbacks, the mock sends a usage callback to a URL on loopback for
each answer that it bills (see mock.callbacks), signed with a secret that it prints. The control listener, separate
from the API's, shows the ledger and changes settings while the mock runs. At the end it prints a summary of the ledger.`,
		Example: `  weighbridge mock
  weighbridge mock --listen 127.0.0.1:9000 --tls
  weighbridge mock --set mock.faults.errors.529=0.1 --set mock.latency.request=20ms --journal decisions.jsonl`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return serveMock(cmd.Context(), s, f) },
	}
	cmd.Flags().StringVar(&f.listen, "listen", "127.0.0.1:8080", "the `ADDR` of the API, host:port")
	cmd.Flags().StringVar(&f.control, "control", "127.0.0.1:0", "the `ADDR` of the control listener, on loopback; port 0 is any free port")
	cmd.Flags().BoolVar(&f.tls, "tls", false, "serve HTTPS, with a certificate created at start")
	cmd.Flags().StringVar(&f.scenario, "scenario", "", "use the mock settings of the first arm of a scenario, `NAME` or YAML file")
	cmd.Flags().StringVar(&f.config, "config", "", "read the mock settings from a YAML `FILE`: the content of a mock section")
	cmd.Flags().StringArrayVar(&f.set, "set", nil, "set one field: `PATH=VALUE` with a path under mock; repeatable")
	cmd.Flags().StringVar(&f.journal, "journal", "", "write each decision to `FILE` as JSON lines; - is standard output")
	cmd.Flags().StringVar(&f.callbacks, "callbacks", "", "send usage callbacks (mock.callbacks) to `URL`, on loopback")
	return cmd
}

// serveMock serves the mock until ctx ends, and then prints a summary of its ledger.
func serveMock(ctx context.Context, s stdio, f mockFlags) error {
	outliveReaders()
	mock, control, err := mockInstance(s.console, f)
	if err != nil {
		return err
	}
	journal, closeJournal, err := openJournal(f.journal, s.out)
	if err != nil {
		return err
	}
	mock.Journal = journal
	host, err := mockserver.Listen([]mockserver.Instance{mock}, mockserver.HostOptions{Address: control, Settings: hosted.Settings()})
	if err != nil {
		return errors.Join(ofAddress(err, mock.Address, control), closeJournal())
	}
	if !onLoopback(mock.Address) {
		s.console.printf("%s --listen %s accepts connections from other machines: anyone who can reach this one can use the mock",
			s.console.screen().Doubt("warning:"), f.listen)
	}
	addresses := s.out
	if f.journal == "-" {
		addresses = s.err // standard output is for the journal
	}
	if err := printAddresses(addresses, host.Info(), mock.Callbacks); err != nil {
		return errors.Join(err, host.Close(ctx), closeJournal())
	}
	waitFlushing(ctx, journal)
	return errors.Join(stopMock(ctx, s.console, host), closeJournal(), printLedger(addresses, host))
}

// ofAddress says of an error of listening at which flag's address it was.
func ofAddress(err error, listen, control string) error {
	failed := (*net.OpError)(nil)
	if !errors.As(err, &failed) || failed.Addr == nil {
		return err
	}
	cause := failed.Err
	if call := (*os.SyscallError)(nil); errors.As(cause, &call) {
		cause = call.Err
	}
	switch failed.Addr.String() {
	case listen:
		return fmt.Errorf("--listen %s: %w", listen, cause)
	case control:
		return fmt.Errorf("--control %s: %w", control, cause)
	}
	return err
}

// mockInstance returns the mock that the flags describe, and the address of its control listener. A wrong flag
// is wrong usage.
func mockInstance(to *console, f mockFlags) (mock mockserver.Instance, control string, err error) {
	config, err := mockConfig(f)
	if err != nil {
		return mock, "", usageError{err}
	}
	listen, err := listenAddress("--listen", f.listen, outbound.Dialer{})
	if err != nil {
		return mock, "", err
	}
	if control, err = loopbackAddress("--control", f.control, outbound.Dialer{}); err != nil {
		return mock, "", err
	}
	delivery, err := callbacksTo(f.callbacks)
	if err != nil {
		return mock, "", err
	}
	switch {
	case delivery.URL == "" && config.Callbacks != nil:
		to.printf("%s mock.callbacks: without --callbacks URL they are sent nowhere, and count as undelivered", to.screen().Doubt("warning:"))
	case delivery.URL != "" && config.Callbacks == nil:
		config.Callbacks = &callback.Config{}
	}
	return mockserver.Instance{Name: "mock", Config: config, Address: listen, H2C: !f.tls, Callbacks: delivery}, control, nil
}

// stopMock stops the mock once its open requests have ended. Those that have not after mockDrain are cut off.
func stopMock(ctx context.Context, to *console, host *mockserver.Host) error {
	to.printf("stopping: waiting at most %v for open requests", mockDrain)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), mockDrain)
	defer cancel()
	err := host.Close(drain)
	if errors.Is(err, context.DeadlineExceeded) {
		to.printf("some requests were still open and were cut off")
		return nil
	}
	return err
}

// waitFlushing waits until ctx ends. Meanwhile it flushes the journal every second, so that
// it can be followed.
func waitFlushing(ctx context.Context, journal *ledger.Journal) {
	if journal == nil {
		<-ctx.Done()
		return
	}
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			_ = journal.Flush() // Close returns its error
		}
	}
}

// mockConfig returns the mock's settings: those of a scenario or of a file, or else the defaults
// without latency and faults, with the changes of --set.
func mockConfig(f mockFlags) (mockserver.Config, error) {
	config := mockserver.DefaultConfig()
	config.Latency = mockserver.Latency{}
	switch {
	case f.scenario != "" && f.config != "":
		return config, errors.New("--scenario and --config: expected one of them")
	case f.scenario != "":
		scenario, err := loadScenario(f.scenario, scenarios.Changes{Set: f.set})
		if err != nil {
			return config, err
		}
		return hosted.WithSecret(scenario.Arms()[0].Mock)
	case f.config != "":
		source, err := files.Read(f.config, tree.MaxBytes)
		if err != nil {
			return config, fmt.Errorf("--config: %w", err)
		}
		if config, err = scenarios.PatchMock(f.config, source, config); err != nil {
			return config, err
		}
	}
	config, err := scenarios.SetMock(config, f.set)
	if err != nil {
		return config, err
	}
	return hosted.WithSecret(config)
}

// openJournal opens the journal and returns it with its close function; nil without --journal.
func openJournal(path string, stdout io.Writer) (*ledger.Journal, func() error, error) {
	switch path {
	case "":
		return nil, func() error { return nil }, nil
	case "-":
		journal := ledger.NewJournal(stdout)
		return journal, journal.Close, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, nil, fmt.Errorf("--journal: %w", err)
	}
	journal := ledger.NewJournal(file)
	return journal, func() error { return errors.Join(journal.Close(), file.Close()) }, nil
}
