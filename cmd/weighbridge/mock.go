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
	"weighbridge/mockserver/ledger"
	"weighbridge/scenarios"
)

// mockFlags are mock's.
type mockFlags struct {
	listen, control  string
	tls              bool
	scenario, config string
	set              []string
	journal          string
}

// mockDrain bounds how long the mock waits for requests under way when it ends.
const mockDrain = 10 * time.Second

func newMock(s streams) *cobra.Command {
	var f mockFlags
	cmd := &cobra.Command{
		Use:   "mock",
		Short: "Serve the mock alone: an LLM API with known faults",
		Long: `Serve the mock alone, until it is interrupted: the dialects article, anthropic and openai on one
port, cleartext HTTP/1.1 and HTTP/2. Unless told otherwise it has no faults, no limits and no latency, and
takes any model and any API key, the tokens it issued and JWTs that verify.

Settings are those of a scenario's mock section, from a scenario, a file or --set; a request asks for a
fault by name (Weighbridge-Fault: reset). The control listener, which no client of the API reaches, reads
the ledger and changes settings while it runs. At the end it says what it did.`,
		Example: `  weighbridge mock
  weighbridge mock --listen 127.0.0.1:9000 --tls
  weighbridge mock --set mock.faults.errors.529=0.1 --set mock.latency.request=20ms --journal decisions.jsonl`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return serveMock(cmd.Context(), s, f) },
	}
	cmd.Flags().StringVar(&f.listen, "listen", "127.0.0.1:8080", "the `ADDR` of the API, host:port")
	cmd.Flags().StringVar(&f.control, "control", "127.0.0.1:0", "the `ADDR` of the control listener, on loopback; port 0 is any")
	cmd.Flags().BoolVar(&f.tls, "tls", false, "serve https, with a certificate made at start")
	cmd.Flags().StringVar(&f.scenario, "scenario", "", "take the mock section of a scenario, `NAME` or YAML file, as its first arm has it")
	cmd.Flags().StringVar(&f.config, "config", "", "take a mock section, without the key mock, from a YAML `FILE`")
	cmd.Flags().StringArrayVar(&f.set, "set", nil, "set one field, as in `PATH=VALUE` with a path under mock; repeatable")
	cmd.Flags().StringVar(&f.journal, "journal", "", "write each decision to `FILE` as JSON lines; - is standard output")
	return cmd
}

func serveMock(ctx context.Context, s streams, f mockFlags) error {
	config, err := mockConfig(f)
	if err != nil {
		return usageError{err}
	}
	if err := checkAddresses(f); err != nil {
		return err
	}
	journal, closeJournal, err := openJournal(f.journal, s.out)
	if err != nil {
		return err
	}
	host, err := mockserver.Listen(
		[]mockserver.Instance{{Name: "mock", Config: config, Address: f.listen, H2C: !f.tls, Journal: journal}},
		mockserver.Keeping{Address: f.control, Settings: hosted.Settings()},
	)
	if err != nil {
		return errors.Join(err, closeJournal())
	}
	greeting := s.out
	if f.journal == "-" {
		greeting = s.err // standard output is the journal's alone
	}
	if err := greet(greeting, host.Info()); err != nil {
		return errors.Join(err, host.Close(ctx), closeJournal())
	}
	serveUntil(ctx, journal)
	s.console.say("stopping: waiting for requests under way, at most %v", mockDrain)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), mockDrain)
	defer cancel()
	cut := host.Close(drain)
	if errors.Is(cut, context.DeadlineExceeded) {
		s.console.say("requests were still under way and were cut")
		cut = nil
	}
	return errors.Join(cut, closeJournal(), sumUp(greeting, host))
}

// serveUntil waits for ctx to end, and hands on the journal meanwhile, so that
// who follows it sees it grow.
func serveUntil(ctx context.Context, journal *ledger.Journal) {
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
			_ = journal.Flush() // it keeps its error for Close
		}
	}
}

// mockConfig is what the mock is to be: of a scenario, of a file or with no
// latency and no faults, and then as --set has it.
func mockConfig(f mockFlags) (mockserver.Config, error) {
	config := mockserver.DefaultConfig()
	config.Latency = mockserver.Latency{}
	switch {
	case f.scenario != "" && f.config != "":
		return config, errors.New("--scenario and --config: expected one of them")
	case f.scenario != "":
		scenario, err := loadValid(f.scenario, scenarios.Changes{Set: f.set})
		if err != nil {
			return config, err
		}
		return hosted.WithSecret(scenario.Arms()[0].Mock)
	case f.config != "":
		source, err := os.ReadFile(f.config)
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

// checkAddresses wants the control listener on loopback: who reaches it rules the mock.
func checkAddresses(f mockFlags) error {
	for flag, address := range map[string]string{"--listen": f.listen, "--control": f.control} {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return usagef("%s %s: expected host:port, as in 127.0.0.1:8080", flag, address)
		}
		ip := net.ParseIP(host)
		if flag == "--control" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return usagef("--control %s: expected an address on loopback", address)
		}
	}
	return nil
}

// openJournal opens the journal, nil where none is asked for.
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
