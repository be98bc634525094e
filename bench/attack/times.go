package attack

import (
	"strings"
	"time"
	"unicode"

	"weighbridge/bench/attack/growth"
	"weighbridge/bench/attack/pieces"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/cache"
)

// addStreamTimes adds when the content of a streamed answer (SSE) arrived. It adds
// nothing for an answer that was not streamed. A streaming request carries one prompt.
func (t *tally) addStreamTimes(s *record.Slice, x *exchange, due time.Time) {
	if len(x.Content) == 0 {
		return
	}
	s.AddStreamHists()
	if began, known := began(x); known {
		ttft := began.Sub(due)
		s.TTFT.Record(ttft)
		t.live.Began(ttft)
		if at, ok := pieces.FirstOutput(x.Outcome.Content, x.Content); ok {
			s.TTFO.Record(x.Sent.Add(at).Sub(due))
		}
		s.FirstContent.Record(x.Content[0])
	}
	for i, moment := range x.Content[1:] {
		s.ChunkGap.Record(moment - x.Content[i])
	}
	if span := pieces.SpanOf(x.Outcome, x.Content); span.Tokens > 0 {
		s.TPOT.Record(span.PerToken())
		s.Span.Add(span.Length, span.Tokens)
	}
}

// began returns when the content of a streamed answer began; false if it has none, or if that is not known.
func began(x *exchange) (time.Time, bool) {
	if len(x.Content) == 0 || x.Outcome.Remarked(target.Padded) {
		return time.Time{}, false
	}
	return x.Sent.Add(x.Content[0]), true
}

// addRemarks counts the remarks on an answered prompt, and why its answer ended.
func addRemarks(s *record.Slice, o *target.Outcome) {
	for _, remark := range o.Remarks {
		addOne(&s.Remarks, string(remark))
	}
	if reason := o.Finish; reason != "" {
		if _, known := s.Finish[reason]; !known && (len(s.Finish) >= mostReasons || !plainReason(reason)) {
			reason = "other"
		}
		addOne(&s.Finish, reason)
	}
}

const (
	// mostReasons is how many reasons why answers ended a slice tells apart.
	mostReasons = 15
	// longestReason is how long a reason is at most: it is a word of an API, or it is none.
	longestReason = 40
)

// plainReason reports whether a reason is a name, and not a text.
func plainReason(reason string) bool {
	return len(reason) <= longestReason && !strings.ContainsFunc(reason, func(r rune) bool {
		return r != '_' && r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	})
}

// addGood counts an answered prompt that met every objective. Under closed load those of the
// lead-in do not count: its first requests had the server to themselves.
func (t *tally) addGood(s *record.Slice, x *exchange, due time.Time) {
	if t.objectives == (scenarios.Objectives{}) {
		return
	}
	switch good, known := meets(t.objectives, x, due); {
	case !known:
		s.Unjudged++
	case good:
		s.Good++
	}
}

// meets reports whether an answered prompt met every objective. That is not known if it met
// the others and has no known time per output token. A stream without content has no first
// token, and one whose tokens came all at once took no time for each.
func meets(o scenarios.Objectives, x *exchange, due time.Time) (good, known bool) {
	over := func(took, objective time.Duration) bool { return objective > 0 && took > objective }
	switch {
	case over(x.End.Sub(due), o.Response):
		return false, true
	case o.TTFT > 0 && len(x.Content) == 0:
		return false, true
	case o.TTFT > 0 && x.Outcome.Remarked(target.Padded) && over(x.Sent.Add(x.Content[0]).Sub(due), o.TTFT):
		return false, false // it may have begun before that
	case o.TTFT > 0 && over(x.Sent.Add(x.Content[0]).Sub(due), o.TTFT):
		return false, true
	case o.TPOT == 0 || len(x.Content) == 0:
		return true, true
	case pieces.Uncounted(x.Outcome):
		return false, false
	}
	span := pieces.SpanOf(x.Outcome, x.Content)
	return span.Tokens == 0 || !over(span.PerToken(), o.TPOT), true
}

// counting is a slice whose prompts are being counted, with the sums that settle adds to it: whole
// nanoseconds add up faster than the milliseconds of a record.
type counting struct {
	*record.Slice
	// growth follows how its latencies grow; nil if that is not needed.
	growth *growth.Slice
	parts  partSums
	server []serverSum
}

// counting returns the slice of a block to count in.
func (t *tally) counting(block int) *counting {
	if t.last != nil && t.lastBlock == block {
		return t.last
	}
	c := t.counted[block]
	if c == nil {
		c = &counting{Slice: t.slice(block), growth: t.growth[block]}
		if t.counted == nil {
			t.counted = map[int]*counting{}
		}
		t.counted[block] = c
	}
	t.last, t.lastBlock = c, block
	return c
}

// settle completes the slices with all that was counted so far.
func (t *tally) settle() {
	for _, c := range t.counted {
		c.settle()
	}
}

