// Package hits writes every hit of a run to a file while the run goes on. It never
// delays the load: if the disk is too slow, hits are lost and counted.
package hits

import "time"

// Hit is one request with its retries. Its times are offsets from the start of the run;
// 0 means that the event did not happen.
type Hit struct {
	// Run is when the run started.
	Run time.Time
	Arm string
	// Phase is open, closed, capacity or batch. Hits of the warm-up are not written. A batch of a batch
	// API is one hit: Sent is when the API had confirmed it, End when its results had been read, and
	// Attempts counts the attempts of all its requests. Class and Error tell of the last prompt that failed.
	Phase string
	// Block is the block in which its first prompt was due, counted from 0 as in the record.
	Block int
	// Seq counts the hits of an arm and phase from 0, in the order they were due.
	Seq uint64
	// Due is when its first prompt was due, Formed when its batch was full or had
	// lingered, PickedUp when a worker took it. Under closed load the three are equal.
	Due, Formed, PickedUp time.Duration
	// Sent and FirstByte belong to the last attempt.
	Sent, FirstByte time.Duration
	// FirstContent and LastContent are when the first and the last piece of content of a
	// streamed answer (SSE) arrived.
	FirstContent, LastContent time.Duration
	// FirstOutput is when the first piece of it arrived that is not reasoning.
	FirstOutput time.Duration
	// End is when the last byte of the answer arrived, or the request failed.
	End time.Duration
	// SlotWait is the sum over all attempts.
	SlotWait time.Duration
	// Prompts is the number of prompts it carried, Failed how many of them failed.
	Prompts, Failed int
	// InputTokens and OutputTokens are the usage that the answer reports, or 0.
	InputTokens, OutputTokens uint64
	// Attempts is the number of attempts, without what was sent again within one because the server had
	// not processed it (record.Slice.Replays). FirstAttempt and LastAttempt are ids, 0 if
	// there was none; ids between them may belong to other hits.
	Attempts                  int
	FirstAttempt, LastAttempt uint32
	// Regions are the regions of the attempts in order, separated by ;, such as eu;us, and AttemptIDs
	// the ids of the same attempts, such as 7;12; "" without regions.
	Regions, AttemptIDs string
	// Session is the number of the session that it belongs to, from 1, 0 for none, and SessionState what
	// the last answer says of its state: new, kept, stale or lost; "" for nothing.
	Session      uint64
	SessionState string
	// Cache is where the answer came from, if a cache tells: client (the client's own cache, without an
	// attempt), edge (a cache between client and server, by the header of the answer) or server (no
	// cache had it). CacheAge is how old it was, and CachedAttempt the id of the attempt by which the
	// client's cache had got it, from the region CachedRegion; "" without regions. Stale is true if the server's content had changed since, false if
	// not, and nil if that is not known.
	Cache         string
	CacheAge      time.Duration
	CachedAttempt uint32
	CachedRegion  string
	Stale         *bool
	// Status is the HTTP status of the last attempt, 0 without a complete answer.
	Status int
	// Class is the error class, empty on success; Error is a short message.
	Class, Error string
	// BodySent and BodyReceived are the body bytes of the last attempt.
	BodySent, BodyReceived int64
	// Counted is true if the record's slice counts its prompts. A hit that closed load
	// picked up in its ramp is not counted, except for TPS.
	Counted bool
	// Turn is the turn of a conversation that its prompt is, from 1; 0 if it is none.
	Turn int
}

// response returns the response latency of its first prompt.
func (h *Hit) response() time.Duration { return h.End - h.Due }
