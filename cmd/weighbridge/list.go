package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"weighbridge/scenarios"
)

func newList(s stdio) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the scenarios of the catalog",
		Example: "  weighbridge list",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			all, err := scenarios.Catalog()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "SCENARIO\tARMS\tQUESTION")
			for _, scenario := range all {
				fmt.Fprintf(w, "%s\t%d\t%s\n", scenario.Name, len(scenario.Arms()), scenario.Title)
			}
			return w.Flush()
		},
	}
}
