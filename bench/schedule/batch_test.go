package schedule

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// formBatches groups prompts due at the given moments.
func formBatches(due []time.Duration, size int, linger time.Duration) []Batch {
	i := 0
	next := Batches(func() (Prompt, bool) {
		if i == len(due) {
			return Prompt{}, false
		}
		i++
		return Prompt{Due: due[i-1]}, true
	}, size, linger)
	var all []Batch
	for r, ok := next(); ok; r, ok = next() {
		all = append(all, r)
	}
	return all
}

func ms(values ...int) []time.Duration {
	var out []time.Duration
	for _, v := range values {
		out = append(out, time.Duration(v)*time.Millisecond)
	}
	return out
}

func TestBatches(t *testing.T) {
	for _, c := range []struct {
		name   string
		due    []time.Duration
		size   int
		linger time.Duration
		leave  []time.Duration
		sizes  []int
	}{
		{"nothing due", nil, 10, time.Second, nil, nil},
		{"single prompts never wait", ms(0, 5, 10), 1, time.Second, ms(0, 5, 10), []int{1, 1, 1}},
		{"full batches leave at once", ms(0, 5, 10, 15), 2, time.Second, ms(5, 15), []int{2, 2}},
		{"linger counts from the first prompt", ms(0, 60, 120), 10, 100 * time.Millisecond, ms(100, 220), []int{2, 1}},
		{"a prompt due when the batch leaves is in it", ms(0, 100), 10, 100 * time.Millisecond, ms(100), []int{2}},
		{"no linger groups only what is due together", ms(0, 0, 1), 10, 0, ms(0, 1), []int{2, 1}},
		{"the last batch lingers too", ms(7), 10, 50 * time.Millisecond, ms(57), []int{1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var leave []time.Duration
			var sizes []int
			for _, r := range formBatches(c.due, c.size, c.linger) {
				leave, sizes = append(leave, r.Due), append(sizes, len(r.Prompts))
			}
			if !slices.Equal(leave, c.leave) || !slices.Equal(sizes, c.sizes) {
				t.Errorf("batches of %v leave at %v, want %v at %v", sizes, leave, c.sizes, c.leave)
			}
		})
	}
}

// At 200 prompts/s, constant, a batch of 10 fills in 45 ms: its prompts wait
// 45, 40, … 0 ms, 22.5 on average.
func TestPromptsWaitForTheirBatch(t *testing.T) {
	var due []time.Duration
	for i := range 2000 {
		due = append(due, time.Duration(i)*5*time.Millisecond)
	}
	total := time.Duration(0)
	for _, r := range formBatches(due, 10, 100*time.Millisecond) {
		for _, p := range r.Prompts {
			total += r.Due - p.Due
		}
	}
	if mean := total / 2000; mean != 22500*time.Microsecond {
		t.Errorf("prompts wait %v on average for their batch, want 22.5ms", mean)
	}
}

func TestBatchesKeepEveryPromptInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		due := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(t, "due"))
		}), 0, 100).Draw(t, "dues")
		slices.Sort(due)
		size := rapid.IntRange(1, 20).Draw(t, "size")
		linger := time.Duration(rapid.Int64Range(0, int64(200*time.Millisecond)).Draw(t, "linger"))
		var seen []time.Duration
		last := time.Duration(0)
		for _, r := range formBatches(due, size, linger) {
			if len(r.Prompts) == 0 || len(r.Prompts) > size {
				t.Fatalf("a batch of %d prompts, want at most %d", len(r.Prompts), size)
			}
			if r.Due < last {
				t.Fatalf("a batch leaves at %v after one at %v", r.Due, last)
			}
			last = r.Due
			for _, p := range r.Prompts {
				if wait := r.Due - p.Due; wait < 0 || wait > linger && size > 1 || wait > 0 && size == 1 {
					t.Fatalf("a prompt waits %v for its batch, linger %v, size %d", wait, linger, size)
				}
				seen = append(seen, p.Due)
			}
		}
		if !slices.Equal(seen, due) {
			t.Fatalf("%d prompts in, %d out or in another order", len(due), len(seen))
		}
	})
}
