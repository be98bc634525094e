package record

import (
	"math"
	"time"
)

// Parts split the response latencies of a slice's answered prompts. Each part is summed
// over the prompts that had any of it. The parts do not overlap, and together are the sum
// of the response latencies. A part of a request counts once for each of its prompts. A
// sum of 0 is not written.
type Parts struct {
	// Fill is from the moment a prompt was due until its batch was complete.
	Fill Sum `json:"fill,omitzero"`
	// SendLag is from then until the attacker picked the request up.
	SendLag Sum `json:"send_lag,omitzero"`
	// CacheWait is the wait for the answer to an equal request (client.cache.single_flight).
	CacheWait Sum `json:"cache_wait,omitzero"`
	// LimitWait is the time for which rate limits held the attempts back, of all attempts.
	LimitWait Sum `json:"limit_wait,omitzero"`
	// SlotWait is the wait for an in-flight slot, of all attempts.
	SlotWait Sum `json:"slot_wait,omitzero"`
	// Auth is the wait for a credential to be fetched or signed, of all attempts.
	Auth Sum `json:"auth,omitzero"`
	// Earlier is the attempts before the last, each from when it was sent to its end.
	Earlier Sum `json:"earlier,omitzero"`
	// Between is the waits between attempts.
	Between Sum `json:"between,omitzero"`
	// Connect is from when the last attempt was sent until it had a connection, dialled or
	// waited for. This part and those below are of the last attempt.
	Connect Sum `json:"connect,omitzero"`
	// Sending is from then until the request was written.
	Sending Sum `json:"sending,omitzero"`
	// Waiting is from then until the first byte of the answer.
	Waiting Sum `json:"waiting,omitzero"`
	// Body is from then until the last byte.
	Body Sum `json:"body,omitzero"`
	// Remainder is the rest of the response latency: the generator's own work of handing
	// the request over and building it.
	Remainder Sum `json:"remainder,omitzero"`

	// Server is the time that the server reports for the last attempt by Server-Timing, by
	// entry, per answered prompt. It is not a part: it lies within Waiting and Body.
	Server map[string]Sum `json:"server,omitempty"`
}

// Part is one part of the response latency, named as in the record.
type Part struct {
	Name string
	*Sum
}

// All returns the parts in the order in which a prompt goes through them, the remainder last.
func (p *Parts) All() []Part {
	return []Part{
		{"fill", &p.Fill},
		{"send_lag", &p.SendLag},
		{"cache_wait", &p.CacheWait},
		{"limit_wait", &p.LimitWait},
		{"slot_wait", &p.SlotWait},
		{"auth", &p.Auth},
		{"earlier", &p.Earlier},
		{"between", &p.Between},
		{"connect", &p.Connect},
		{"sending", &p.Sending},
		{"waiting", &p.Waiting},
		{"body", &p.Body},
		{"remainder", &p.Remainder},
	}
}

// Merge adds another slice's parts; nil adds nothing.
func (p *Parts) Merge(other *Parts) {
	if other == nil {
		return
	}
	theirs := other.All()
	for i, part := range p.All() {
		part.merge(*theirs[i].Sum)
	}
	p.Server = mergedMaps(p.Server, other.Server, addSums)
}

// AddServer adds the duration that a server reported under a name, for one prompt.
func (p *Parts) AddServer(name string, d time.Duration) { p.AddServerAll(name, 1, d) }

// AddServerAll adds durations that a server reported under a name, of which the total is known.
func (p *Parts) AddServerAll(name string, count uint64, total time.Duration) {
	if p.Server == nil {
		p.Server = map[string]Sum{}
	}
	AddServerAll(p.Server, name, count, total)
}

// MostServerNames is how many names of durations are told apart. The server chooses the names, and
// might choose a new one for every answer: further names are counted as "other".
const MostServerNames = 32

// AddServerAll adds durations that a server reported under a name, of which the total is known, to
// sums, which is not nil.
func AddServerAll(sums map[string]Sum, name string, count uint64, total time.Duration) {
	sum, known := sums[name]
	if !known && len(sums) >= MostServerNames {
		name = "other"
		sum = sums[name]
	}
	sum.AddAll(count, total)
	sums[name] = sum
}

// Milliseconds converts to the unit of every latency that is recorded or printed.
func Milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Duration converts milliseconds to a duration, rounded to the nanosecond.
func Duration(ms float64) time.Duration {
	return time.Duration(math.Round(ms * float64(time.Millisecond)))
}

