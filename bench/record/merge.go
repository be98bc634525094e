package record

import "math"

// Merging is associative and commutative: in whatever order parts are merged, the whole
// is the same. Every Merge adds to its receiver, takes nil for nothing, and leaves what
// is merged unchanged and unshared. The zero value is the identity, but for a Ledger,
// whose identity matches.

// Merge adds slices of the same arm and the same time, as from several generators: the
// result begins when the first one did and lasts as long as the longest. A slice without
// duration has no time of its own. Percentiles of several slices with answers
// are dropped, because they do not add up.
func (s *Slice) Merge(others ...*Slice) {
	hists := make([][]*Hist, len(s.Hists()))
	for _, other := range others {
		if other == nil {
			continue
		}
		s.mergeCounts(other)
		for i, h := range other.Hists() {
			hists[i] = append(hists[i], *h.Hist)
		}
	}
	for i, h := range s.Hists() {
		*h.Hist = mergedOrNil(append(hists[i], *h.Hist))
	}
}

// mergeCounts merges all but the histograms.
func (s *Slice) mergeCounts(other *Slice) {
	if s.DurationMS == 0 || other.DurationMS > 0 && other.StartMS < s.StartMS {
		s.StartMS = other.StartMS
	}
	s.DurationMS = max(s.DurationMS, other.DurationMS)
	switch {
	case s.Answered == 0:
		s.Percentiles = copied(other.Percentiles)
	case other.Answered > 0:
		s.Percentiles = nil
	}
	s.Due += other.Due
	s.Answered += other.Answered
	s.Failed += other.Failed
	s.NeverSent += other.NeverSent
	s.HeldBack += other.HeldBack
	s.HeldBy = mergedMaps(s.HeldBy, other.HeldBy, addCounts)
	s.CutOff += other.CutOff
	s.Generator += other.Generator
	s.InWindow += other.InWindow
	s.Good += other.Good
	s.Unjudged += other.Unjudged
	s.InFlight = max(s.InFlight, other.InFlight)
	s.HarnessCPU, s.MachineCPU = larger(s.HarnessCPU, other.HarnessCPU), larger(s.MachineCPU, other.MachineCPU)
	s.Behind, s.Overdue = max(s.Behind, other.Behind), max(s.Overdue, other.Overdue)
	s.UsageInWindow += other.UsageInWindow
	s.OutputInWindow += other.OutputInWindow
	s.Requests += other.Requests
	s.Attempts += other.Attempts
	s.Replays += other.Replays
	s.Turns.merge(other.Turns)
	s.Covered = addMS(s.Covered, other.Covered)
	s.Errors = mergedMaps(s.Errors, other.Errors, addCounts)
	s.Server = mergedMaps(s.Server, other.Server, addSums)
	s.Wire.merge(other.Wire)
	s.Credentials.merge(other.Credentials)
	s.Span.merge(other.Span)
	s.Remarks = mergedMaps(s.Remarks, other.Remarks, addCounts)
	s.Finish = mergedMaps(s.Finish, other.Finish, addCounts)
	s.RateLimits.Merge(other.RateLimits)
	s.Refused = mergedMaps(s.Refused, other.Refused, addCounts)
	s.Regions.Merge(other.Regions)
	s.UnavailableMS = smaller(s.UnavailableMS, other.UnavailableMS)
	s.Usage = mergedParts(s.Usage, other.Usage)
	s.RetriesRefused = addedOrNil(s.RetriesRefused, other.RetriesRefused)
	s.Allowed = mergedParts(s.Allowed, other.Allowed)
	s.Outages = mergedParts(s.Outages, other.Outages)
	s.Batches = mergedParts(s.Batches, other.Batches)
	s.Conversations = mergedParts(s.Conversations, other.Conversations)
	s.Caches = mergedParts(s.Caches, other.Caches)
	s.Parts = mergedParts(s.Parts, other.Parts)
}

// mergedParts merges the same part of two slices into a new one; nil if both are nil.
func mergedParts[T any, P interface {
	*T
	Merge(other P)
}](a, b P) P {
	if a == nil && b == nil {
		return nil
	}
	all := P(new(T))
	all.Merge(a)
	all.Merge(b)
	return all
}

// Merge adds the totals of the same arm at other times, or by another generator.
func (t *Totals) Merge(other *Totals) {
	if other == nil {
		return
	}
	t.Attempts += other.Attempts
	t.Connections += other.Connections
	t.Opening.DNS.merge(other.Opening.DNS)
	t.Opening.Connect.merge(other.Opening.Connect)
	t.Opening.TLS.merge(other.Opening.TLS)
	t.PeakStreams = max(t.PeakStreams, other.PeakStreams)
	t.Pushes += other.Pushes
	t.TokenRequests += other.TokenRequests
	t.Tokens.Add(other.Tokens)
	t.Answered += other.Answered
	t.Unsettled += other.Unsettled
	t.Unreported.Add(other.Unreported)
	t.Wire.merge(other.Wire)
	t.ClientAuth.Count += other.ClientAuth.Count
	t.ClientAuth.TotalMS = addMS(t.ClientAuth.TotalMS, other.ClientAuth.TotalMS)
	t.ClientAuth.LifeMS = max(t.ClientAuth.LifeMS, other.ClientAuth.LifeMS)
	t.ClientAuth.PerRequest = t.ClientAuth.PerRequest || other.ClientAuth.PerRequest
	t.Limits = mergedMaps(t.Limits, other.Limits, addCounts)
	t.WrongProtocol += other.WrongProtocol
}

// Add adds other tokens.
func (t *Tokens) Add(other Tokens) {
	t.Input += other.Input
	t.Output += other.Output
	t.CacheRead += other.CacheRead
	t.CacheWrite += other.CacheWrite
}

