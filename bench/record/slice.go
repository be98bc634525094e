package record

import (
	"fmt"
	"math"
	"time"

	"weighbridge/bench/record/byregion"
	"weighbridge/bench/record/ratelimit"
)

// Slice is one arm under one kind of load in one block. Prompts are counted by when they
// were due: Due = Answered + Failed + NeverSent. A slim record has no histograms.
type Slice struct {
	// StartMS is when the slice began, in ms after the start of the run.
	StartMS    float64 `json:"start_ms"`
	DurationMS float64 `json:"duration_ms"`
	Due        uint64  `json:"due"`
	Answered   uint64  `json:"answered"`
	Failed     uint64  `json:"failed"`
	NeverSent  uint64  `json:"never_sent"`
	// CutOff is how many of the Failed prompts were still open when the drain ended, and
	// Generator how many the harness could not send for lack of a file, port or connection.
	CutOff    uint64 `json:"cut_off,omitempty"`
	Generator uint64 `json:"generator,omitempty"`
	// InWindow is the number of prompts whose answer ended within the slice's duration: TPS
	// is InWindow over the duration.
	InWindow uint64 `json:"in_window"`
	// Good is the number of Answered prompts that met every objective of the arm, and Unjudged the number
	// of which that is not known; 0 without objectives.
	Good     uint64 `json:"good,omitempty"`
	Unjudged uint64 `json:"unjudged,omitempty"`
	// InFlight is the most requests that had a connection at once in a closed slice, its lead-in
	// included. HarnessCPU and MachineCPU are the shares of all cores that the harness itself, and
	// everything on its machine, used in the slice's duration, 0…1; nil if the system does not
	// tell. Open slices and older records have none of the three.
	InFlight   uint64   `json:"in_flight,omitempty"`
	HarnessCPU *float64 `json:"harness_cpu_share,omitempty"`
	MachineCPU *float64 `json:"machine_cpu_share,omitempty"`
	// Behind says that the server fell behind in an open slice: by what share of the time that
	// passed its answers came later and later. 0 if it kept up, or if that is not known.
	Behind float64 `json:"behind_share,omitempty"`
	// Overdue is the share of an open slice's prompts that timed out, if answers came after its end
	// too: the server then fell behind, whether or not the latencies show it. 0 otherwise.
	Overdue float64 `json:"overdue_share,omitempty"`
	// UsageInWindow is how many of the InWindow prompts reported their usage, and
	// OutputInWindow the output tokens billed for these. Older records have neither.
	UsageInWindow  uint64 `json:"usage_in_window,omitempty"`
	OutputInWindow uint64 `json:"output_tokens_in_window,omitempty"`
	Requests       uint64 `json:"requests"`
	Attempts       uint64 `json:"attempts"`
	// Replays is how many of the Attempts sent a request again because the server had not
	// processed it (RFC 9113 §8.7).
	Replays uint64 `json:"replays,omitempty"`
	// Turns is the turns of a closed slice's workers, each a request and the think time after
	// it, from the lead-in on. Covered is the prompts answered in them, each counted by the
	// share of its turn within the slice's duration: InWindow without the effect of the
	// slice's edges. Older records have neither.
	Turns   Sum     `json:"turns,omitzero"`
	Covered float64 `json:"covered,omitempty"`
	// Conversations is what became of the conversations whose turns are the prompts; nil if prompts are
	// no turns.
	Conversations *Conversations `json:"conversations,omitempty"`
	// Errors is the failed requests by class; a request of several prompts that failed in part is one
	// of them. In a batch slice it is the failed prompts.
	Errors map[string]uint64 `json:"errors,omitempty"`
	// Response is last byte − due, per answered prompt.
	Response *Hist `json:"response,omitempty"`
	// Percentiles is Response's, in a slim record.
	Percentiles *Percentiles `json:"points,omitempty"`
	// Service is last byte − sent, of the last attempt, per answered request.
	Service *Hist `json:"service,omitempty"`
	// FirstByte is first byte of the answer − sent, of the last attempt, per answered request.
	FirstByte *Hist `json:"first_byte,omitempty"`
	// TTFT is first content − due, per answered prompt whose answer was an event stream with
	// content. It and the next four are nil if there was no such answer.
	TTFT *Hist `json:"ttft,omitempty"`
	// TTFO is first output − due, per such prompt whose answer has output that is not
	// reasoning. Older records lack it.
	TTFO *Hist `json:"ttfo,omitempty"`
	// FirstContent is first content − sent, of the last attempt.
	FirstContent *Hist `json:"first_content,omitempty"`
	// ChunkGap is the time between chunks of content, each of which may hold several tokens.
	ChunkGap *Hist `json:"chunk_gap,omitempty"`
	// TPOT is (last content − first content) / the output tokens that came after the first
	// chunk of content, per prompt whose answer came in several chunks and tells how many
	// tokens. Older records divide by all output tokens but one.
	TPOT *Hist `json:"tpot,omitempty"`
	// Span is the sum of the times that TPOT divides by numbers of tokens.
	Span Span `json:"span,omitzero"`
	// Remarks counts what is unusual about answered prompts, by target.Remark.
	Remarks map[string]uint64 `json:"remarks,omitempty"`
	// Finish counts the answered prompts by the reason why the answer ended, as the server gives
	// it; nil if none was given, and in older records.
	Finish map[string]uint64 `json:"finish,omitempty"`
	// Usage is what answered requests report of their tokens; nil in older records.
	Usage *Usage `json:"usage,omitempty"`
	// FailedAfter is failure − due, per failed prompt that the harness did not end itself.
	FailedAfter *Hist `json:"failed_after,omitempty"`
	// SlotWait is the wait for an in-flight slot, of all attempts, per request that the
	// harness did not end itself.
	SlotWait *Hist `json:"slot_wait,omitempty"`
	// LimitWait is how long rate limits held attempts back (load.respect_limits), of all attempts, per
	// request that the harness did not end itself; nil if it kept to none, and in older records.
	LimitWait *Hist `json:"limit_wait,omitempty"`
	// HeldBy counts the requests of LimitWait that were held back, by the limit, and HeldBack those
	// of the NeverSent prompts that were until the end.
	HeldBy   map[string]uint64 `json:"held_by,omitempty"`
	HeldBack uint64            `json:"held_back,omitempty"`
	// SendLag is how late the generator picked a request up, per request, or what the client's cache
	// answered in its place.
	SendLag *Hist `json:"send_lag,omitempty"`
	// ReadLag is how late the harness had read an answer after the kernel had received it, per
	// answered request of which the kernel told; nil if it told of none. Older records lack it.
	ReadLag *Hist `json:"read_lag,omitempty"`
	// FromClient is the Response of the prompts that the client's own cache answered, FromEdge of those
	// that a cache on the way did, and FromServer that of the others; nil if no cache tells, and in
	// older records.
	FromClient *Hist `json:"from_client,omitempty"`
	FromEdge   *Hist `json:"from_edge,omitempty"`
	FromServer *Hist `json:"from_server,omitempty"`
	// Caches counts the answered prompts by the cache that answered them; nil if no cache tells.
	Caches *Caches `json:"caches,omitempty"`
	// Fill is the wait for the batch to form, per prompt.
	Fill *Hist `json:"fill,omitempty"`
	// Parts splits the response latencies of the answered prompts; nil in older records.
	Parts *Parts `json:"parts,omitempty"`
	// LatencyError is service latency − the total that the server reports, per attempt whose
	// server reports no more than passed. Overstated is the rest: by how much the server
	// reports more; nil if none does.
	LatencyError *Hist `json:"latency_error,omitempty"`
	Overstated   *Hist `json:"overstated,omitempty"`
	// Wire is the bytes sent and received while the slice's answers came, with the number of those.
	// Of open slices that follow each other without a pause, what was in flight between two counts
	// for either. Older records lack it, and Credentials.
	Wire Wire `json:"wire,omitzero"`
	// Credentials is what the client spent on credentials in the same time.
	Credentials Credentials `json:"credentials,omitzero"`
	// Server is the time that the server reports by Server-Timing, per entry.
	Server map[string]Sum `json:"server,omitempty"`
	// RateLimits is what answers told of the server's rate limits; nil if none did, and in
	// older records.
	RateLimits ratelimit.Limits `json:"rate_limits,omitempty"`
	// Refused counts the answers with status 429 by the rate limit that refused them, as far as they
	// tell, or else as ratelimit.Unknown; nil if there were none, and in older records.
	Refused map[string]uint64 `json:"refused,omitempty"`
	// RetriesRefused is how many of the Requests were not tried again because the budget of retries was
	// used up (client.retry.budget); nil if retries had none, and in older records.
	RetriesRefused *uint64 `json:"retries_refused,omitempty"`
	// Allowed is how many requests the adaptive limit allowed at once (client.concurrency); nil if the
	// limit was fixed, and in older records.
	Allowed *Allowed `json:"allowed,omitempty"`
	// Outages are the times that began in an open slice in which the server answered nothing; nil if
	// there was none, and in older records.
	Outages *Outages `json:"outages,omitempty"`
	// Regions tells the regions apart that attempts went to; nil without regions.
	Regions byregion.Regions `json:"regions,omitempty"`
	// UnavailableMS is for how long every prompt that was due failed, in an open slice, of prompts that
	// the harness did not end itself, in steps of 100 ms; nil in other slices and in older
	// records. Of several generators it is an upper bound.
	UnavailableMS *float64 `json:"unavailable_ms,omitempty"`
	// Batches is what became of the batches of a batch slice; else nil. In such a slice, Requests submit
	// batches, poll them and fetch results.
	Batches *Batches `json:"batches,omitempty"`
}

