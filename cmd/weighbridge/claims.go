package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weighbridge/bench/hosted"
	"weighbridge/bench/record"
	"weighbridge/reports"
	"weighbridge/scenarios"
	"weighbridge/target/outbound"
)

// claimsFlags are the flags of claims.
type claimsFlags struct {
	changes     scenarios.Changes
	only        []string
	out, format string
	quick       bool
	force       bool
}

func newClaims(s stdio) *cobra.Command {
	var f claimsFlags
	cmd := &cobra.Command{
		Use:   "claims [SCENARIO…]",
		Short: "Measure every claim, and print them all on one page",
		Long: `Measure the scenarios that state claims, one after another, and print one table of all claims: what was
claimed, what was measured with its interval, the verdict, and when the verdict would be different.

SCENARIO is a name from the catalog or a YAML file; without one, every scenario of the catalog that states claims
is measured. Each is written to a folder of its name in --out, next to claims.html, claims.md and claims.json.
A scenario that already has a complete and valid record there is not measured again, unless it has changed.`,
		Example: `  weighbridge claims my.yaml --quick --out results/mine
  weighbridge claims my.yaml --only C1 --format markdown`,
		RunE: func(cmd *cobra.Command, args []string) error { return runClaims(cmd.Context(), s, f, args) },
	}
	addChanges(cmd, &f.changes)
	cmd.Flags().StringSliceVar(&f.only, "only", nil, "the `IDS` of the claims to measure, such as C8 or C7,C9; C9 includes C9-cache (default all)")
	cmd.Flags().StringVar(&f.out, "out", filepath.Join("results", "claims"), "the `DIR` to write to; scenarios already measured there are not measured again")
	cmd.Flags().StringVar(&f.format, "format", "table", "the `FORMAT` to print: "+strings.Join(reports.ClaimsFormats(), ", "))
	cmd.Flags().BoolVar(&f.quick, "quick", false, "3 short blocks of each scenario: too few for intervals of rates and latencies")
	cmd.Flags().BoolVar(&f.force, "force", false, "measure again even what --out already holds")
	return cmd
}

func runClaims(ctx context.Context, s stdio, f claimsFlags, refs []string) error {
	if err := checkFormat(f.format, reports.ClaimsFormats()); err != nil {
		return err
	}
	runs, err := claimRuns(f, refs)
	if err != nil {
		return err
	}
	outliveReaders()
	judged, failed := measureClaims(ctx, s.console, f, runs)
	if len(judged) == 0 {
		return failed
	}
	all := reports.ClaimsOf{Judged: judged, Only: f.only}
	files, err := reports.ClaimsFiles(all)
	if err == nil {
		err = reports.WriteFiles(f.out, files)
	}
	if err == nil {
		err = reports.WriteClaims(s.out, screenOf(s.out, os.Getenv), f.format, all)
		s.console.printf("wrote %s", filepath.Join(f.out, "claims.html"))
	}
	return errors.Join(failed, err)
}

// claimRuns prepares the scenarios that state one of the claims wanted. It reports everything that is
// wrong at once.
func claimRuns(f claimsFlags, refs []string) (runs []preparedRun, err error) {
	given := len(refs) > 0
	if !given {
		all, err := scenarios.Catalog()
		if err != nil {
			return nil, err
		}
		for _, s := range all {
			refs = append(refs, s.Name)
		}
	}
	var wrong error
	var known []string
	for _, ref := range refs {
		job, scenario, err := hosted.NewJob(ref, f.changes, f.quick, outbound.Allowed{})
		if err != nil {
			wrong = errors.Join(wrong, err)
			continue
		}
		stated := false
		for _, claim := range scenario.Claims {
			known = append(known, claim.ID)
			stated = stated || reports.MatchesClaim(claim.ID, f.only)
		}
		if given && len(scenario.Claims) == 0 {
			wrong = errors.Join(wrong, fmt.Errorf("%s: states no claim", ref))
		}
		if stated && slices.ContainsFunc(runs, func(p preparedRun) bool { return p.scenario.Name == scenario.Name }) {
			wrong = errors.Join(wrong, fmt.Errorf("%s: another scenario is also named %s", ref, scenario.Name))
		} else if stated {
			runs = append(runs, preparedRun{job: job, scenario: scenario, folder: &hosted.Folder{Path: filepath.Join(f.out, scenario.Name)}})
		}
	}
	for _, id := range f.only {
		if !slices.ContainsFunc(known, func(claim string) bool { return reports.MatchesClaim(claim, []string{id}) }) {
			wrong = errors.Join(wrong, fmt.Errorf("--only: unknown claim %q: expected one of %s", id, strings.Join(known, ", ")))
		}
	}
	if wrong != nil {
		return nil, usageError{wrong}
	}
	return runs, nil
}

// measureClaims measures what --out does not hold yet. If one scenario fails, the others are
// measured all the same; an interrupt ends them all, and keeps what was measured.
func measureClaims(ctx context.Context, to *console, f claimsFlags, runs []preparedRun) (judged []*reports.Judged, failed error) {
	left := time.Duration(0)
	for _, p := range runs {
		left += plannedTime(p.scenario)
	}
	for i, p := range runs {
		at := fmt.Sprintf("%s, %d of %d", p.scenario.Name, i+1, len(runs))
		planned := plannedTime(p.scenario)
		if j := measuredBefore(p); j != nil && !f.force {
			to.printf("%s: measured before, in %s", at, p.folder.Path)
			judged, left = append(judged, j), left-planned
			continue
		}
		to.printf("%s (about %v, for all %v)", at, planned.Round(time.Second), left.Round(time.Second))
		j, err := measureClaim(ctx, to, p)
		if j != nil {
			judged = append(judged, j)
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", p.scenario.Name, err))
		}
		if ctx.Err() != nil {
			break
		}
		left -= planned
	}
	return judged, failed
}

// measureClaim runs a scenario and writes its folder.
func measureClaim(ctx context.Context, to *console, p preparedRun) (*reports.Judged, error) {
	if err := p.folder.Create(); err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	j, err := runOne(ctx, to, &printer{w: io.Discard, format: "json"}, p)
	return j, errors.Join(err, p.folder.RemoveIfEmpty())
}

// measuredBefore reads the record of an earlier run; nil if there is none, or if it is not whole,
// not valid or not of the same scenario.
func measuredBefore(p preparedRun) *reports.Judged {
	if _, err := os.Stat(p.folder.File(record.FileName)); err != nil {
		return nil
	}
	rec, err := record.Read(p.folder.Path, nil)
	if err != nil || !rec.Complete || len(rec.Invalid) > 0 || rec.Quick != p.job.Quick || rec.Tool != thisBuild().String() {
		return nil
	}
	source, changes := scenarios.Masked(p.job.Source, p.job.Changes)
	if rec.Scenario.Source != source || !slices.Equal(rec.Scenario.Set, changes.Set) || !slices.Equal(rec.Scenario.Axis, changes.Axes) {
		return nil
	}
	j, err := judge(rec)
	if err != nil {
		return nil
	}
	return j
}

// plannedTime is how long a scenario takes at least: its warm-up and its slices.
func plannedTime(s *scenarios.Scenario) time.Duration {
	var open, closed time.Duration
	for _, arm := range s.Arms() {
		if o := arm.Load.Open; o != nil && s.Experiment.Order == record.Sequential {
			open += o.Duration
		} else if o != nil {
			open = max(open, o.Duration)
		}
		if c := arm.Load.Closed; c != nil {
			closed += c.Ramp + c.Duration
		}
	}
	return s.Load.Warmup + time.Duration(s.Experiment.Blocks)*(open+closed)
}
