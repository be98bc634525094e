package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weighbridge/bench"
	"weighbridge/bench/hosted"
	"weighbridge/bench/record"
	"weighbridge/reports"
	"weighbridge/scenarios"
)

// runFlags are run's.
type runFlags struct {
	changes scenarios.Changes
	quick   bool
	out     string
	format  string
	hits    string
	gate    bool
	gating  gateFlags
}

func newRun(s streams) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [SCENARIO…]",
		Short: "Measure scenarios: every arm, side by side",
		Long: `Measure a scenario and write its record, report and plots to a folder.

SCENARIO is a name from the catalog (see weighbridge list) or a YAML file; without one it is matrix.
Several are all checked before the first is measured, and each is written to a folder of its name.
Progress goes to stderr; the table, or the format asked for, alone to stdout.`,
		Example: `  weighbridge run
  weighbridge run single-vs-batch --quick
  weighbridge run my.yaml --hits hits.csv.gz
  weighbridge run my.yaml oauth-vs-jwt --quick --out results/both
  weighbridge run my.yaml --set load.open.rate=200 --out results/tuesday --format json`,
		RunE: func(cmd *cobra.Command, args []string) error { return runScenarios(cmd.Context(), s, f, args) },
	}
	addChanges(cmd, &f.changes)
	cmd.Flags().BoolVar(&f.quick, "quick", false, "3 short blocks, under 20 s for eight arms: indicative only")
	cmd.Flags().StringVar(&f.out, "out", "", "the `DIR` to write to, DIR/<scenario> where there are several (default results/<scenario>-<UTC time>)")
	cmd.Flags().StringVar(&f.format, "format", "table", "what to print: table, markdown, json or csv")
	cmd.Flags().StringVar(&f.hits, "hits", "", "stream every hit to `FILE`, which ends in .csv, .jsonl or .gob (vegeta's own), or these and .gz; with -<scenario> before that where there are several")
	cmd.Flags().BoolVar(&f.gate, "gate", false, "end with the verdict's exit code: 10 regression, 11 inconclusive, 12 invalid")
	addGateFlags(cmd, &f.gating)
	return cmd
}

// runFormats are what run prints; report knows more.
func runFormats() []string { return []string{"table", "markdown", "json", "csv"} }

func runScenarios(ctx context.Context, s streams, f runFlags, refs []string) error {
	if err := checkFormat(f.format, runFormats()); err != nil {
		return err
	}
	if err := checkHits(f.hits); err != nil {
		return err
	}
	if g := f.gating; !f.gate && (g.junit != "" || g.summary != "" || g.allowInconclusive) {
		return usagef("--junit, --summary and --allow-inconclusive: expected --gate beside them")
	}
	baselines, err := readBaselines(f.gating.baselines, s.in)
	if err != nil {
		return err
	}
	g := gating{on: f.gate, baselines: baselines}
	plans, err := plan(f, refs, g, time.Now())
	if err != nil {
		return err
	}
	if err := createFolders(plans); err != nil {
		return err
	}
	out := &printer{w: s.out, screen: screenOf(s.out, os.Getenv), format: f.format}
	judged, err := runEach(ctx, s.console, out, plans)
	err = errors.Join(err, removeEmptyFolders(plans))
	if !f.gate {
		return err
	}
	return errors.Join(err, f.gating.conclude(s.console, os.Getenv, err != nil, judged))
}

// runEach runs one scenario after another. What fails is told at the end and does
// not keep the rest from being measured; an interrupt does.
func runEach(ctx context.Context, to *console, out *printer, plans []planned) ([]*reports.Judged, error) {
	var failed, interrupted error
	var left []planned
	var all []*reports.Judged
	for i, p := range plans {
		if len(plans) > 1 {
			to.say("scenario %s, %d of %d", p.scenario.Name, i+1, len(plans))
		}
		judged, err := runOne(ctx, to, out, p)
		if judged != nil {
			all = append(all, judged)
		}
		if len(plans) > 1 && err != nil {
			err = fmt.Errorf("%s: %w", p.scenario.Name, err)
		}
		if errors.Is(err, errInterrupted) {
			interrupted = err
		} else {
			failed = errors.Join(failed, err)
		}
		if ctx.Err() != nil {
			left = plans[i+1:]
			break
		}
	}
	return all, errors.Join(failed, ended(failed, interrupted, left))
}

// ended is the error of a run that was interrupted, if it was: beside a failure
// it is only said, for could not run wins over interrupted.
func ended(failed, interrupted error, left []planned) error {
	if len(left) > 0 {
		var names []string
		for _, p := range left {
			names = append(names, p.scenario.Name)
		}
		interrupted = errors.Join(cmp.Or(interrupted, errInterrupted), errors.New("not measured: "+strings.Join(names, ", ")))
	}
	if failed != nil && interrupted != nil {
		return errors.New(interrupted.Error())
	}
	return interrupted
}

// runOne measures a scenario, writes its folder and prints it. What was measured
// is printed even where it cannot be written. Without a record there is nothing judged.
func runOne(ctx context.Context, to *console, out *printer, p planned) (*reports.Judged, error) {
	rec, err := measureWithHits(ctx, to, p)
	if err != nil && errors.Is(err, ctx.Err()) {
		return nil, fmt.Errorf("%w before anything was measured: there is no record", errInterrupted)
	}
	if err != nil {
		return nil, err
	}
	defer reduceMemory()()
	judged, failed := p.gating.judge(rec)
	if failed != nil { // what was measured is kept all the same
		judged = &reports.Judged{Record: rec}
	}
	failed = errors.Join(writeFolder(p.folder, judged), failed)
	if err := out.print(judged); err != nil {
		failed = errors.Join(failed, fmt.Errorf("print the %s: %w", out.format, err))
	}
	if failed != nil {
		return judged, failed
	}
	to.say("wrote %s", p.folder.File("report.html"))
	return judged, incomplete(rec)
}

// writeFolder writes the record first, then what is made from it.
func writeFolder(to *hosted.Folder, j *reports.Judged) error {
	if err := to.WriteRecord(j.Record); err != nil {
		return err
	}
	files, err := reports.Folder(j)
	if err != nil {
		return fmt.Errorf("make the report: %w", err)
	}
	if err := reports.WriteFiles(to.Path, files); err != nil {
		return fmt.Errorf("%s is whole, but not all of its report was written: %w", to.File(record.FileName), err)
	}
	return nil
}

// measureWithHits measures a scenario and streams its hits to a file where one was
// asked for. A hit that cannot be written ends the run.
func measureWithHits(ctx context.Context, to *console, p planned) (*record.Record, error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	stream, err := openHits(p.hits, fail)
	if err != nil {
		return nil, err
	}
	rec, err := measure(ctx, to, p, stream)
	return rec, errors.Join(err, stream.close(rec))
}

func measure(ctx context.Context, to *console, p planned, stream *hitStream) (*record.Record, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	mocks := &hosted.Mocks{Job: p.job, Command: []string{self, mockHostVerb}, Started: func(arm, url string) { to.detail("mock %s: %s", arm, url) }}
	progress := &progress{to: to}
	defer to.clear()
	return bench.Run(ctx, bench.Options{
		Scenario: p.scenario, Source: []byte(p.job.Source), Changes: p.job.Changes, Quick: p.job.Quick,
		Tool: thisBuild().String(), Servers: mocks, Observe: progress.show, Events: notes(to), Hits: stream.put(), More: p.gating.more(to.say),
	})
}
