package main

import (
	"github.com/spf13/cobra"

	"weighbridge/scenarios"
)

func newShow(s stdio) *cobra.Command {
	var changes scenarios.Changes
	cmd := &cobra.Command{
		Use:   "show SCENARIO",
		Short: "Print a scenario with every default filled in, and its arms",
		Long: `Print a scenario as YAML with every key and its value and, as comments, its arms and how they
differ. The output is itself a scenario, equivalent to the original; secrets stay references
and those written out are masked.

SCENARIO is a name from the catalog (see weighbridge list) or a YAML file.`,
		Example: `  weighbridge show matrix
  weighbridge show my.yaml --set load.open.rate=200 --axis timeout=client.timeout:1s,5s`,
		Args: exactlyOne("SCENARIO"),
		RunE: func(cmd *cobra.Command, args []string) error {
			scenario, err := loadScenario(args[0], changes)
			if err != nil {
				return usageError{err}
			}
			if _, err := s.out.Write(scenario.Show()); err != nil {
				return err
			}
			printWarnings(s.console, args[0], scenario)
			return nil
		},
	}
	addChanges(cmd, &changes)
	return cmd
}

// addChanges adds the flags that change a scenario.
func addChanges(cmd *cobra.Command, c *scenarios.Changes) {
	cmd.Flags().StringArrayVar(&c.Set, "set", nil, "set one field: `PATH=VALUE`; repeatable")
	cmd.Flags().StringArrayVar(&c.Axes, "axis", nil, "add an axis with one level per value: `NAME=PATH:V1,V2`; repeatable")
	cmd.Flags().BoolVar(&c.AllowLiteralSecrets, "allow-literal-secrets", false, "for tests: allow credentials in the scenario itself instead of references such as ${env:NAME}; they are masked in all output")
}

// printWarnings prints the warnings about a scenario.
func printWarnings(to *console, ref string, scenario *scenarios.Scenario) {
	for _, warning := range scenario.Warnings() {
		to.printf("%s: %s %s", ref, to.screen().Doubt("warning:"), warning)
	}
}
