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

// newMockHost is the child process's side of bench/hosted.
func newMockHost(s stdio) *cobra.Command {
	return &cobra.Command{
		Use:    mockHostVerb,
		Short:  "Host the mocks of a run (started by run itself)",
		Hidden: true,
		Args:   noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// A Ctrl-C may reach this process too, but the parent still needs the ledgers.
			signal.Ignore(os.Interrupt)
			defer spaceCollections()()
			return hosted.Serve(context.WithoutCancel(cmd.Context()), s.in, s.out)
		},
	}
}
