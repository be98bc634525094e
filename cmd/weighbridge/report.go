package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"weighbridge/bench/record"
	"weighbridge/reports"
)

// reportFlags are the flags of report.
type reportFlags struct {
	format, plots, out string
}

func newReport(s stdio) *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "report RECORD…",
		Short: "Print any table, plot or file again, from records alone",
		Long: `Print from a record what run printed, or another format. Nothing is measured and no network is used.

RECORD is a record.json, the folder that contains one, or - for standard input.`,
		Example: `  weighbridge report results/matrix-20261122T120000Z
  weighbridge report results/tuesday --format json
  weighbridge report results/tuesday --format html --out tuesday.html --plots plots
  weighbridge report results/monday results/tuesday --format csv:blocks --out blocks.csv`,
		Args: atLeastOne("RECORD"),
		RunE: func(_ *cobra.Command, args []string) error { return reportRecords(s, f, args) },
	}
	cmd.Flags().StringVar(&f.format, "format", "table", "what to print: table, markdown, csv (a row for each arm), csv:TABLE (blocks, comparisons, rules, findings, claims, along, failures, probes or overtime), json, html, junit, hgrm (HdrHistogram's plotter), hlog (its log), prometheus (text format) or openmetrics")
	cmd.Flags().StringVar(&f.plots, "plots", "", "the `DIR` to write the plots to, as svg and png")
	cmd.Flags().StringVar(&f.out, "out", "", "the `FILE` to write to instead of stdout")
	return cmd
}

func reportRecords(s stdio, f reportFlags, paths []string) error {
	if err := checkFormat(f.format, reports.Formats()); err != nil {
		return err
	}
	var judged []*reports.Judged
	for _, path := range paths {
		rec, err := record.Read(path, s.in)
		if err != nil {
			return err
		}
		j, err := judge(rec)
		if err != nil {
			return err
		}
		judged = append(judged, j)
	}
	var text bytes.Buffer
	out := printer{w: &text, format: f.format}
	if f.out == "" {
		out.screen = screenOf(s.out, os.Getenv)
	}
	if err := out.printAll(judged); err != nil {
		return err
	}
	if err := writePlots(f.plots, judged); err != nil {
		return err
	}
	if f.out != "" {
		return record.WriteWhole(f.out, text.Bytes())
	}
	_, err := s.out.Write(text.Bytes())
	return err
}

// writePlots writes each record's plots to dir or, with several records, to a folder of
// the scenario's name in it.
func writePlots(dir string, judged []*reports.Judged) error {
	if dir == "" {
		return nil
	}
	for _, j := range judged {
		plots, err := reports.Plots(j)
		if err != nil {
			return fmt.Errorf("draw the plots: %w", err)
		}
		to := dir
		if len(judged) > 1 {
			to = filepath.Join(dir, j.Record.Scenario.Name)
		}
		if err := reports.WriteFiles(to, plots); err != nil {
			return err
		}
	}
	return nil
}
