package record

import (
	"fmt"
	"time"
)

// Validity is the thresholds that a run's figures were judged by: past them the
// harness or the machine was the limit, not the target.
type Validity struct {
	// SendLagMS is how late requests may leave, at p99 of an arm's open slices;
	// SendLagShare is the same as a share of the arm's response p99, or of its TTFT p99 where
	// answers are streams. The larger counts.
	SendLagMS    float64 `json:"send_lag_ms"`
	SendLagShare float64 `json:"send_lag_share"`
	// ReadLagMS is how late answers may be read, at p99 of an arm's open slices (a fifth of it at
	// p50); ReadLagShare is the same as a share of the arm's service latency, or of the time to the
	// first content. The larger counts.
	// Older records have neither, and no read lag.
	ReadLagMS    float64 `json:"read_lag_ms,omitempty"`
	ReadLagShare float64 `json:"read_lag_share,omitempty"`
	// HandedOver is the least share of an arm's prompts due that must be sent.
	HandedOver float64 `json:"handed_over_share"`
	// CutOff is the share of a slice's prompts due that may still be open when its drain ends,
	// and Generator the share that the harness may be unable to send.
	CutOff    float64 `json:"cut_off_share,omitempty"`
	Generator float64 `json:"generator_share,omitempty"`
	// CPU is the share of all cores that harness and mocks may use in concurrent order.
	CPU float64 `json:"cpu_share"`
	// ClosedCPU is the share of all cores that the harness may use under closed load. Past it TPS
	// is a lower bound. 0 in older records, which were judged by 0.5.
	ClosedCPU float64 `json:"closed_cpu_share,omitempty"`
	// GCPauseMS is how long garbage collection may stop a process, at p99.9 of time.
	GCPauseMS float64 `json:"gc_pause_ms"`
	// Files is the share of its limit of open files that a process may use.
	Files float64 `json:"files_share"`
	// ClockStepMS is how far the wall clock may step against the monotonic one.
	ClockStepMS float64 `json:"clock_step_ms"`
}

// NamedHist is a histogram of latencies and what they are called in messages.
type NamedHist struct {
	*Hist
	Name string
}

// FromDue is the shortest of a slice's latencies that count from when a prompt was due: TTFT where
// there is one. Records older than the thresholds of read lag are judged by the response, as they
// were.
func (v Validity) FromDue(s *Slice) NamedHist {
	if s.TTFT.Count() > 0 && (v.ReadLagMS > 0 || v.ReadLagShare > 0) {
		return NamedHist{s.TTFT, "TTFT"}
	}
	return NamedHist{s.Response, "response"}
}

// fromSent is the shortest of a slice's latencies that count from when a request was sent.
func (s *Slice) fromSent() NamedHist {
	if s.FirstContent.Count() > 0 {
		return NamedHist{s.FirstContent, "first content"}
	}
	return NamedHist{s.Service, "service"}
}

// SendLagLimit is the longest send lag p99 that is valid beside the latencies of a slice.
func (v Validity) SendLagLimit(s *Slice) time.Duration {
	return max(Duration(v.SendLagMS), time.Duration(v.SendLagShare*float64(v.FromDue(s).Quantile(0.99))))
}

// medianReadLag is the share of ReadLagMS that is valid at p50.
const medianReadLag = 0.2

// ReadTooLate says by how much the answers of a slice were read later than is valid beside their
// latencies; "" if they were not, or if the lag is not known.
func (v Validity) ReadTooLate(s *Slice) string {
	lag, beside := s.ReadLag, s.fromSent()
	for _, at := range []struct {
		name            string
		quantile, limit float64
	}{{"p50", 0.5, medianReadLag * v.ReadLagMS}, {"p99", 0.99, v.ReadLagMS}} {
		served, late := beside.Quantile(at.quantile), lag.Quantile(at.quantile)
		limit := max(Duration(at.limit), time.Duration(v.ReadLagShare*float64(served)))
		if lag.Count() > 0 && late > limit {
			return fmt.Sprintf("read lag %s is %s (the larger of %v and %.3g%% of %s %s %v): the harness read answers late",
				at.name, Over(late, limit), Duration(at.limit), 100*v.ReadLagShare, beside.Name, at.name, Digits(served))
		}
	}
	return ""
}

// Over prints a duration and the limit that it is over, to three digits, or in full where those are alike.
func Over(d, limit time.Duration) string {
	if Digits(d) != Digits(limit) {
		d, limit = Digits(d), Digits(limit)
	}
	return fmt.Sprintf("%v, over %v", d, limit)
}

// Digits rounds a duration to three digits.
func Digits(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}

// ValidityThresholds are the record's thresholds. Records written before thresholds
// were kept have none: theirs are the defaults of that time.
func (r *Record) ValidityThresholds() Validity {
	if r.Validity != nil {
		return *r.Validity
	}
	return Validity{
		SendLagMS: 5, SendLagShare: 0.1, HandedOver: 0.99, CutOff: 0.01, Generator: 0.001,
		CPU: 0.7, ClosedCPU: 0.5, GCPauseMS: 5, Files: 0.9, ClockStepMS: 50,
	}
}

// Harness is the load that measuring itself put on the machine. Nil fields are unknown.
type Harness struct {
	// CPUShare is the share of all cores that harness and mocks used while all arms ran at
	// once, drains excluded, 0…1; nil in sequential order.
	CPUShare *float64 `json:"cpu_share"`
	// OpenProcessors is on how many processors the harness ran at the end of the last open slice; 0 if there was none,
	// and in older records.
	OpenProcessors int `json:"open_processors,omitempty"`
	// Process is the harness's own, during the measured part.
	Process
	// ClockStepMS is the largest step of the wall clock against the monotonic one within a second.
	ClockStepMS *float64 `json:"clock_step_ms"`
	// Mocks is the process that hosts the mocks, from its start; nil without one.
	Mocks *Process `json:"mocks,omitempty"`
}

// Process is the load of one process: its garbage collections and its open files. Nil fields are
// unknown.
type Process struct {
	// GCPauses is how often the garbage collector stopped the process, GCPauseP99MS the
	// 99th percentile of these pauses.
	GCPauses     uint64   `json:"gc_pauses"`
	GCPauseP99MS *float64 `json:"gc_pause_p99_ms"`
	// GCStopP999MS is the length of the pause under way, at the 99.9th percentile of all
	// moments: 0 if the process was paused for less than 0.1% of the time.
	GCStopP999MS *float64 `json:"gc_stop_p999_ms"`
	// FilesPeak is the most files the process had open, sockets included, of FilesLimit.
	FilesPeak  *uint64 `json:"files_peak"`
	FilesLimit uint64  `json:"files_limit"`
}
