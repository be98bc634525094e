package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"weighbridge/bench/record"
	"weighbridge/bench/trend"
	"weighbridge/reports"
)

// trendSeed is the seed of the permutations by which changes are tested: the same records always give the
// same report.
const trendSeed = 1

// reported is a document of report: the trend of a scenario's records, or one of them.
type reported struct {
	scenario string
	trend    *trend.Trend
	judged   *reports.Judged
	// place is the position of its first record on the command line.
	place int
}

// gathered are the records of one scenario as they are read. As soon as there are enough of them for a
// trend, which collects its figures in runs, kept is emptied to save memory.
type gathered struct {
	runs   trend.Collector
	kept   []*record.Record
	places []int
}

// readReported reads the records. Records of one scenario form a trend if there are trend.Fewest or more
// of them and the format can show one, unless --each is given. If there is a trend, records that cannot
// be read are left out of it, and each trend and stderr name them; else, or if a path leads nowhere, the error does.
func readReported(s stdio, f reportFlags, paths []string) ([]reported, error) {
	trends := !f.each && slices.Contains(reports.TrendFormats(), f.format)
	all := map[string]*gathered{}
	var broken []error
	for i, path := range paths {
		rec, err := record.Read(path, s.in)
		if err != nil {
			broken = append(broken, err)
			continue
		}
		g := all[rec.Scenario.Name]
		if g == nil {
			g = &gathered{}
			all[rec.Scenario.Name] = g
		}
		g.add(i, path, rec, trends)
	}
	out, err := documentsOf(all)
	if err != nil {
		return nil, errors.Join(append(broken, err)...)
	}
	return out, leaveOut(s, out, broken)
}

// documentsOf are the documents of all scenarios, in the order of their first records.
func documentsOf(all map[string]*gathered) (out []reported, err error) {
	for scenario, g := range all {
		documents, err := g.documents(scenario)
		if err != nil {
			return nil, err
		}
		out = append(out, documents...)
	}
	slices.SortFunc(out, func(a, b reported) int { return cmp.Compare(a.place, b.place) })
	return out, nil
}

// leaveOut says in every trend and on stderr, even with --quiet, which records could not be read. It is an
// error if there is no trend, or if a record is missing: its path is probably mistyped.
func leaveOut(s stdio, all []reported, broken []error) error {
	isTrend := func(r reported) bool { return r.trend != nil }
	isMissing := func(err error) bool { return errors.Is(err, record.ErrMissing) }
	if !slices.ContainsFunc(all, isTrend) || slices.ContainsFunc(broken, isMissing) {
		return errors.Join(broken...)
	}
	for _, err := range broken {
		const leftOut = "a record that cannot be read is left out: "
		s.console.println("weighbridge: " + leftOut + withoutCommands(err.Error()))
		for _, r := range all {
			if isTrend(r) {
				r.trend.Warnings = append(r.trend.Warnings, leftOut+err.Error())
			}
		}
	}
	return nil
}

// add adds the record at a position of the command line.
func (g *gathered) add(place int, path string, rec *record.Record, trends bool) {
	g.kept, g.places = append(g.kept, rec), append(g.places, place)
	if !trends {
		return
	}
	if g.runs.Add(path, rec); g.runs.Records() >= trend.Fewest {
		g.kept = nil
	}
}

// documents returns one document for the trend or, if there is none, one for each record.
func (g *gathered) documents(scenario string) (out []reported, err error) {
	if len(g.kept) == 0 {
		if n := g.runs.Records(); n > trend.Most {
			return nil, usagef("report: %d records of scenario %s: expected at most %d", n, scenario, trend.Most)
		}
		return []reported{{scenario: scenario, trend: new(g.runs.Trend(trendSeed)), place: g.places[0]}}, nil
	}
	for i, rec := range g.kept {
		j, err := judge(rec)
		if err != nil {
			return nil, err
		}
		out = append(out, reported{scenario: scenario, judged: j, place: g.places[i]})
	}
	return out, nil
}

// printReported prints the documents.
func printReported(out *printer, all []reported) error {
	var judged []*reports.Judged
	for _, r := range all {
		if r.trend == nil {
			judged = append(judged, r.judged)
			continue
		}
		if err := out.printAll(judged); err != nil {
			return err
		}
		judged = nil
		if err := out.printTrend(*r.trend); err != nil {
			return err
		}
	}
	if len(judged) == 0 {
		return nil
	}
	return out.printAll(judged)
}

// writeReportedPlots writes the plots of each document to dir or, if there are several, to a folder of the
// scenario's name in it.
func writeReportedPlots(dir string, all []reported) error {
	if dir == "" {
		return nil
	}
	for _, r := range all {
		plots, err := r.plots()
		if err != nil {
			return fmt.Errorf("draw the plots: %w", err)
		}
		to := dir
		if len(all) > 1 {
			to = filepath.Join(dir, r.scenario)
		}
		if err := reports.WriteFiles(to, plots); err != nil {
			return err
		}
	}
	return nil
}

func (r reported) plots() ([]reports.File, error) {
	if r.trend != nil {
		return reports.TrendPlots(*r.trend)
	}
	return reports.Plots(r.judged)
}
