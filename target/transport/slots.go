package transport

import "context"

// Slots bounds the attempts in flight. Waiters are served in the order they came.
type Slots chan struct{}

// NewSlots makes n free slots.
func NewSlots(n int) Slots { return make(Slots, n) }

// Acquire waits for a slot; it fails only with ctx, and always once ctx has ended.
func (s Slots) Acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Release gives a slot back.
func (s Slots) Release() { <-s }
