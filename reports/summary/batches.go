package summary

import (
	"fmt"
	"time"

	"weighbridge/bench/record"
)

// Batches is what became of the batches of an arm (load.batch).
type Batches struct {
	// Submitted is the number of batches, Ended how many were seen to have ended, and Canceled how many
	// the harness canceled.
	Submitted uint64 `json:"submitted"`
	Ended     uint64 `json:"ended"`
	Canceled  uint64 `json:"canceled"`
	// Polls is how often the API was asked whether a batch had ended, FailedPolls how often in vain.
	Polls       uint64 `json:"polls"`
	FailedPolls uint64 `json:"failed_polls"`
	// CompletionMS is the mean time from submission until the results had been read, and DoubtMS the
	// mean part of it in which a batch may have ended already.
	CompletionMS *float64 `json:"completion_ms"`
	DoubtMS      *float64 `json:"doubt_ms"`
	// ServerMS is the mean time from creation to end by the server's clock, true to ServerDoubtMS.
	ServerMS      *float64 `json:"server_ms"`
	ServerDoubtMS *float64 `json:"server_doubt_ms"`
	// Results counts the prompts by the kind of their result: succeeded, errored, expired, canceled,
	// or missing.
	Results map[string]uint64 `json:"results"`
	// Doubled, Foreign and Unreadable count lines of the results: of a prompt that had one already, of
	// no prompt of the batch, and of no use.
	Doubled    uint64 `json:"doubled"`
	Foreign    uint64 `json:"foreign"`
	Unreadable uint64 `json:"unreadable"`
}

// batches returns what became of an arm's batches; nil if it has none.
func batches(arm *record.Arm) *Batches {
	b := arm.BatchesOf()
	if b == nil {
		return nil
	}
	out := &Batches{
		Submitted: b.Submitted, Ended: b.Ended, Canceled: b.Canceled, Polls: b.Polls, FailedPolls: b.FailedPolls,
		CompletionMS: meanOf(b.Completion), DoubtMS: meanOf(b.Doubt), ServerMS: meanOf(b.Server),
		Results: map[string]uint64{}, Doubled: b.Doubled, Foreign: b.Foreign, Unreadable: b.Unreadable,
	}
	if b.Server.Count > 0 {
		out.ServerDoubtMS = &b.ServerDoubtMS
	}
	for kind, n := range b.Results {
		out.Results[kind] = n
	}
	if b.Missing > 0 {
		out.Results["missing"] = b.Missing
	}
	return out
}

func meanOf(s record.Sum) *float64 { return Ratio(s.TotalMS, float64(s.Count)) }

// batchWarnings say what a reader should know of an arm's batches.
func batchWarnings(b *Batches) []string {
	if b == nil {
		return nil
	}
	var out []string
	if b.DoubtMS != nil {
		out = append(out, fmt.Sprintf("its prompts count as answered once the results of their batch had been read, on average up to %v after its end (load.batch.poll); TTFT and TPOT are not known, as answers come whole",
			record.Duration(*b.DoubtMS).Round(time.Millisecond)))
	}
	if n := b.Results["missing"]; n > 0 {
		out = append(out, fmt.Sprintf("%d prompts have no line in the results of their batch: they failed, and what they were billed is not known", n))
	}
	for _, lines := range []struct {
		n    uint64
		what string
	}{{b.Doubled, "of a prompt that has one already"}, {b.Foreign, "of no prompt of the batch"}, {b.Unreadable, "that cannot be read"}} {
		if lines.n > 0 {
			out = append(out, fmt.Sprintf("results of its batches have %d lines %s", lines.n, lines.what))
		}
	}
	if b.CompletionMS != nil && record.Duration(*b.CompletionMS) > time.Hour {
		out = append(out, "some batches took longer than an hour, the longest latency that is recorded: they are in no latency")
	}
	return out
}
