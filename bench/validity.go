package bench

import (
	"fmt"
	"time"

	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// check gives every reason why figures do not count, each with its figure and
// the threshold it is past; none where a figure is unknown.
type check func(*record.Record, scenarios.Validity) []string

// checks are what a run must pass for its figures to count.
func checks() []check {
	return []check{
		inArms(sendLag), inArms(handedOver), inArms(protocolSpoken), inArms(ledgerMatches),
		cpu, inProcesses(gcPause), inProcesses(files), clockStep,
	}
}

// invalid gives every reason why the figures do not count.
func invalid(r *record.Record, v scenarios.Validity) []string {
	reasons := []string{}
	for _, check := range checks() {
		reasons = append(reasons, check(r, v)...)
	}
	return reasons
}

// inArms is a check that every arm must pass.
func inArms(check func(*record.Arm, scenarios.Validity) string) check {
	return func(r *record.Record, v scenarios.Validity) (reasons []string) {
		for i := range r.Arms {
			if reason := check(&r.Arms[i], v); reason != "" {
				reasons = append(reasons, r.Arms[i].Name+": "+reason)
			}
		}
		return reasons
	}
}

func sendLag(a *record.Arm, v scenarios.Validity) string {
	var lags, responses []*record.Hist
	for _, b := range a.Blocks {
		if b.Open != nil {
			lags, responses = append(lags, b.Open.SendLag), append(responses, b.Open.Response)
		}
	}
	lag, response := record.Merged(lags...).Quantile(0.99), record.Merged(responses...).Quantile(0.99)
	limit := max(v.SendLag, time.Duration(v.SendLagShare*float64(response)))
	if lag <= limit {
		return ""
	}
	return fmt.Sprintf("send lag p99 is %v, over %v (the larger of %v and %s of response p99 %v)",
		lag, limit, v.SendLag, percent(v.SendLagShare), response)
}

func handedOver(a *record.Arm, v scenarios.Validity) string {
	due, never := uint64(0), uint64(0)
	for _, b := range a.Blocks {
		if b.Open != nil && b.Complete {
			due += b.Open.Due
			never += b.Open.NeverSent
		}
	}
	if due == 0 || float64(due-never) >= v.HandedOver*float64(due) {
		return ""
	}
	return fmt.Sprintf("%d of %d prompts due were handed over, under %s", due-never, due, percent(v.HandedOver))
}

func protocolSpoken(a *record.Arm, _ scenarios.Validity) string {
	if a.Totals.WrongProtocol == 0 {
		return ""
	}
	return fmt.Sprintf("%d answers did not speak %s", a.Totals.WrongProtocol, a.Load.RequestedProtocol)
}

func ledgerMatches(a *record.Arm, _ scenarios.Validity) string {
	if a.Ledger == nil || a.Ledger.Matches {
		return ""
	}
	return fmt.Sprintf("the mock's ledger does not match: %d attempts sent, %d in the ledger, %d on one side only",
		a.Totals.Attempts, a.Ledger.Attempts, a.Ledger.Absent)
}

// cpu does not judge arms that take turns: they do not slow each other.
func cpu(r *record.Record, v scenarios.Validity) []string {
	share := r.Harness.CPUShare
	if r.Plan.Order != scenarios.Concurrent || share == nil || *share <= v.CPU {
		return nil
	}
	return []string{fmt.Sprintf("harness and mocks used %s of the machine's CPU while arms ran at once, over %s: "+
		"offer less, or let arms take turns (experiment.order: sequential)", percent(*share), percent(v.CPU))}
}

// inProcesses is a check that the harness and the process of its mocks must pass.
func inProcesses(check func(who string, p record.Process, v scenarios.Validity) string) check {
	return func(r *record.Record, v scenarios.Validity) (reasons []string) {
		h := r.Harness
		own := &record.Process{GCPauses: h.GCPauses, GCStopP999MS: h.GCStopP999MS, FilesPeak: h.FilesPeak, FilesLimit: h.FilesLimit}
		for _, p := range []struct {
			who string
			*record.Process
		}{{"the harness", own}, {"the mock", h.Mocks}} {
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

// gcPause goes by moments, as requests do: pauses that are long and rare delay too
// few of them to move a percentile that is reported.
func gcPause(who string, p record.Process, v scenarios.Validity) string {
	if p.GCStopP999MS == nil || *p.GCStopP999MS <= milliseconds(v.GCPause) {
		return ""
	}
	return fmt.Sprintf("in 0.1%% of all moments the garbage collector stopped %s for %.3g ms or longer, over %v", who, *p.GCStopP999MS, v.GCPause)
}

func files(who string, p record.Process, v scenarios.Validity) string {
	if p.FilesPeak == nil || float64(*p.FilesPeak) <= v.Files*float64(p.FilesLimit) {
		return ""
	}
	return fmt.Sprintf("%s had %d files open, over %s of its limit of %d (ulimit -n)", who, *p.FilesPeak, percent(v.Files), p.FilesLimit)
}

func clockStep(r *record.Record, v scenarios.Validity) []string {
	step := r.Harness.ClockStepMS
	if step == nil || *step <= milliseconds(v.ClockStep) {
		return nil
	}
	return []string{fmt.Sprintf("the wall clock stepped by %.3g ms, over %v", *step, v.ClockStep)}
}

// percent is a share in %, to three digits.
func percent(share float64) string { return fmt.Sprintf("%.3g%%", share*100) }