// Sum is a total, in ms, and the number of durations in it.
type Sum struct {
	Count   uint64  `json:"count"`
	TotalMS float64 `json:"total_ms"`
}

// Add adds one duration. The total stays exact to the nanosecond up to 100 days, however
// many are added, and is written with few digits.
func (s *Sum) Add(d time.Duration) {
	s.AddAll(1, d)
}

// AddAll adds durations of which the total is known.
func (s *Sum) AddAll(count uint64, total time.Duration) {
	const perMS = float64(time.Millisecond)
	s.Count += count
	s.TotalMS = (math.RoundToEven(s.TotalMS*perMS) + float64(total)) / perMS // as addMS does
}

func (s *Sum) merge(other Sum) {
	s.Count += other.Count
	s.TotalMS = addMS(s.TotalMS, other.TotalMS)
}

// Caches is the answered prompts of a slice by the cache that answered them, and what that saved.
type Caches struct {
	// Client is the prompts that the client's own cache answered (client.cache), for which no request was
	// sent, and Waited how many of them waited for the answer to an equal request.
	Client uint64 `json:"client,omitempty"`
	Waited uint64 `json:"waited,omitempty"`
	// Edge counts the prompts that a cache between client and server answered, as the header of the answer
	// says, and Server the prompts that went past a cache to the server.
	Edge   uint64 `json:"edge,omitempty"`
	Server uint64 `json:"server,omitempty"`
	// Current is the answered prompts whose answer had the server's current content, Stale those whose
	// answer had an older one. Of all others that is not known.
	Current uint64 `json:"current,omitempty"`
	Stale   uint64 `json:"stale,omitempty"`
	// ClientSaved and EdgeSaved are the tokens of the answers that caches gave, as these report them.
	ClientSaved Tokens `json:"client_saved,omitzero"`
	EdgeSaved   Tokens `json:"edge_saved,omitzero"`
}

// Merge adds the caches of another slice; nil has none.
func (c *Caches) Merge(other *Caches) {
	if other == nil {
		return
	}
	c.Client += other.Client
	c.Waited += other.Waited
	c.Edge += other.Edge
	c.Server += other.Server
	c.Current += other.Current
	c.Stale += other.Stale
	c.ClientSaved.Add(other.ClientSaved)
	c.EdgeSaved.Add(other.EdgeSaved)
}

// Conversations is what became of the conversations of a slice: Started = Finished + Failed + Silent +
// Open, over all slices of an attack. Those of a closed slice's lead-in count too.
type Conversations struct {
	Started uint64 `json:"started"`
	// Finished counts the conversations whose last turn was answered.
	Finished uint64 `json:"finished"`
	// Failed counts the conversations that ended with a turn that failed, and Silent those that ended with
	// an answer without text, after which there was nothing to go on from.
	Failed uint64 `json:"failed"`
	Silent uint64 `json:"silent,omitempty"`
	// Open counts the conversations under way when the slice ended.
	Open uint64 `json:"open"`
	// UnsentAfterFailure counts the turns that were never due because their conversation had failed or
	// fallen silent, and UnsentAtEnd the turns that were not due yet when the slice ended.
	UnsentAfterFailure uint64 `json:"unsent_after_failure"`
	UnsentAtEnd        uint64 `json:"unsent_at_end"`
	// Turns are the latencies of the answered turns, the first of each conversation first. The
	// last of MostTurns holds all that come after it too. A slim record has none.
	Turns []Turn `json:"turns,omitempty"`
}

// MostTurns is how many turns of a conversation are told apart.
const MostTurns = 20

// Turn is the latencies of one turn of each conversation.
type Turn struct {
	// Response is last byte − due, TTFT first content − due, which only a stream has.
	Response *Hist `json:"response,omitempty"`
	TTFT     *Hist `json:"ttft,omitempty"`
}

// Turn returns the latencies of the n-th turn, from 1, which can record.
func (c *Conversations) Turn(n int) *Turn {
	n = min(n, MostTurns)
	for len(c.Turns) < n {
		c.Turns = append(c.Turns, Turn{NewHist(), NewHist()})
	}
	return &c.Turns[n-1]
}

// pack halves the memory of complete latencies.
func (c *Conversations) pack() {
	if c == nil {
		return
	}
	for _, turn := range c.Turns {
		turn.Response.pack()
		turn.TTFT.pack()
	}
}

