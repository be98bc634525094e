package figures

import (
	"weighbridge/bench/record"
	"weighbridge/bench/stat"
)

// wire is bytes per request of all slices of a block.
type wire struct {
	// total is what older records tell, which do not have the bytes of single slices.
	total
	bytes func(record.Wire) uint64
}

func (w wire) arm(arm *record.Arm, alpha float64) Figure {
	clusters := w.clusters(arm)
	if clusters == nil {
		return w.total.arm(arm, alpha)
	}
	rate := stat.RateOf(clusters)
	return Figure{Interval: bounded(rate.Value, rate.Bounds(alpha))}
}

func (w wire) ratio(pairs []Pair, alpha float64) Figure { return blockRatio(w, w.total, pairs, alpha) }

// clusters are the bytes and the requests of each block; nil if the record does not tell them.
func (w wire) clusters(arm *record.Arm) []stat.Cluster {
	var out []stat.Cluster
	for _, block := range sharedBlocks([]*record.Arm{arm}, mainSlice, anySlice) {
		var c stat.Cluster
		for _, from := range []pick{openSlice, closedSlice} {
			if s := slicesOf(arm, []int{block}, from)[0]; s != nil && s.Wire.Requests > 0 {
				c.Count += float64(w.bytes(s.Wire))
				c.Of += float64(s.Wire.Requests)
			}
		}
		out = append(out, c)
	}
	return told(out)
}

// told is the clusters, or nil if none of them divides by anything.
func told(clusters []stat.Cluster) []stat.Cluster {
	for _, c := range clusters {
		if c.Of > 0 {
			return clusters
		}
	}
	return nil
}

// authCost is the cost of authentication per request in ms, client and server together. The
// server's is what it reports in each block. The client's is that of each block where its tokens
// are short-lived, else that of one token over the requests of its life.
type authCost struct{ total }

// amortisedShare is the share of the cost that the client's may have at most where it is one
// figure for the whole run, for bounds of the server's to be those of both.
const amortisedShare = 0.05

func (c authCost) arm(arm *record.Arm, alpha float64) Figure {
	clusters := c.clusters(arm)
	if clusters == nil {
		return c.total.arm(arm, alpha)
	}
	rate := stat.RateOf(clusters)
	return Figure{Interval: bounded(rate.Value, rate.Bounds(alpha))}
}

func (c authCost) ratio(pairs []Pair, alpha float64) Figure {
	return blockRatio(c, c.total, pairs, alpha)
}

// clusters are the cost and the requests of each block; nil if a part of the cost that counts is
// one figure for the whole run.
func (c authCost) clusters(arm *record.Arm) []stat.Cluster {
	client, server := arm.AuthMS()
	if server == nil {
		return nil
	}
	slices := slicesOf(arm, sharedBlocks([]*record.Arm{arm}, mainSlice, anySlice), mainSlice)
	amortised, renewed := 0.0, renewedOften(arm, slices)
	if client != nil && !renewed {
		amortised = *client
		if amortised > amortisedShare*(amortised+*server) {
			return nil
		}
	}
	var out []stat.Cluster
	for _, s := range slices {
		reported, n := s.Server["auth"], float64(s.Requests)
		if reported.Count == 0 {
			out = append(out, stat.Cluster{})
			continue
		}
		cost := (reported.TotalMS/float64(reported.Count) + amortised) * n
		if renewed {
			cost += s.Credentials.TotalMS
		}
		out = append(out, stat.Cluster{Count: cost, Of: n})
	}
	return told(out)
}

// renewedOften says whether an arm's tokens live so shortly that the blocks measured the cost of
// enough of them.
func renewedOften(arm *record.Arm, slices []*record.Slice) bool {
	ms := 0.0
	for _, s := range slices {
		ms += s.DurationMS
	}
	life := arm.Totals.ClientAuth.LifeMS
	return life > 0 && life*stat.MinValues <= ms
}

// blocked is a reckoning with a cluster for every block of an arm; nil where the record does not
// tell them.
type blocked interface {
	clusters(arm *record.Arm) []stat.Cluster
}

// blockRatio is the ratio of the sums over all pairs, block by block, or of whole runs where a
// record tells no more.
func blockRatio(of blocked, whole total, pairs []Pair, alpha float64) Figure {
	var head, base []stat.Cluster
	for _, p := range pairs {
		inHead, inBase := of.clusters(p.Head), of.clusters(p.Base)
		if inHead == nil || inBase == nil || len(inHead) != len(inBase) || head != nil && len(head) != len(inHead) {
			return whole.ratio(pairs, alpha)
		}
		head, base = added(head, inHead), added(base, inBase)
	}
	e := stat.RatioOf(head, base, alpha)
	if e == nil {
		return unknownFigure("a ratio to nothing is not known")
	}
	return Figure{Interval: bounded(e.Value, e.Interval)}
}

// added adds up clusters of the same blocks.
func added(to, more []stat.Cluster) []stat.Cluster {
	if to == nil {
		return more
	}
	for i, c := range more {
		to[i].Count += c.Count
		to[i].Of += c.Of
	}
	return to
}
