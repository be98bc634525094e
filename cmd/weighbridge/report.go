package main

import (
	"bytes"
	"os"

	"github.com/spf13/cobra"

	"weighbridge/bench/record"
	"weighbridge/reports"
)

// reportFlags are the flags of report.
type reportFlags struct {
	format, plots, out string
	each               bool
}

func newReport(s stdio) *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "report RECORD…",
		Short: "Print any table, plot or file again, from records alone",
		Long: `Print from a record what run printed, or another format. Nothing is measured and no network is used.

For three or more records of one scenario it reports the trend: each figure over the runs, in the order in which
they started, with the gate's margin around its level. With at least eight runs it also finds changes: at which run
a figure moved, from what to what, and with which p. Runs that cannot be compared are listed and left out: those
measured on a different machine than most, invalid, incomplete or quick ones, and a run given twice. A record that
cannot be read is left out with a warning, in the report and on stderr.

RECORD is a record.json, the folder that contains one, or - for standard input.`,
		Example: `  weighbridge report results/matrix-20261122T120000Z
  weighbridge report results/tuesday --format json
  weighbridge report results/tuesday --format html --out tuesday.html --plots plots
  weighbridge report results/monday results/tuesday --format csv:blocks --out blocks.csv
  weighbridge report baselines/*.json --format html --out trend.html`,
		Args: atLeastOne("RECORD"),
		RunE: func(_ *cobra.Command, args []string) error { return reportRecords(s, f, args) },
	}
	cmd.Flags().StringVar(&f.format, "format", "table", "the `FORMAT` to print: table, markdown, csv (a row for each arm), csv:TABLE (blocks, comparisons, rules, findings, claims, along, failures, failuresovertime, probes, warnings or overtime), json, html, junit, hgrm (HdrHistogram's plotter), hlog (its log), prometheus (text format) or openmetrics; a trend is table, markdown, csv, json or html")
	cmd.Flags().BoolVar(&f.each, "each", false, "report each record by itself, and no trend")
	cmd.Flags().StringVar(&f.plots, "plots", "", "the `DIR` to write the plots to, as svg and png")
	cmd.Flags().StringVar(&f.out, "out", "", "the `FILE` to write to instead of stdout")
	return cmd
}

func reportRecords(s stdio, f reportFlags, paths []string) error {
	if err := checkFormat(f.format, reports.Formats()); err != nil {
		return err
	}
	all, err := readReported(s, f, paths)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	out := printer{w: &text, format: f.format}
	if f.out == "" {
		out.screen = screenOf(s.out, os.Getenv)
	}
	if err := printReported(&out, all); err != nil {
		return err
	}
	if err := writeReportedPlots(f.plots, all); err != nil {
		return err
	}
	if f.out != "" {
		return record.WriteWhole(f.out, text.Bytes())
	}
	_, err = s.out.Write(text.Bytes())
	return err
}
