package fault

// ItemErrors fails prompts inside a batch: its share is one of prompts, not of requests.
type ItemErrors struct {
	When `yaml:",inline"`
}

// ItemPicker picks the prompts that fail.
type ItemPicker struct{ trigger Trigger }

// Picker returns what picks the prompts.
func (f ItemErrors) Picker(seed uint64) ItemPicker {
	return ItemPicker{NewTrigger(seed, "item_errors", f.When)}
}

// Hits reports whether the prompt at index of a request's batch fails. A
// request that asks for it has every other prompt fail, from the first on.
func (p ItemPicker) Hits(m Moment, index int) bool {
	return p.trigger.asked(m) && index%2 == 0 || p.trigger.hits(m, index)
}
