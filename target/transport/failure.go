package transport

import (
	"context"
	"errors"

	"weighbridge/target"
)

// failureOf returns the class of an attempt that got no complete response, and a text that
// says why: generator for a limit of this machine, timeout for a timeout or cancellation,
// else transport.
func failureOf(err error) (target.Class, string) {
	if limit, own := OwnLimit(err); own {
		return target.Generator, limit
	}
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.Canceled) || errors.As(err, &timeout) && timeout.Timeout() {
		return target.Timeout, err.Error()
	}
	return target.Transport, err.Error()
}
