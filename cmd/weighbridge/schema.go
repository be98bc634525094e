package main

import (
	"github.com/spf13/cobra"

	"weighbridge/scenarios"
)

func newSchema(s stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of scenario files, for editors",
		Long: `Print the JSON Schema of scenario files: every key with its type, range and default.

An editor with a YAML language server completes and checks scenarios that begin with the line
  # yaml-language-server: $schema=scenario.schema.json`,
		Example: "  weighbridge schema >scenario.schema.json",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := s.out.Write(scenarios.Schema())
			return err
		},
	}
}