func (w *Wire) merge(other Wire) {
	w.Sent.merge(other.Sent)
	w.Received.merge(other.Received)
	w.Requests += other.Requests
}

func (b *Bytes) merge(other Bytes) {
	b.WireBytes += other.WireBytes
	b.PlainBytes += other.PlainBytes
	b.HeaderBytes += other.HeaderBytes
	b.BodyBytes += other.BodyBytes
}

// Merge adds the ledger of another mock of the same arm. All match where each does.
func (l *Ledger) Merge(other *Ledger) {
	if other == nil {
		return
	}
	l.Matches = l.Matches && other.Matches
	l.Unread = max(l.Unread, other.Unread) // one of the reasons, whatever the order
	l.Attempts += other.Attempts
	l.Absent += other.Absent
	l.Unanswered += other.Unanswered
	l.Prompts += other.Prompts
	l.Statuses = mergedMaps(l.Statuses, other.Statuses, addCounts)
	l.Faults = mergedMaps(l.Faults, other.Faults, addCounts)
	l.Tokens.Add(other.Tokens)
	l.TokenRequests += other.TokenRequests
	l.Pushes.merge(other.Pushes)
	l.Callbacks = mergedParts(l.Callbacks, other.Callbacks)
	l.EdgeHits += other.EdgeHits
	l.Served = mergedOrNil([]*Hist{l.Served, other.Served})
	l.Regions.Merge(other.Regions)
}

// Pushes counts the resources that a mock wanted to push: they were sent, or the client had switched
// pushes off (SETTINGS_ENABLE_PUSH), or HTTP/1.1 has none, or they failed otherwise.
type Pushes struct {
	Wanted      uint64 `json:"wanted"`
	Sent        uint64 `json:"sent"`
	SwitchedOff uint64 `json:"switched_off"`
	NoProtocol  uint64 `json:"no_protocol"`
	Failed      uint64 `json:"failed"`
}

func (p *Pushes) merge(other Pushes) {
	p.Wanted += other.Wanted
	p.Sent += other.Sent
	p.SwitchedOff += other.SwitchedOff
	p.NoProtocol += other.NoProtocol
	p.Failed += other.Failed
}

// Merge adds another process: the sum of their pauses, the worse of each statistic of
// pauses, and the files of the process that came closer to its limit.
func (p *Process) Merge(other *Process) {
	if other == nil {
		return
	}
	p.GCPauses += other.GCPauses
	p.GCPauseP99MS = larger(p.GCPauseP99MS, other.GCPauseP99MS)
	p.GCStopP999MS = larger(p.GCStopP999MS, other.GCStopP999MS)
	if other.fullerThan(p) {
		p.FilesPeak, p.FilesLimit = copied(other.FilesPeak), other.FilesLimit
	}
}

// fullerThan reports whether p used more of its limit of open files.
func (p *Process) fullerThan(other *Process) bool {
	if p.FilesPeak == nil || other.FilesPeak == nil {
		return p.FilesPeak != nil || other.FilesPeak == nil && p.FilesLimit > other.FilesLimit
	}
	// As products, which unlike shares are defined where a limit is 0.
	mine, theirs := float64(*p.FilesPeak)*float64(other.FilesLimit), float64(*other.FilesPeak)*float64(p.FilesLimit)
	if mine != theirs {
		return mine > theirs
	}
	return *p.FilesPeak > *other.FilesPeak || *p.FilesPeak == *other.FilesPeak && p.FilesLimit > other.FilesLimit
}

// Merge adds another generator of the same run: the worse of each figure.
func (h *Harness) Merge(other *Harness) {
	if other == nil {
		return
	}
	h.CPUShare = larger(h.CPUShare, other.CPUShare)
	h.OpenProcessors = max(h.OpenProcessors, other.OpenProcessors)
	h.Process.Merge(&other.Process)
	h.ClockStepMS = larger(h.ClockStepMS, other.ClockStepMS)
	if other.Mocks != nil {
		mocks := &Process{}
		mocks.Merge(h.Mocks)
		mocks.Merge(other.Mocks)
		h.Mocks = mocks
	}
}

// larger is the larger of two numbers; nil is unknown.
func larger(a, b *float64) *float64 {
	if a == nil || b != nil && *b > *a {
		return copied(b)
	}
	return a
}

// addedOrNil is the sum of two counts; nil if neither is known.
func addedOrNil(a, b *uint64) *uint64 {
	switch {
	case a == nil:
		return copied(b)
	case b == nil:
		return copied(a)
	}
	return new(*a + *b)
}

// smaller is the smaller of two numbers; nil is unknown.
func smaller(a, b *float64) *float64 {
	if a == nil || b != nil && *b < *a {
		return copied(b)
	}
	return a
}

func copied[T any](v *T) *T {
	if v == nil {
		return nil
	}
	return new(*v)
}

// mergedMaps is a new map of both, with the values under one key added; nil if both are.
func mergedMaps[V any](a, b map[string]V, add func(V, V) V) map[string]V {
	if a == nil && b == nil {
		return nil
	}
	all := make(map[string]V, len(a))
	for _, m := range []map[string]V{a, b} {
		for key, v := range m {
			all[key] = add(all[key], v)
		}
	}
	return all
}

func addCounts(a, b uint64) uint64 { return a + b }

func addSums(a, b Sum) Sum {
	a.merge(b)
	return a
}

// addMS adds times in ms, exact to the nanosecond up to 100 days, or other numbers to the
// millionth.
func addMS(a, b float64) float64 {
	const perMS = 1e6
	return (math.RoundToEven(a*perMS) + math.RoundToEven(b*perMS)) / perMS // an instruction each, unlike math.Round
}