// AddCovered adds to Covered, exact to the millionth of a prompt.
func (s *Slice) AddCovered(prompts float64) { s.Covered = addMS(s.Covered, prompts) }

// AddLimitWait adds how long a request was held back by the rate limit named.
func (s *Slice) AddLimitWait(d time.Duration, by string) {
	if s.LimitWait == nil {
		s.LimitWait = NewHist()
	}
	s.LimitWait.Record(d)
	if by != "" {
		s.HeldBy = mergedMaps(s.HeldBy, map[string]uint64{by: 1}, addCounts)
	}
}

// AddReadLag adds how late an answer had been read.
func (s *Slice) AddReadLag(d time.Duration) {
	if s.ReadLag == nil {
		s.ReadLag = NewHist()
	}
	s.ReadLag.Record(d)
}

// AddLatencyError adds the service latency of an attempt − the total that its server reports.
func (s *Slice) AddLatencyError(d time.Duration) {
	if d >= 0 {
		s.LatencyError.Record(d)
		return
	}
	if s.Overstated == nil {
		s.Overstated = NewHist()
	}
	s.Overstated.Record(-d)
}

// LatencyErrorQuantile is a quantile of service latency − the total that the server reports,
// negative if that is more than passed; 0 if no attempt has such a report.
func (s *Slice) LatencyErrorQuantile(q float64) time.Duration {
	negative, positive := float64(s.Overstated.Count()), float64(s.LatencyError.Count())
	if negative == 0 {
		return s.LatencyError.Quantile(q)
	}
	rank := max(math.Ceil(q*(negative+positive)), 1)
	if rank <= negative {
		return -s.Overstated.Quantile((negative - rank + 1) / negative)
	}
	return s.LatencyError.Quantile((rank - negative) / positive)
}

