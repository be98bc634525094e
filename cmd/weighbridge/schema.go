package main

import (
	"github.com/spf13/cobra"

	"weighbridge/reports/schema"
	"weighbridge/scenarios"
	"weighbridge/scenarios/tree"
)

// schemaNames are what there is a JSON Schema of; the first is printed without an argument.
func schemaNames() []string { return []string{"scenario", "record", "summary"} }

func newSchema(s stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "schema [scenario|record|summary]",
		Short: "Print the JSON Schema of scenario files, of records or of report --format json",
		Long: `Print the JSON Schema (draft 2020-12) of scenario files: every key with its type, range and default. Or that of
a record, or of a summary, which is what report --format json prints for each record.

An editor with a YAML language server completes and checks scenarios that begin with the line
  # yaml-language-server: $schema=scenario.schema.json`,
		Example: `  weighbridge schema >scenario.schema.json
  weighbridge schema summary >summary.schema.json`,
		ValidArgs: schemaNames(),
		Args:      atMostOneSchema,
		RunE: func(_ *cobra.Command, args []string) error {
			text := scenarios.Schema()
			switch {
			case len(args) == 0 || args[0] == "scenario":
			case args[0] == "record":
				text = schema.Record()
			default:
				text = schema.Summary()
			}
			_, err := s.out.Write(text)
			return err
		},
	}
}

func atMostOneSchema(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usagef("%s: expected at most one argument, found %q as well", cmd.Name(), args[1])
	}
	for _, arg := range args {
		if near, known := tree.Suggest(arg, schemaNames()); arg != near && known {
			return usagef("%s: there is no schema of %q: did you mean %q?", cmd.Name(), arg, near)
		} else if !known {
			return usagef("%s: there is no schema of %q: expected scenario, record or summary", cmd.Name(), arg)
		}
	}
	return nil
}
