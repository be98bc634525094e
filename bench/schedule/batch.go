package schedule

import "time"

// Batch is the prompts that one request carries.
type Batch struct {
	// Due is when the batch is full or has waited for linger, as an offset from the
	// start of the attack.
	Due     time.Duration
	Prompts []Prompt
}

// Batches groups prompts in the order they are due. A batch leaves when it holds size
// prompts, or when linger has passed since its first prompt was due. The returned
// function returns false after the last batch.
func Batches(next func() (Prompt, bool), size int, linger time.Duration) func() (Batch, bool) {
	prompt, more := next()
	return func() (Batch, bool) {
		if !more {
			return Batch{}, false
		}
		var b Batch
		deadline := prompt.Due + linger
		for more && len(b.Prompts) < size && prompt.Due <= deadline {
			b.Prompts = append(b.Prompts, prompt)
			prompt, more = next()
		}
		b.Due = deadline
		if len(b.Prompts) == size {
			b.Due = b.Prompts[size-1].Due
		}
		return b, true
	}
}
