package main

import (
	"strings"

	"github.com/spf13/cobra"

	"weighbridge/reports/schema"
	"weighbridge/scenarios"
	"weighbridge/scenarios/tree"
)

// schemaNames are what there is a JSON Schema of; the first is printed without an argument.
func schemaNames() []string { return []string{"scenario", "record", "summary", "trend", "comparison"} }

func newSchema(s stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "schema [scenario|record|summary|trend|comparison]",
		Short: "Print the JSON Schema of scenario files, of records or of what --format json prints",
		Long: `Print the JSON Schema (draft 2020-12) of scenario files: every key with its type, range and default. With
an argument, print that of a record or of what --format json prints: a summary (report), a trend (report, for three or
more records of one scenario) or a comparison (compare).

An editor with a YAML language server completes and checks scenarios that begin with the line
  # yaml-language-server: $schema=scenario.schema.json`,
		Example: `  weighbridge schema >scenario.schema.json
  weighbridge schema summary >summary.schema.json`,
		ValidArgs: schemaNames(),
		Args:      atMostOneSchema,
		RunE: func(_ *cobra.Command, args []string) error {
			_, err := s.out.Write(schemaOf(append(args, schemaNames()[0])[0]))
			return err
		},
	}
}

// schemaOf is the JSON Schema of a name.
func schemaOf(name string) []byte {
	switch name {
	case "record":
		return schema.Record()
	case "summary":
		return schema.Summary()
	case "trend":
		return schema.Trend()
	case "comparison":
		return schema.Comparison()
	}
	return scenarios.Schema()
}

func atMostOneSchema(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usagef("%s: expected at most one argument, found %q as well", cmd.Name(), args[1])
	}
	for _, arg := range args {
		if near, known := tree.Suggest(arg, schemaNames()); arg != near && known {
			return usagef("%s: there is no schema of %q: did you mean %q?", cmd.Name(), arg, near)
		} else if !known {
			return usagef("%s: there is no schema of %q: expected one of %s", cmd.Name(), arg, strings.Join(schemaNames(), ", "))
		}
	}
	return nil
}
