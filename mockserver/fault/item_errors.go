package fault

// ItemErrors picks the prompts that fail inside a batch.
type ItemErrors struct {
	stream Stream
	share  float64
}

// NewItemErrors returns the fault; share is of prompts, 0…1.
func NewItemErrors(seed uint64, share float64) ItemErrors {
	return ItemErrors{NewStream(seed, "item_errors"), share}
}

// Hits reports whether the prompt at index of an attempt's batch fails.
func (f ItemErrors) Hits(attempt uint64, index int) bool {
	return f.stream.AtIndex(attempt, index) < f.share
}
