package record

// Slice is one arm under one kind of load in one block. Prompts are counted by
// the moment they were due: Due = Answered + Failed + NeverSent. A slim record has no histograms.
type Slice struct {
	// StartMS is when it began, after the run started.
	StartMS    float64 `json:"start_ms"`
	DurationMS float64 `json:"duration_ms"`
	Due        uint64  `json:"due"`
	Answered   uint64  `json:"answered"`
	Failed     uint64  `json:"failed"`
	NeverSent  uint64  `json:"never_sent"`
	// InWindow is prompts answered whose last byte fell inside the duration: TPS is InWindow over it.
	InWindow uint64 `json:"in_window"`
	// UsageInWindow is how many of the InWindow prompts reported their usage, and
	// OutputInWindow the output tokens billed for these. Older records have neither.
	UsageInWindow  uint64 `json:"usage_in_window,omitempty"`
	OutputInWindow uint64 `json:"output_tokens_in_window,omitempty"`
	Requests       uint64 `json:"requests"`
	Attempts       uint64 `json:"attempts"`
	// Errors is failed requests by class; a half-failed batch is one.
	Errors map[string]uint64 `json:"errors,omitempty"`
	// Response is last byte − due, per answered prompt.
	Response *Hist `json:"response,omitempty"`
	// Points are Response's, where a slim record left its histograms out.
	Points *Points `json:"points,omitempty"`
	// Service is last byte − sent of the last attempt, per answered request.
	Service *Hist `json:"service,omitempty"`
	// FirstByte is first byte of the answer − sent of the last attempt, per answered request.
	FirstByte *Hist `json:"first_byte,omitempty"`
	// TTFT is first content − due, per answered prompt whose answer was a stream with
	// content; it and what follows are nil where there was none.
	TTFT *Hist `json:"ttft,omitempty"`
	// FirstContent is first content − sent of the last attempt.
	FirstContent *Hist `json:"first_content,omitempty"`
	// ChunkGap is between pieces of content, of which each may hold several tokens.
	ChunkGap *Hist `json:"chunk_gap,omitempty"`
	// TPOT is (last content − first) / (output tokens − 1), per prompt of several
	// tokens in several pieces.
	TPOT *Hist `json:"tpot,omitempty"`
	// FailedAfter is the failure − due, per failed prompt.
	FailedAfter *Hist `json:"failed_after,omitempty"`
	// SlotWait is the wait for an in-flight slot, all attempts, per request.
	SlotWait *Hist `json:"slot_wait,omitempty"`
	// SendLag is how late the attacker picked a request up, per request.
	SendLag *Hist `json:"send_lag,omitempty"`
	// Fill is how long a prompt waited for its batch to form, per prompt.
	Fill *Hist `json:"fill,omitempty"`
	// Parts are where the response latencies of the answered prompts went; nil in
	// records older than it.
	Parts *Parts `json:"parts,omitempty"`
	// LatencyError is service latency − what the server reports as total, per attempt that reports.
	LatencyError *Hist `json:"latency_error,omitempty"`
	// Server is the time the server reports by Server-Timing, summed per entry.
	Server map[string]Sum `json:"server,omitempty"`
}

// SliceHist is one of a slice's histograms, named as in the record.
type SliceHist struct {
	Name string
	Hist **Hist // where the slice holds it
	// Streamed marks a histogram of event streams; it is nil where no answer was one.
	Streamed bool
}

// Hists are the slice's histograms in the order of its fields.
func (s *Slice) Hists() []SliceHist {
	return []SliceHist{
		{"response", &s.Response, false},
		{"service", &s.Service, false},
		{"first_byte", &s.FirstByte, false},
		{"ttft", &s.TTFT, true},
		{"first_content", &s.FirstContent, true},
		{"chunk_gap", &s.ChunkGap, true},
		{"tpot", &s.TPOT, true},
		{"failed_after", &s.FailedAfter, false},
		{"slot_wait", &s.SlotWait, false},
		{"send_lag", &s.SendLag, false},
		{"fill", &s.Fill, false},
		{"latency_error", &s.LatencyError, false},
	}
}

// NewSlice returns an empty slice that can count. Its histograms of event streams are
// nil until AddStreamHists.
func NewSlice(startMS, durationMS float64) *Slice {
	s := &Slice{StartMS: startMS, DurationMS: durationMS, Errors: map[string]uint64{}, Server: map[string]Sum{}, Parts: &Parts{}}
	s.addHists(false)
	return s
}

// AddStreamHists adds empty histograms of event streams, unless there are some.
func (s *Slice) AddStreamHists() {
	if s.TTFT == nil {
		s.addHists(true)
	}
}

func (s *Slice) addHists(streamed bool) {
	for _, h := range s.Hists() {
		if h.Streamed == streamed {
			*h.Hist = NewHist()
		}
	}
}