// Charged returns the two numbers of an error rate: prompts that failed, and prompts due. Prompts that the
// harness ended itself count in neither.
func (s *Slice) Charged() (failed, due uint64) {
	own := s.CutOff + s.Generator
	return s.Failed - own, s.Due - own
}

// Pack halves the memory of the histograms of a slice that is complete.
func (s *Slice) Pack() {
	for _, h := range s.Hists() {
		(*h.Hist).pack()
	}
	s.Conversations.pack()
}

// NewSlice returns an empty slice that can count. Its histograms of event streams are
// nil until AddStreamHists.
func NewSlice(startMS, durationMS float64) *Slice {
	s := &Slice{StartMS: startMS, DurationMS: durationMS, Errors: map[string]uint64{}, Server: map[string]Sum{}, Parts: &Parts{}}
	s.addHists(false)
	return s
}

// Main is the slice of a block from which the arm's prompts, errors and latencies are
// taken: the open one if the arm has open load, else the closed one, or that of a batch. It is nil if the block
// ended before that slice began.
func (a *Arm) Main(b *Block) *Slice {
	for i := range a.Blocks {
		if a.Blocks[i].Open != nil {
			return b.Open
		}
	}
	if b.Batch != nil { // an arm's only load
		return b.Batch
	}
	return b.Closed
}