// sum is a total, and the number of durations in it.
type sum struct {
	count uint64
	total time.Duration
}

func (s *sum) add(d time.Duration) {
	s.count++
	s.total += d
}

// addPart adds a part, unless there is none of it.
func (s *sum) addPart(d time.Duration) {
	if d != 0 {
		s.add(d)
	}
}

// partSums are the sums of record.Parts.
type partSums struct {
	fill, sendLag, cacheWait, limitWait, slotWait, auth, earlier, between, connect, sending, waiting, body, remainder sum
}

// serverSum is the times that the server reported under a name: for all attempts, and for those that answered
// a prompt.
type serverSum struct {
	name              string
	attempts, answers sum
}

// reported returns the sums of the times that the server reports under a name.
func (c *counting) reported(name string) *serverSum {
	for i := range c.server {
		if c.server[i].name == name {
			return &c.server[i]
		}
	}
	if len(c.server) >= record.MostServerNames {
		const other = "other"
		if last := &c.server[len(c.server)-1]; last.name == other {
			return last
		}
		name = other
	}
	c.server = append(c.server, serverSum{name: name})
	return &c.server[len(c.server)-1]
}

// settle moves the sums to the slice.
func (c *counting) settle() {
	p, to := &c.parts, c.Slice.Parts
	for _, part := range []struct {
		to   *record.Sum
		from *sum
	}{
		{&to.Fill, &p.fill},
		{&to.SendLag, &p.sendLag},
		{&to.CacheWait, &p.cacheWait},
		{&to.LimitWait, &p.limitWait},
		{&to.SlotWait, &p.slotWait},
		{&to.Auth, &p.auth},
		{&to.Earlier, &p.earlier},
		{&to.Between, &p.between},
		{&to.Connect, &p.connect},
		{&to.Sending, &p.sending},
		{&to.Waiting, &p.waiting},
		{&to.Body, &p.body},
		{&to.Remainder, &p.remainder},
	} {
		part.to.AddAll(part.from.count, part.from.total)
	}
	for _, s := range c.server {
		if s.attempts.count > 0 {
			record.AddServerAll(c.Slice.Server, s.name, s.attempts.count, s.attempts.total)
		}
		if s.answers.count > 0 {
			to.AddServerAll(s.name, s.answers.count, s.answers.total)
		}
	}
	c.parts, c.server = partSums{}, c.server[:0]
}

// addParts adds the parts of an answered prompt's response latency. fill is how long it
// waited for its batch, and sendLag how late that was picked up. The remainder is what belongs to no
// other part, so that the parts always add up to the response latency.
func (c *counting) addParts(x *exchange, response, fill, sendLag time.Duration) {
	p := &c.parts
	p.fill.addPart(fill)
	p.sendLag.addPart(sendLag)
	p.cacheWait.addPart(x.CacheWait)
	p.limitWait.addPart(x.LimitWait)
	p.slotWait.addPart(x.SlotWait)
	p.auth.addPart(x.Auth)
	p.earlier.addPart(x.Earlier)
	p.between.addPart(x.Between)
	p.connect.addPart(x.Connect)
	p.sending.addPart(x.Sending)
	p.waiting.addPart(x.Waiting)
	p.body.addPart(x.Body)
	p.remainder.addPart(response - fill - sendLag - x.Sum())
	if n := len(x.Attempts); n > 0 {
		for _, timing := range x.Attempts[n-1].Timings {
			c.reported(timing.Name).answers.add(timing.Duration)
		}
	}
}

// addCaches counts an answered prompt by the cache that answered it, if the answer says so. The tokens that a
// request saved count with its first prompt; an answer that the cache refreshed saved none.
func addCaches(s *record.Slice, x *exchange, response time.Duration, first bool) {
	use := &x.Cache
	if use.Source == cache.Unknown && use.Stale == nil {
		return
	}
	if s.Caches == nil {
		s.Caches = &record.Caches{}
	}
	c := s.Caches
	saved := record.Tokens{}
	if first && !use.Refreshing {
		saved = record.Tokens{Input: use.SavedInput, Output: use.SavedOutput}
	}
	switch use.Source {
	case cache.Client:
		c.Client++
		c.ClientSaved.Add(saved)
		if x.CacheWait > 0 {
			c.Waited++
		}
		addLatency(&s.FromClient, response)
	case cache.Edge:
		c.Edge++
		c.EdgeSaved.Add(saved)
		addLatency(&s.FromEdge, response)
	case cache.Server:
		c.Server++
		addLatency(&s.FromServer, response)
	}
	switch {
	case use.Stale == nil:
	case *use.Stale:
		c.Stale++
	default:
		c.Current++
	}
}

// addLatency adds to a histogram that may not be there yet.
func addLatency(to **record.Hist, d time.Duration) {
	if *to == nil {
		*to = record.NewHist()
	}
	(*to).Record(d)
}
