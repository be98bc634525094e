package fault

// ItemErrors fails single prompts of a batch: its share is of prompts, not of requests.
type ItemErrors struct {
	When `yaml:",inline"`
}

// ItemPicker picks the prompts that fail.
type ItemPicker struct{ trigger Trigger }

// Picker returns the picker for a seed.
func (f ItemErrors) Picker(seed uint64) ItemPicker {
	return ItemPicker{NewTrigger(seed, "item_errors", f.When)}
}

// Hits reports whether the prompt at index of a batch fails. If a request asks for the
// fault, every other prompt fails, beginning with the first.
func (p ItemPicker) Hits(m Moment, index int) bool {
	return p.trigger.isRequested(m) && index%2 == 0 || p.trigger.hitsByShare(m, index)
}
