package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"weighbridge/bench/hosted"
	"weighbridge/scenarios"
)

func newValidate(s streams) *cobra.Command {
	var changes scenarios.Changes
	cmd := &cobra.Command{
		Use:     "validate FILE…",
		Short:   "Check scenario files without running them",
		Example: "  weighbridge validate my.yaml\n  weighbridge validate scenarios/*.yaml --axis rate=load.open.rate:50,100",
		Args:    atLeastOne("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			var wrong error
			for _, arg := range args {
				scenario, err := loadValid(arg, changes)
				if err != nil {
					wrong = errors.Join(wrong, err)
					continue
				}
				if _, err := fmt.Fprintf(s.out, "%s: ok, %d arms\n", arg, len(scenario.Arms())); err != nil {
					return err
				}
				warn(s.console, arg, scenario)
			}
			if wrong != nil {
				return usageError{wrong}
			}
			return nil
		},
	}
	addChanges(cmd, &changes)
	return cmd
}

// loadValid loads a scenario and compiles what its arms hold.
func loadValid(ref string, changes scenarios.Changes) (*scenarios.Scenario, error) {
	file, source, err := scenarios.Find(ref)
	if err != nil {
		return nil, err
	}
	scenario, err := scenarios.Parse(file, source, changes)
	if err != nil {
		return nil, err
	}
	return scenario, hosted.CheckDialects(file, scenario)
}
