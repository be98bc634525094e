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

	"weighbridge/bench"
	"weighbridge/bench/hosted"
	"weighbridge/bench/machine"
	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
	"weighbridge/reports"
	"weighbridge/target"
)

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
