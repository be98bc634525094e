package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weighbridge/bench"
	"weighbridge/bench/hosted"
	"weighbridge/bench/machine"
	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
	"weighbridge/reports"
	"weighbridge/scenarios"
	"weighbridge/target"
)

// runFlags are the flags of run.
type runFlags struct {
	changes scenarios.Changes
	budget  string
	quick   bool
	out     string
	force   bool
	format  string
	hits    string
	like    string
	dryRun  bool
	yes     bool
	// unasked says that requests to other hosts are refused, because nobody can be asked.
	unasked bool
	// noBudget allows requests to other hosts without a budget.
	noBudget bool
	// allowHosts are the values of --allow-host.
	allowHosts []string
	gate       bool
	gating     gateFlags
	live       liveFlags
}

func newRun(s stdio) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [SCENARIO…]",
		Short: "Measure scenarios: every arm, side by side",
		Long: `Measure a scenario and write its record, report and plots to a folder.

SCENARIO is a name from the catalog (see weighbridge list) or a YAML file; without one it is matrix.
Several scenarios are all checked before the first is measured, and each is written to a folder of its name.
Progress goes to stderr; stdout gets only the table or the format asked for.

After each slice the run waits for outstanding answers, at most load.drain (default: client.timeout). Requests that
are still open then are cut off: they do not count as errors, but more than 1% of them in a slice make the run invalid.

A run that reaches its budget (--budget, or budget in the scenario) ends with exit code 3 and keeps its record. Each
attempt is reserved before it leaves, including retries and the warm-up.

Hosts off loopback need --allow-host. Before anything is sent to one, run says what it will send and asks for
confirmation; --yes skips the question, and is required without a terminal. --dry-run prints all that a run would send,
and sends nothing.

A run that is interrupted, or in which something fails after the first complete block, ends with exit code 3
and a record of what was measured, marked incomplete.`,
		Example: `  weighbridge run
  weighbridge run http1-vs-http2 --quick
  weighbridge run my.yaml --hits hits.csv.gz
  weighbridge run my.yaml replay-window --quick --out results/both
  weighbridge run my.yaml --set load.open.rate=200 --out results/wednesday --format json
  weighbridge run my.yaml --budget requests=100000 --out results/thursday
  weighbridge run my.yaml --out results/tuesday --force
  weighbridge run my.yaml --dry-run
  weighbridge run --like results/wednesday --out results/again
  weighbridge run --watch --prometheus 127.0.0.1:9464 --out results/watched
  weighbridge run --serve 127.0.0.1:8080 --out results/served
  weighbridge run my.yaml --allow-host api.example.com --budget requests=1000 --yes`,
		RunE: func(cmd *cobra.Command, args []string) error { return runScenarios(cmd.Context(), s, f, args) },
	}
	addChanges(cmd, &f.changes)
	cmd.Flags().StringVar(&f.budget, "budget", "", "end the run before it uses more than `KEY=NUMBER`, or several separated by commas; the keys are requests, prompts, input_tokens, output_tokens and usd")
	cmd.Flags().BoolVar(&f.quick, "quick", false, "3 short blocks, under 20 s for eight arms: only indicative")
	cmd.Flags().StringVar(&f.out, "out", "", "the `DIR` to write to; with several scenarios, DIR/<scenario> (default results/<scenario>-<UTC time>)")
	cmd.Flags().BoolVar(&f.force, "force", false, "overwrite the record that --out holds")
	cmd.Flags().StringVar(&f.format, "format", "table", "the `FORMAT` to print: table, markdown, json or csv")
	cmd.Flags().StringVar(&f.hits, "hits", "", "write every hit to `FILE`, which ends in .csv, .jsonl or .gob (vegeta's format), optionally followed by .gz; with several scenarios, -<scenario> is inserted before the extension")
	cmd.Flags().StringVar(&f.like, "like", "", "repeat the run of `RECORD` with its scenario, seed and changes; report what is different now, and compare both runs at the end")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "print what would be sent, how long it would take and what it would cost, expected and at most, as table or json; send nothing")
	addAllowHost(cmd, &f.allowHosts)
	addYes(cmd, &f.yes)
	cmd.Flags().StringVar(&f.live.prometheus, "prometheus", "", "serve metrics for Prometheus at http://`ADDR`/metrics while the run is on; ADDR is host:port on loopback")
	cmd.Flags().DurationVar(&f.live.linger, "prometheus-linger", 0, "after the run, keep serving until the metrics have been read once more, for at most `DURATION`")
	cmd.Flags().BoolVar(&f.live.watch, "watch", false, "serve a live page of the run on loopback, at the address of --prometheus if given")
	cmd.Flags().StringVar(&f.live.serve, "serve", "", "serve the live page at http://`ADDR`/; ADDR is host:port on loopback")
	cmd.Flags().BoolVar(&f.gate, "gate", false, "exit with the code of the verdict: 10 regression, 11 inconclusive, 12 invalid")
	addGateFlags(cmd, &f.gating)
	return cmd
}

