package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
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
			fmt.Fprintln(w, "SCENARIO\tARMS\tCLAIMS\tQUESTION")
			for _, scenario := range all {
				fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", scenario.Name, len(scenario.Arms()), articleClaims(scenario.Claims), scenario.Title)
			}
			return w.Flush()
		},
	}
}

// articleClaims lists the ids of a scenario's claims, in its order: C12 for C12 and C12-tps, a dash for none.
func articleClaims(claims []scenarios.Claim) string {
	var ids []string
	for _, claim := range claims {
		id, _, _ := strings.Cut(claim.ID, "-")
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return cmp.Or(strings.Join(ids, " "), "-")
}
