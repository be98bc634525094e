package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"weighbridge/bench/hosted"
	"weighbridge/reports/format"
	"weighbridge/scenarios"
)

func newValidate(s stdio) *cobra.Command {
	var changes scenarios.Changes
	cmd := &cobra.Command{
		Use:     "validate FILE…",
		Short:   "Check scenario files without running them",
		Example: "  weighbridge validate my.yaml\n  weighbridge validate scenarios/*.yaml --axis rate=load.open.rate:50,100",
		Args:    atLeastOne("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			var wrong error
			for _, arg := range args {
				scenario, err := loadScenario(arg, changes)
				if err == nil {
					err = hosted.CheckInputs(arg, scenario)
				}
				if err != nil {
					wrong = errors.Join(wrong, err)
					continue
				}
				if _, err := fmt.Fprintf(s.out, "%s: ok, %s\n", arg, format.Plural(len(scenario.Arms()), "arm")); err != nil {
					return err
				}
				printWarnings(s.console, arg, scenario)
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

// loadScenario loads a scenario and compiles the templates and expressions of its arms.
func loadScenario(ref string, changes scenarios.Changes) (*scenarios.Scenario, error) {
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