// addAllowHost adds --allow-host to a verb that sends requests.
func addAllowHost(cmd *cobra.Command, values *[]string) {
	cmd.Flags().StringArrayVar(values, "allow-host", nil, "allow requests and credentials to be sent to `HOST[:PORT]` off loopback; repeatable: each target, token endpoint and proxy needs one")
}

// runFormats returns the formats of run; report has more.
func runFormats() []string { return []string{"table", "markdown", "json", "csv"} }

// check checks the flags that need nothing else to be read.
func (f runFlags) check() error {
	formats := runFormats()
	if f.dryRun {
		formats = dryFormats()
	}
	if err := checkFormat(f.format, formats); err != nil {
		return err
	}
	if g := f.gating; !f.gate && (g.junit != "" || g.summary != "" || g.allowInconclusive) {
		return usagef("--junit, --summary and --allow-inconclusive: expected --gate as well")
	}
	return checkHits(f.hits)
}

// runScenarios checks the flags and the scenarios, asks whether to go on if requests leave loopback, and runs them.
func runScenarios(ctx context.Context, s stdio, f runFlags, refs []string) error {
	if err := f.check(); err != nil {
		return err
	}
	address, err := f.live.address()
	if err != nil {
		return err
	}
	if err := f.addBudget(); err != nil {
		return err
	}
	baselines, err := readBaselines(f.gating.baselines, s.in)
	if err != nil {
		return err
	}
	like, err := readLike(s, &f, refs)
	if err != nil {
		return err
	}
	f.unasked = !f.dryRun && !f.yes && !s.asksFirst()
	runs, err := prepareRuns(f, refs, like, gateSetup{on: f.gate, baselines: baselines})
	if err != nil {
		return err
	}
	if f.dryRun {
		return printForecasts(s, f, runs)
	}
	if !f.yes {
		if err := confirmRuns(ctx, s, runs); err != nil {
			return err
		}
	}
	shown, err := serveLive(s.console, address, f.live)
	if err != nil {
		return err
	}
	defer shown.close(ctx)
	for i := range runs {
		runs[i].live = shown
	}
	return runPrepared(ctx, s, f, runs, like)
}

// runPrepared runs scenarios that were checked, and writes and prints what they measured.
func runPrepared(ctx context.Context, s stdio, f runFlags, runs []preparedRun, like *likeRun) error {
	if err := f.gating.tryFiles(); err != nil {
		return err
	}
	made, err := createFolders(runs, f.out, time.Now())
	if err != nil {
		return err
	}
	outliveReaders()
	out := &printer{w: s.out, screen: screenOf(s.out, os.Getenv), format: f.format}
	judged, err := runEach(ctx, s.console, out, runs)
	if like != nil && len(judged) > 0 {
		err = errors.Join(err, like.compare(s, f.format, runs[0].folder.Path, judged[0].Record))
	}
	err = errors.Join(err, removeEmptyFolders(made))
	if !f.gate {
		return err
	}
	return errors.Join(err, f.gating.finish(s.console, os.Getenv, err != nil, judged))
}

// addBudget adds --budget to the changes.
func (f *runFlags) addBudget() error {
	if f.budget == "" {
		return nil
	}
	sets, err := scenarios.BudgetSets(f.budget)
	if err != nil {
		return err
	}
	f.changes.Set = append(f.changes.Set, sets...)
	return nil
}

// runEach runs one scenario after another. If one fails, the others are run all the same
// and the error is returned at the end. An interrupt ends them all.
func runEach(ctx context.Context, to *console, out *printer, runs []preparedRun) ([]*reports.Judged, error) {
	var failed, stopped error
	var left []preparedRun
	var all []*reports.Judged
	for i, p := range runs {
		if len(runs) > 1 {
			to.printf("scenario %s, %d of %d", p.scenario.Name, i+1, len(runs))
		}
		judged, err := runOne(ctx, to, out, p)
		if judged != nil {
			all = append(all, judged)
		}
		if len(runs) > 1 && err != nil {
			err = fmt.Errorf("%s: %w", p.scenario.Name, err)
		}
		if errors.Is(err, errInterrupted) || errors.Is(err, errStopped) {
			stopped = errors.Join(stopped, err)
		} else {
			failed = errors.Join(failed, err)
		}
		if ctx.Err() != nil {
			left = runs[i+1:]
			break
		}
	}
	return all, errors.Join(failed, stopError(failed, stopped, left))
}

