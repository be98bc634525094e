package main

import (
	"os"
	"os/signal"

	"github.com/spf13/cobra"

	"weighbridge/bench/selftest"
)

// plainHostVerb is the hidden verb that selftest starts its plain server with.
const plainHostVerb = "plain-host"

func newPlainHost(s stdio) *cobra.Command {
	return &cobra.Command{
		Use:    plainHostVerb,
		Short:  "Answer the requests of a selftest (started by selftest itself)",
		Hidden: true,
		Args:   noArguments,
		RunE: func(*cobra.Command, []string) error {
			signal.Ignore(os.Interrupt) // the parent ends this process
			return selftest.ServePlain(s.in, s.out)
		},
	}
}
