package main

import (
	"context"
	"os"
	"os/signal"

	"github.com/spf13/cobra"

	"weighbridge/bench/hosted"
)

// mockHostVerb is the hidden verb that run starts its child process with.
const mockHostVerb = "mock-host"

func newMockHost(s streams) *cobra.Command {
	return &cobra.Command{
		Use:    mockHostVerb,
		Short:  "Host the mocks of a run, which starts this itself",
		Hidden: true,
		Args:   none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// A Ctrl-C reaches the whole group; the parent still needs the ledger then.
			signal.Ignore(os.Interrupt)
			return hosted.Serve(context.WithoutCancel(cmd.Context()), s.in, s.out)
		},
	}
}