// stopError returns the error of runs that were interrupted or stopped, with the names of those not
// measured. If another run failed, only the message is kept: the exit code of "could not run" takes
// precedence.
func stopError(failed, stopped error, left []preparedRun) error {
	if len(left) > 0 {
		var names []string
		for _, p := range left {
			names = append(names, p.scenario.Name)
		}
		stopped = errors.Join(cmp.Or(stopped, errInterrupted), errors.New("not measured: "+strings.Join(names, ", ")))
	}
	if failed != nil && stopped != nil {
		return errors.New(stopped.Error())
	}
	return stopped
}

// runOne measures a scenario, writes its folder and prints the result, even if it could
// not be written. It returns nil if there is no record.
func runOne(ctx context.Context, to *console, out *printer, p preparedRun) (*reports.Judged, error) {
	stop := spaceCollections()
	rec, err := measureWithHits(ctx, to, p)
	stop()
	if err != nil && errors.Is(err, ctx.Err()) {
		return nil, fmt.Errorf("%w before anything was measured: there is no record", errInterrupted)
	}
	if err != nil {
		return nil, err
	}
	defer reduceMemory()()
	judged, failed := p.gate.judge(rec)
	if failed != nil { // the record is written all the same
		judged = &reports.Judged{Record: rec}
	}
	failed = errors.Join(writeFolder(p.folder, judged), failed)
	if err := out.print(judged); err != nil {
		failed = errors.Join(failed, fmt.Errorf("print the %s: %w", out.format, err))
	}
	if failed != nil {
		return judged, failed
	}
	to.printf("wrote %s", p.folder.File("report.html"))
	return judged, errors.Join(incomplete(rec), refused(rec))
}

// refused returns an error if a complete run has no figure because the servers refused every request, as
// they do with a wrong credential, path or body. Other failures of a mock are the faults that its settings
// ask for.
func refused(rec *record.Record) error {
	var why error
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		isRefusal := func(f reasons.Failure) bool {
			return slices.Contains([]target.Class{target.AuthError, target.ClientErr, target.Contract}, target.Class(f.Class))
		}
		if !rec.Complete || arm.Totals.Answered > 0 || len(arm.Failures) == 0 || !isRefusal(arm.Failures[0]) {
			return nil
		}
		why = cmp.Or(why, fmt.Errorf("nothing was answered: arm %s: %s", arm.Name, arm.Failures[0].Line()))
	}
	return why
}

// writeFolder writes the record first, then the report made from it.
func writeFolder(to *hosted.Folder, j *reports.Judged) error {
	if err := to.WriteRecord(j.Record); err != nil {
		return err
	}
	files, err := reports.Folder(j)
	if err != nil {
		return fmt.Errorf("make the report: %w", err)
	}
	if err := reports.WriteFiles(to.Path, files); err != nil {
		return fmt.Errorf("%s was written, but not all of its report: %w", to.File(record.FileName), err)
	}
	return nil
}

// measureWithHits measures a scenario and writes its hits to the file of --hits, if any.
// A hit that cannot be written is a warning, and does not end the run.
func measureWithHits(ctx context.Context, to *console, p preparedRun) (*record.Record, error) {
	stream, err := openHits(p.hits, func(err error) { to.printf("warning: %v", err) })
	if err != nil {
		return nil, err
	}
	rec, err := measure(ctx, to, p, stream)
	return rec, errors.Join(err, stream.close(rec))
}

// measure runs a scenario, shows its progress, and returns the record.
func measure(ctx context.Context, to *console, p preparedRun, stream *hitStream) (*record.Record, error) {
	mocks, err := p.mocks(to)
	if err != nil {
		return nil, err
	}
	progress := &progress{to: to}
	defer to.clearProgress()
	return bench.Run(ctx, bench.Options{
		Scenario:   p.scenario,
		Source:     []byte(p.job.Source),
		Changes:    p.job.Changes,
		Quick:      p.job.Quick,
		Tool:       thisBuild().String(),
		Secrets:    to.secrets,
		Servers:    mocks,
		Allowed:    p.allowed,
		UserAgent:  userAgent(thisBuild()),
		Observe:    p.live.watching(progress.observe),
		Events:     p.live.observing(p.scenario.Name, runEvents(to)),
		Hits:       stream.put(),
		More:       p.gate.nextBlocks(to.printf),
		Processors: machine.NewProcessors(),
	})
}
