// Package hits writes every hit of a run to a file while the run goes on. It
// never makes the load wait: what the disk is too slow for is counted as lost.
package hits

import "time"

// Hit is one request with its retries. Moments are offsets from the start of the
// run; 0 is one that never came.
type Hit struct {
	// Run is when the run started.
	Run time.Time
	Arm string
	// Phase is open, closed or capacity; the warm-up is not told of.
	Phase string
	// Block is the one that its first prompt was due in, from 0 as in the record.
	Block int
	// Seq counts the hits of an arm and phase from 0, in the order they were due.
	Seq uint64
	// Due is when its first prompt was due, Formed when its batch was full or done
	// waiting, PickedUp when a worker took it. Under closed load the three are one.
	Due, Formed, PickedUp time.Duration
	// Sent and FirstByte are the last attempt's.
	Sent, FirstByte time.Duration
	// FirstContent and LastContent are when those pieces of a stream's content were in.
	FirstContent, LastContent time.Duration
	// End is the last byte of the answer, or the failure.
	End time.Duration
	// SlotWait is over all attempts.
	SlotWait time.Duration
	// Prompts is how many it carried, and Failed how many of them failed.
	Prompts, Failed int
	// InputTokens and OutputTokens are what the answer says was billed; 0 where it says nothing.
	InputTokens, OutputTokens uint64
	// Attempts is how many left the client; FirstAttempt and LastAttempt are their
	// ids, between which other hits may have theirs. 0 is none.
	Attempts                  int
	FirstAttempt, LastAttempt uint32
	// Status is the last attempt's, 0 where no whole answer came.
	Status int
	// Class is the failure's, empty on success; Error says it in a few words.
	Class, Error string
	// BodySent and BodyReceived are the bytes of the last attempt's bodies.
	BodySent, BodyReceived int64
	// Counted says that the record's slice counts its prompts. It does not where
	// closed load picked it up in its ramp: that counts for TPS alone.
	Counted bool
}

// response is from the moment its first prompt was due to its end.
func (h *Hit) response() time.Duration { return h.End - h.Due }
