package summary

import (
	"fmt"
	"strings"

	"weighbridge/bench/record"
)

// Caches is an arm's answered prompts by the cache that answered them.
type Caches struct {
	// Client is the prompts that the client's own cache answered, without a request, of which Waited
	// waited for the answer to an equal request; Edge those that a cache between client and server
	// answered, and Server those that no cache did.
	Client uint64 `json:"client"`
	Waited uint64 `json:"waited"`
	Edge   uint64 `json:"edge"`
	Server uint64 `json:"server"`
	// ClientMS, EdgeMS and ServerMS are their response latencies; nil if there were none.
	ClientMS *Latency `json:"client_ms"`
	EdgeMS   *Latency `json:"edge_ms"`
	ServerMS *Latency `json:"server_ms"`
	// Current and Stale are the prompts whose answers had the server's current content, or an older one; for
	// the other prompts that is not known.
	Current uint64 `json:"current"`
	Stale   uint64 `json:"stale"`
	// ClientSaved and EdgeSaved are the tokens that the caches' answers report, which were not used again.
	ClientSaved Saved `json:"client_saved"`
	EdgeSaved   Saved `json:"edge_saved"`
}

// Saved is tokens that were not billed again, and their price; nil if that is not known.
type Saved struct {
	Input  uint64   `json:"input_tokens"`
	Output uint64   `json:"output_tokens"`
	USD    *float64 `json:"usd"`
}

func savedOf(price *record.Price, t record.Tokens) Saved {
	s := Saved{Input: t.Input, Output: t.Output}
	if price != nil && t != (record.Tokens{}) {
		s.USD = new(price.Cost(t))
	}
	return s
}

// cachesOf returns an arm's answered prompts by cache; nil if no answer says what caches did.
func cachesOf(arm *record.Arm, main *record.Slice) *Caches {
	c := main.Caches
	if c == nil {
		return nil
	}
	return &Caches{
		Client: c.Client, Waited: c.Waited, Edge: c.Edge, Server: c.Server,
		ClientMS: latency(main.FromClient), EdgeMS: latency(main.FromEdge), ServerMS: latency(main.FromServer),
		Current: c.Current, Stale: c.Stale,
		ClientSaved: savedOf(arm.Price, c.ClientSaved), EdgeSaved: savedOf(arm.Price, c.EdgeSaved),
	}
}

// warning says which figures include prompts that caches answered; "" if caches answered none.
func (c *Caches) warning() string {
	if c == nil || c.Client+c.Edge == 0 {
		return ""
	}
	share := func(n uint64) float64 { return 100 * float64(n) / float64(c.Client+c.Edge+c.Server) }
	var by []string
	if c.Client > 0 {
		by = append(by, fmt.Sprintf("%.3g%% by the client's own cache, which are in no figure of requests or service latency", share(c.Client)))
	}
	if c.Edge > 0 {
		by = append(by, fmt.Sprintf("%.3g%% by a cache on the way, as their headers say", share(c.Edge)))
	}
	return "caches answered prompts (" + strings.Join(by, "; ") + "): response latency and TPS include them"
}
