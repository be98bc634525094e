package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"weighbridge/bench/record"
)

func newBaseline(s stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "Keep records to compare later runs with",
		Long: `Save slim records: totals and the figures of each block, without histograms, small enough to commit or to cache.
A gate takes any number of them with --baseline. TPS and latency need at least 5, because runs of the same build differ
by more than the blocks within one run do.`,
		Example: `  weighbridge baseline save results/today --out baselines/today.json
  weighbridge gate results/today --baseline baselines/1.json --baseline baselines/2.json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newBaselineSave(s), newBaselineShow(s))
	return cmd
}

func newBaselineSave(s stdio) *cobra.Command {
	var out string
	var force bool
	cmd := &cobra.Command{
		Use:     "save RECORD --out FILE",
		Short:   "Write a slim record",
		Example: "  weighbridge baseline save results/today --out baselines/$(date +%s).json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || out == "" {
				return usagef("baseline save: expected one RECORD and --out FILE")
			}
			return saveBaseline(s, args[0], out, force)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "the `FILE` to write")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite an existing FILE")
	return cmd
}

// saveBaseline writes a slim record. It refuses one that no gate would accept as a baseline.
func saveBaseline(s stdio, path, out string, force bool) error {
	rec, err := record.Read(path, s.in)
	if err != nil {
		return err
	}
	switch {
	case len(rec.Invalid) > 0:
		return fmt.Errorf("%s cannot be a baseline: it is invalid (%s)", path, rec.Invalid[0])
	case !rec.Complete:
		return fmt.Errorf("%s cannot be a baseline: it is incomplete", path)
	case rec.Quick:
		return fmt.Errorf("%s cannot be a baseline: it comes from a --quick run, which is only indicative", path)
	}
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) && !force {
		return usagef("--out %s: the file exists: expected a new one, or --force", out)
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	if err := record.Write(out, record.Slim(rec)); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	info, err := os.Stat(out)
	if err != nil {
		return err
	}
	s.console.printf("wrote %s, %d KB", out, (info.Size()+999)/1000)
	return nil
}

func newBaselineShow(s stdio) *cobra.Command {
	return &cobra.Command{
		Use:     "show FILE…",
		Short:   "Describe records, one line each",
		Example: "  weighbridge baseline show baselines/*.json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("baseline show: expected at least one FILE, found none")
			}
			for _, path := range args {
				rec, err := record.Read(path, s.in)
				if err != nil {
					return err
				}
				if _, err := fmt.Fprintf(s.out, "%s: %s, %s, %d arms, %s, %s, %s\n", path, rec.Scenario.Name, rec.Started.UTC().Format("2006-01-02T15:04:05Z"),
					len(rec.Arms), blocksIn(rec), machineName(rec.Env), changesIn(rec.Scenario)); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func blocksIn(rec *record.Record) string {
	if len(rec.Arms[0].Blocks) == 1 {
		return "1 block"
	}
	return fmt.Sprintf("%d blocks", len(rec.Arms[0].Blocks))
}

func machineName(e record.Env) string {
	return fmt.Sprintf("%s with %d cores, %s", e.CPU, e.CPUs, e.Go)
}

func changesIn(s record.Scenario) string {
	if len(s.Set)+len(s.Axis) == 0 {
		return "as written"
	}
	changes, err := json.Marshal(append(s.Set, s.Axis...))
	if err != nil {
		return err.Error()
	}
	return "with " + string(changes)
}
