package machine

import (
	"fmt"

	"weighbridge/bench/record"
)

// InvalidReasons judges a record by its own thresholds: it returns every reason why the
// figures do not count, with the figure and the threshold it exceeds, or an empty list.
// A figure that is unknown is no reason. A slim record lacks the histograms of send lag,
// which cannot be judged again.
func InvalidReasons(r *record.Record) []string {
	limits := r.ValidityThresholds()
	reasons := []string{}
	for _, check := range checks() {
		reasons = append(reasons, check(r, limits)...)
	}
	return reasons
}

// check returns the reasons why a record's figures do not count.
type check func(*record.Record, record.Validity) []string

// checks are all that a run must pass for its figures to count.
func checks() []check {
	return []check{
		perArm(sendLag), perArm(readLag), perArm(handedOver), perArm(cutOff), perArm(generatorLimits), perArm(protocolSpoken), perArm(ledgerMatches),
		cpu, perProcess(gcStop), perProcess(openFilesPeak), clockStep,
	}
}

// perArm makes a check of one arm a check of them all.
func perArm(check func(*record.Arm, record.Validity) string) check {
	return func(r *record.Record, v record.Validity) (reasons []string) {
		for i := range r.Arms {
			if reason := check(&r.Arms[i], v); reason != "" {
				reasons = append(reasons, r.Arms[i].Name+": "+reason)
			}
		}
		return reasons
	}
}

func sendLag(a *record.Arm, v record.Validity) string {
	open := mergedOpen(a, func(s *record.Slice) *record.Slice {
		return &record.Slice{SendLag: s.SendLag, Response: s.Response, TTFT: s.TTFT}
	})
	lag, limit, beside := open.SendLag.Quantile(0.99), v.SendLagLimit(&open), v.FromDue(&open)
	if lag <= limit {
		return ""
	}
	return fmt.Sprintf("send lag p99 is %s (the larger of %v and %s of %s p99 %v)",
		record.Over(lag, limit), record.Duration(v.SendLagMS), percent(v.SendLagShare), beside.Name, record.Digits(beside.Quantile(0.99)))
}

// readLag judges open load only: under closed load the harness may be the limit, of which a warning
// tells, and TPS is then a lower bound.
func readLag(a *record.Arm, v record.Validity) string {
	open := mergedOpen(a, func(s *record.Slice) *record.Slice {
		return &record.Slice{ReadLag: s.ReadLag, Service: s.Service, FirstContent: s.FirstContent}
	})
	return v.ReadTooLate(&open)
}

// mergedOpen is one slice of a part of each open slice of an arm. They are merged at once: one after another, each would
// take histograms of its own.
func mergedOpen(a *record.Arm, part func(*record.Slice) *record.Slice) (all record.Slice) {
	var parts []*record.Slice
	for _, b := range a.Blocks {
		if b.Open != nil {
			parts = append(parts, part(b.Open))
		}
	}
	all.Merge(parts...)
	return all
}

func handedOver(a *record.Arm, v record.Validity) string {
	due, neverSent, heldBack := uint64(0), uint64(0), uint64(0)
	for _, b := range a.Blocks {
		if b.Open != nil && b.Complete {
			due += b.Open.Due
			neverSent += b.Open.NeverSent
			heldBack += b.Open.HeldBack
		}
	}
	if float64(due-neverSent) >= v.HandedOver*float64(due) {
		return ""
	}
	why := ""
	if heldBack > 0 {
		why = fmt.Sprintf("; %d were held back by rate limits to the end (load.respect_limits): offer less", heldBack)
	}
	return fmt.Sprintf("%d of %d prompts due were handed over, under %s%s", due-neverSent, due, percent(v.HandedOver), why)
}

func protocolSpoken(a *record.Arm, _ record.Validity) string {
	if a.Totals.WrongProtocol == 0 {
		return ""
	}
	return fmt.Sprintf("%d answers did not use %s", a.Totals.WrongProtocol, a.Load.RequestedProtocol)
}

func ledgerMatches(a *record.Arm, _ record.Validity) string {
	if a.Ledger == nil || a.Ledger.Matches {
		return ""
	}
	if a.Ledger.Unread != "" {
		return "the mock's ledger could not be read: " + a.Ledger.Unread
	}
	return fmt.Sprintf("the mock's ledger does not match: %d attempts sent, %d in the ledger, %d on one side only",
		a.Totals.Attempts, a.Ledger.Attempts, a.Ledger.Absent)
}

// cpu judges concurrent arms only: arms that take turns do not slow each other down.
func cpu(r *record.Record, v record.Validity) []string {
	share := r.Harness.CPUShare
	if r.Plan.Order != record.Concurrent || share == nil || *share <= v.CPU {
		return nil
	}
	return []string{fmt.Sprintf("harness and mocks used %s of the machine's CPU while arms ran at once, over %s: "+
		"offer less, or let arms take turns (experiment.order: sequential)", percent(*share), percent(v.CPU))}
}

// perProcess makes a check of one process a check of the harness and of its mocks.
func perProcess(check func(who string, p record.Process, v record.Validity) string) check {
	return func(r *record.Record, v record.Validity) (reasons []string) {
		for _, p := range []struct {
			who string
			*record.Process
		}{{"the harness", &r.Harness.Process}, {"the mock", r.Harness.Mocks}} {
			if p.Process == nil {
				continue
			}
			if reason := check(p.who, *p.Process, v); reason != "" {
				reasons = append(reasons, reason)
			}
		}
		return reasons
	}
}

// gcStop weighs pauses by their time, because that decides how many requests they
// delay: long pauses that are rare move no percentile that is reported.
func gcStop(who string, p record.Process, v record.Validity) string {
	if p.GCStopP999MS == nil || *p.GCStopP999MS <= v.GCPauseMS {
		return ""
	}
	return fmt.Sprintf("in 0.1%% of all moments the garbage collector stopped %s for %.3g ms or longer, over %v",
		who, *p.GCStopP999MS, record.Duration(v.GCPauseMS))
}

func openFilesPeak(who string, p record.Process, v record.Validity) string {
	if p.FilesPeak == nil || float64(*p.FilesPeak) <= v.Files*float64(p.FilesLimit) {
		return ""
	}
	return fmt.Sprintf("%s had %d files open, over %s of its limit of %d (ulimit -n)", who, *p.FilesPeak, percent(v.Files), p.FilesLimit)
}

func clockStep(r *record.Record, v record.Validity) []string {
	step := r.Harness.ClockStepMS
	if step == nil || *step <= v.ClockStepMS {
		return nil
	}
	return []string{fmt.Sprintf("the wall clock stepped by %.3g ms, over %v", *step, record.Duration(v.ClockStepMS))}
}

// percent writes a share (0…1) in %, with three significant digits.
func percent(share float64) string { return fmt.Sprintf("%.3g%%", share*100) }
