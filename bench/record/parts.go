package record

import "time"

// Parts are how the response latencies of a slice's answered prompts split up,
// each part summed over the prompts that had any of it. All together they are
// the sum of the response latencies; none overlaps another. A request's parts
// are those of each of its prompts. A sum that is 0 is not written.
type Parts struct {
	// Fill is from the moment a prompt was due until its batch was complete.
	Fill Sum `json:"fill,omitzero"`
	// SendLag is from there until the attacker picked the request up.
	SendLag Sum `json:"send_lag,omitzero"`
	// SlotWait is waiting for an in-flight slot, all attempts.
	SlotWait Sum `json:"slot_wait,omitzero"`
	// Auth is waiting for a credential to be fetched or signed, all attempts.
	Auth Sum `json:"auth,omitzero"`
	// Earlier is attempts that were not the last, each from sent to its end.
	Earlier Sum `json:"earlier,omitzero"`
	// Between is waits between attempts.
	Between Sum `json:"between,omitzero"`
	// Connect is from sent until a connection was there, dialled or waited for; as all
	// that follow, of the last attempt.
	Connect Sum `json:"connect,omitzero"`
	// Sending is from there until the request was written.
	Sending Sum `json:"sending,omitzero"`
	// Waiting is from there until the first byte of the answer.
	Waiting Sum `json:"waiting,omitzero"`
	// Body is from there until the last byte.
	Body Sum `json:"body,omitzero"`
	// Remainder is what is left of the response latency: the generator's own
	// work, handing a request over and building it.
	Remainder Sum `json:"remainder,omitzero"`

	// Server is what the server reports of the last attempt by Server-Timing, by
	// entry, per answered prompt. It lies inside Waiting and Body and is no part.
	Server map[string]Sum `json:"server,omitempty"`
}

// Part is one of the parts, named as in the record.
type Part struct {
	Name string
	*Sum
}

// All are the parts in the order in which a prompt lives through them, the remainder last.
func (p *Parts) All() []Part {
	return []Part{
		{"fill", &p.Fill},
		{"send_lag", &p.SendLag},
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

// AddServer adds what a server reported under a name of one prompt.
func (p *Parts) AddServer(name string, d time.Duration) {
	if p.Server == nil {
		p.Server = map[string]Sum{}
	}
	AddServer(p.Server, name, d)
}

// AddServer adds a duration that a server reported to the sum of its name in sums, which
// is not nil.
func AddServer(sums map[string]Sum, name string, d time.Duration) {
	name = serverName(sums, name)
	sum := sums[name]
	sum.Add(d)
	sums[name] = sum
}

// serverName is the name to count a Server-Timing under: its own, or "other" once there
// are 32. The server chooses the names, and might choose a new one for every answer.
func serverName(known map[string]Sum, name string) string {
	const most = 32
	if _, ok := known[name]; !ok && len(known) >= most {
		return "other"
	}
	return name
}

// Sum is a total and how many it is made of.
type Sum struct {
	Count   uint64  `json:"count"`
	TotalMS float64 `json:"total_ms"`
}

// Add adds d once. It is exact to the nanosecond up to 100 days, however often it
// is done, and what is written stays short.
func (s *Sum) Add(d time.Duration) { s.merge(Sum{1, float64(d) / float64(time.Millisecond)}) }

func (s *Sum) merge(other Sum) {
	s.Count += other.Count
	s.TotalMS = addMS(s.TotalMS, other.TotalMS)
}