// Merge adds the conversations of another slice; nil has none.
func (c *Conversations) Merge(other *Conversations) {
	if other == nil {
		return
	}
	c.Started += other.Started
	c.Finished += other.Finished
	c.Failed += other.Failed
	c.Silent += other.Silent
	c.Open += other.Open
	c.UnsentAfterFailure += other.UnsentAfterFailure
	c.UnsentAtEnd += other.UnsentAtEnd
	merged := make([]Turn, max(len(c.Turns), len(other.Turns)))
	for i := range merged {
		a, b := c.turn(i), other.turn(i)
		merged[i] = Turn{mergedOrNil([]*Hist{a.Response, b.Response}), mergedOrNil([]*Hist{a.TTFT, b.TTFT})}
	}
	c.Turns = nil
	if len(merged) > 0 {
		c.Turns = merged
	}
}

// turn returns the latencies of a turn, counted from 0; none of one that there is not.
func (c *Conversations) turn(i int) Turn {
	if i >= len(c.Turns) {
		return Turn{}
	}
	return c.Turns[i]
}

// Outages are times in which a server answered no attempt. One begins at the end of the first of at least
// ten failed attempts in a row (429, 408, 500 and above, or no answer), ends at the end of the next attempt
// that is answered, and lasts 100 ms or more.
type Outages struct {
	// Lasted is the length of the outages that began and ended under one open load. Partial counts the
	// others, which were on when the load began or not over at its end: how long they lasted is not known.
	Lasted  Sum    `json:"lasted"`
	Partial uint64 `json:"partial,omitempty"`
	// Recovery is the time from the end of an outage until its last disturbed prompt had ended, over the
	// outages from which the server recovered. A prompt is disturbed if it failed, took several attempts
	// or missed its objective; the last one is due before ten undisturbed prompts in a row.
	Recovery Sum `json:"recovery"`
	// Unrecovered counts the outages from which the server had not recovered when the load ended, after a
	// longer time than any recovery took. Open counts the other outages that were not over, or not
	// recovered from, at that time, and outages whose recovery holds a prompt that the harness ended.
	Unrecovered uint64 `json:"unrecovered,omitempty"`
	Open        uint64 `json:"open,omitempty"`
}

// Merge adds other outages; nil are none.
func (o *Outages) Merge(other *Outages) {
	if other == nil {
		return
	}
	o.Lasted.merge(other.Lasted)
	o.Partial += other.Partial
	o.Recovery.merge(other.Recovery)
	o.Unrecovered += other.Unrecovered
	o.Open += other.Open
}

// Allowed is how many requests an adaptive limit allowed at once, as each of Requests was last sent.
type Allowed struct {
	Requests uint64 `json:"requests"`
	Total    uint64 `json:"total"`
	Least    uint64 `json:"least"`
	Most     uint64 `json:"most"`
}

// Merge adds what others were allowed; nil is none.
func (a *Allowed) Merge(other *Allowed) {
	if other == nil || other.Requests == 0 {
		return
	}
	if a.Requests == 0 {
		*a = *other
		return
	}
	a.Requests += other.Requests
	a.Total += other.Total
	a.Least, a.Most = min(a.Least, other.Least), max(a.Most, other.Most)
}

// AddAllowed adds how many requests the adaptive limit allowed at once as one was sent.
func (s *Slice) AddAllowed(n int) {
	if s.Allowed == nil {
		s.Allowed = &Allowed{}
	}
	s.Allowed.Merge(&Allowed{Requests: 1, Total: uint64(n), Least: uint64(n), Most: uint64(n)})
}

// AddRetryRefused counts a request whose retries have a budget.
func (s *Slice) AddRetryRefused(refused bool) {
	if s.RetriesRefused == nil {
		s.RetriesRefused = new(uint64)
	}
	if refused {
		*s.RetriesRefused++
	}
}

// Span is the time in which the content of streams came, from first to last, and the
// output tokens that came in it, which may be an estimate.
type Span struct {
	MS     float64 `json:"ms"`
	Tokens float64 `json:"tokens"`
}

// Add adds the span of one stream.
func (s *Span) Add(length time.Duration, tokens float64) {
	s.merge(Span{Milliseconds(length), tokens})
}

func (s *Span) merge(other Span) {
	s.MS = addMS(s.MS, other.MS)
	s.Tokens = addMS(s.Tokens, other.Tokens) // to the millionth
}
