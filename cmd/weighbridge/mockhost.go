package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/cobra"

	"weighbridge/bench/machine"
	"weighbridge/mockserver"
)

// mockHostVerb is the hidden verb that run starts its child with.
const mockHostVerb = "mock-host"

// drainTime bounds how long the child waits for requests under way when it ends.
const drainTime = 2 * time.Second

// newMockHost is the child's side: it reads a job from stdin, prints where the
// mocks are, and ends when stdin closes, however its parent ended.
func newMockHost(s streams) *cobra.Command {
	return &cobra.Command{
		Use:    mockHostVerb,
		Short:  "Host the mocks of a run, which starts this itself",
		Hidden: true,
		Args:   none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// A Ctrl-C reaches the whole group; the parent still needs the ledger then.
			signal.Ignore(os.Interrupt)
			return hostMocks(context.WithoutCancel(cmd.Context()), s)
		},
	}
}

func hostMocks(ctx context.Context, s streams) error {
	in := bufio.NewReader(s.in)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	var job mockJob
	if err := json.Unmarshal(line, &job); err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	scenario, err := job.scenario()
	if err != nil {
		return err
	}
	list, err := instances(scenario)
	if err != nil {
		return err
	}
	process := machine.NewProcess()
	defer process.Watch()()
	host, err := mockserver.Listen(list, mockserver.Keeping{Settings: settings(), Process: func() any { return process.Took() }})
	if err != nil {
		return err
	}
	if err := json.NewEncoder(s.out).Encode(host.Info()); err != nil {
		return fmt.Errorf("print where the mocks are: %w", err)
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return fmt.Errorf("wait for the parent: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	return host.Close(ctx)
}
