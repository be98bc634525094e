// Package growth tells whether a server falls behind its load: whether more and more prompts wait, or for longer
// and longer. Times are offsets from the start of the load.
package growth

import "time"

// Growth is how the backlog and the latency grew in the second half of a probe, and how much of that may be chance.
type Growth struct {
	// Backlog is the backlog at the end of the step minus the one halfway, as a share of the prompts due in
	// between.
	Backlog, AllowedBacklog float64
	// Latency is by how much the response latency grew, as a share of the time that passed. Both are NaN if too
	// few prompts were due to tell.
	Latency, AllowedLatency float64
}

// Probe follows one probe. A nil *Probe counts nothing.
type Probe struct {
	backlog backlog
	latency line
}

// NewProbe returns the Probe of one that lasts for a step.
func NewProbe(step time.Duration) *Probe {
	return &Probe{backlog{half: step / 2, end: step}, line{from: step / 2}}
}

// Add counts a prompt by when it was due and when it ended.
func (p *Probe) Add(due, ended time.Duration, answered bool) {
	if p == nil {
		return
	}
	p.backlog.add(due, ended)
	if answered {
		p.latency.add(due, ended)
	}
}

// Growth returns what grew.
func (p *Probe) Growth() Growth {
	var g Growth
	g.Backlog, g.AllowedBacklog = p.backlog.growth()
	g.Latency, g.AllowedLatency = p.latency.growth()
	return g
}
