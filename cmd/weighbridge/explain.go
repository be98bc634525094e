package main

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"weighbridge/scenarios"
	"weighbridge/scenarios/manual"
	"weighbridge/scenarios/metric"
	"weighbridge/scenarios/tree"
)

func newExplain(s stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "explain KEY…",
		Short: "Say what a key of the language, a metric or a fault is",
		Long: `Say what a key of the scenario language, a metric or a fault is: the values it takes, its default and its
meaning. Of a section it lists the keys. KEY may be the end of a path: timeout is that of every section that has one.`,
		Example: `  weighbridge explain client.timeout
  weighbridge explain mock.faults.reset p99_ms`,
		Args: atLeastOne("KEY"),
		RunE: func(_ *cobra.Command, args []string) error {
			m := theManual()
			var b strings.Builder
			for i, key := range args {
				if i > 0 {
					b.WriteString("\n")
				}
				if !explain(&b, m, key) {
					return usagef("explain: unknown key %q: expected a key of the language, a metric or a fault%s", key, tree.DidYouMean(key, explained(m)))
				}
			}
			_, err := s.out.Write([]byte(b.String()))
			return err
		},
	}
}

// theManual returns the manual of the scenario language.
func theManual() manual.Manual {
	return manual.Parse(scenarios.Manual(), tree.Keys(reflect.TypeFor[scenarios.Scenario]()))
}

// explained returns what there are explanations of: paths, their last keys, and metrics.
func explained(m manual.Manual) []string {
	known := m.Paths()
	for _, path := range m.Paths() {
		known = append(known, path[strings.LastIndex(path, ".")+1:])
	}
	for _, one := range metric.All() {
		known = append(known, one.Name, one.Expr())
	}
	return known
}

// explain writes what a key is; false if it is none.
func explain(b *strings.Builder, m manual.Manual, key string) bool {
	start := b.Len()
	for _, one := range metric.All() {
		if one.Name == key || one.Expression && one.Expr() == key {
			writeMetric(b, one)
			break
		}
	}
	keys := m.Ending(key)
	if k, ok := m.Find(key); ok {
		keys = []manual.Key{k}
	}
	for _, k := range keys {
		if b.Len() > start {
			b.WriteString("\n")
		}
		writeKey(b, k, m.Below(k.Path))
	}
	return b.Len() > start
}

// writeKey writes a key, and a line for each of those below it.
func writeKey(b *strings.Builder, k manual.Key, below []manual.Key) {
	fmt.Fprintf(b, "%s\n  %s", k.Path, k.Type)
	switch k.Default {
	case "":
	case "required":
		b.WriteString(", required")
	default:
		b.WriteString("; default " + k.Default)
	}
	fmt.Fprintf(b, "\n  %s\n", k.Meaning)
	for _, one := range below {
		first, _, _ := strings.Cut(one.Meaning, ". ")
		fmt.Fprintf(b, "    %s: %s\n", strings.TrimPrefix(one.Path, k.Path+"."), strings.TrimSuffix(first, "."))
	}
}

// writeMetric writes what a metric is and where it may be named.
func writeMetric(b *strings.Builder, m metric.Metric) {
	better := map[metric.Direction]string{metric.Lower: ", lower is better", metric.Higher: ", higher is better"}[m.Better]
	fmt.Fprintf(b, "%s, a metric\n  %s%s\n  %s\n", m.Name, cmp.Or(string(m.Unit), "a number"), better, m.Meaning)
	if m.Expression {
		fmt.Fprintf(b, "  in expressions of rules and claims: %s\n", m.Expr())
	}
	if m.Judged() {
		fmt.Fprintf(b, "  in no_regression.metrics: %s, with a margin of %v\n", m.Name, m.Margin)
	}
}