// Usage is what answered requests report of their tokens.
type Usage struct {
	// Answers is the number of answered requests.
	Answers uint64 `json:"answers"`
	// Input is their input tokens, Cached the part of Input that was read from the provider's prompt
	// cache, and Reasoning the part of their output tokens that was spent on reasoning.
	Input     Reported `json:"input,omitzero"`
	Cached    Reported `json:"cached,omitzero"`
	Reasoning Reported `json:"reasoning,omitzero"`
	// Asked is the tokens that the prompts of the answers with Input were made of (prompts.tokens),
	// if that is known.
	Asked Reported `json:"asked,omitzero"`
}

// Calibration is how many tokens an arm's server counted in texts (prompts.tokenizer: calibrated):
// Beside, and so many for each word or for each character.
type Calibration struct {
	// Answers is the number of answers that it rests on.
	Answers uint64 `json:"answers"`
	// PerWord or PerCharacter is set, or Why, which says why the tokens of prompts are not known.
	PerWord      float64 `json:"tokens_per_word,omitempty"`
	PerCharacter float64 `json:"tokens_per_character,omitempty"`
	Why          string  `json:"why,omitempty"`
	// Beside is the tokens of a request beside its text.
	Beside float64 `json:"tokens_beside,omitempty"`
	// Error is the largest share by which the tokens of a text differed from what the other answers
	// let expect.
	Error float64 `json:"largest_error_share,omitempty"`
}

// Reported is a sum of tokens, and the number of answers that report it.
type Reported struct {
	Answers uint64 `json:"answers"`
	Tokens  uint64 `json:"tokens"`
}

// Add adds what one answer reports; nil is nothing.
func (r *Reported) Add(tokens *uint64) {
	if tokens != nil {
		r.merge(Reported{1, *tokens})
	}
}

func (r *Reported) merge(other Reported) {
	r.Answers += other.Answers
	r.Tokens += other.Tokens
}

// Merge adds what other answers report; nil adds nothing.
func (u *Usage) Merge(other *Usage) {
	if other == nil {
		return
	}
	u.Answers += other.Answers
	u.Input.merge(other.Input)
	u.Cached.merge(other.Cached)
	u.Reasoning.merge(other.Reasoning)
	u.Asked.merge(other.Asked)
}

// check finds counts that do not add up.
func (s *Slice) check() error {
	if s.Good > s.Answered {
		return fmt.Errorf("%d prompts were good, but only %d were answered", s.Good, s.Answered)
	}
	if s.HeldBack > s.NeverSent {
		return fmt.Errorf("%d prompts were held back, but only %d never sent", s.HeldBack, s.NeverSent)
	}
	return checkPrompts(s.Due, s.Answered, s.Failed, s.NeverSent, s.CutOff, s.Generator)
}

// checkPrompts finds counts that do not add up. Sums of counts over maxCount might overflow, and
// then add up by accident.
func checkPrompts(due, answered, failed, neverSent, cutOff, generator uint64) error {
	if most := max(due, answered, failed, neverSent, cutOff, generator); most > maxCount {
		return fmt.Errorf("%d prompts are more than any run has", most)
	}
	if cutOff+generator > failed {
		return fmt.Errorf("%d prompts failed, but %d were cut off and %d were the generator's", failed, cutOff, generator)
	}
	if due != answered+failed+neverSent {
		return fmt.Errorf("%d prompts were due, but %d answered + %d failed + %d never sent", due, answered, failed, neverSent)
	}
	return nil
}

// Credentials is what a client spent on credentials in some time: Count of them were fetched or
// signed, in TotalMS altogether, with so many token requests, failed ones included.
type Credentials struct {
	Count    uint64  `json:"count"`
	TotalMS  float64 `json:"total_ms"`
	Requests uint64  `json:"requests"`
}

func (c *Credentials) merge(other Credentials) {
	c.Count += other.Count
	c.TotalMS = addMS(c.TotalMS, other.TotalMS)
	c.Requests += other.Requests
}
