package record

// Batches is what became of the batches of a slice: of load that was submitted together, to be
// answered later.
type Batches struct {
	// Submitted is how many batches the API took, Ended how many were seen to have ended, and Canceled how
	// many the harness canceled because they had not ended in time.
	Submitted uint64 `json:"submitted"`
	Ended     uint64 `json:"ended"`
	Canceled  uint64 `json:"canceled,omitempty"`
	// Polls is how often the API was asked whether a batch had ended, and FailedPolls how often it
	// gave no answer of use.
	Polls       uint64 `json:"polls"`
	FailedPolls uint64 `json:"failed_polls,omitempty"`
	// Completion is the time from the submission of a batch until its results had been read, over the
	// batches whose results were read. Doubt is the part of that time in which the batch may have ended
	// already: between the last poll that found it unfinished and the poll that found it ended.
	Completion Sum `json:"completion"`
	Doubt      Sum `json:"doubt"`
	// Server is the time from creation to end by the server's own clock, over the batches of which
	// the API tells both, each true to ServerDoubtMS.
	Server        Sum     `json:"server,omitzero"`
	ServerDoubtMS float64 `json:"server_doubt_ms,omitempty"`
	// Results counts the prompts by the kind of their result: succeeded, errored, expired or canceled.
	Results map[string]uint64 `json:"results,omitempty"`
	// Missing is the prompts without a result. The others count lines of the results: Doubled a second
	// line for the same prompt, Foreign lines for no prompt of the batch, Unreadable lines that could not
	// be read.
	Missing    uint64 `json:"missing,omitempty"`
	Doubled    uint64 `json:"doubled,omitempty"`
	Foreign    uint64 `json:"foreign,omitempty"`
	Unreadable uint64 `json:"unreadable,omitempty"`
}

// Merge adds other batches; nil adds nothing.
func (b *Batches) Merge(other *Batches) {
	if other == nil {
		return
	}
	b.Submitted += other.Submitted
	b.Ended += other.Ended
	b.Canceled += other.Canceled
	b.Polls += other.Polls
	b.FailedPolls += other.FailedPolls
	b.Completion.merge(other.Completion)
	b.Doubt.merge(other.Doubt)
	b.Server.merge(other.Server)
	b.ServerDoubtMS = max(b.ServerDoubtMS, other.ServerDoubtMS)
	b.Results = mergedMaps(b.Results, other.Results, addCounts)
	b.Missing += other.Missing
	b.Doubled += other.Doubled
	b.Foreign += other.Foreign
	b.Unreadable += other.Unreadable
}

// BatchesOf is the batches of all blocks of an arm; nil if it has none.
func (a *Arm) BatchesOf() *Batches {
	var all *Batches
	for _, b := range a.Blocks {
		if b.Batch == nil || b.Batch.Batches == nil {
			continue
		}
		if all == nil {
			all = &Batches{}
		}
		all.Merge(b.Batch.Batches)
	}
	return all
}
