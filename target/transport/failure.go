package transport

import (
	"context"
	"errors"

	"weighbridge/target"
)

// failureOf returns the class of an attempt that got no complete response, and a text that
// says why: generator for a limit of this machine, cut_off if the caller ended ctx, the
// attempt's context, timeout if its own time was over, else transport.
func failureOf(ctx context.Context, err error) (target.Class, string) {
	if limit, own := OwnLimit(err); own {
		return target.Generator, limit
	}
	switch {
	case cutOff(ctx, err):
		return target.CutOff, err.Error()
	case ended(err):
		return target.Timeout, err.Error()
	}
	return target.Transport, err.Error()
}

// cutOff reports whether err is the end of ctx, an attempt's context, and the caller ended
// it: not the attempt's own timeout.
func cutOff(ctx context.Context, err error) bool {
	cause := context.Cause(ctx)
	return cause != nil && !errors.Is(cause, errTimeout) && (ended(err) || errors.Is(err, cause))
}

// ended reports whether err is the end of a context, or a timeout.
func ended(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.Canceled) || errors.As(err, &timeout) && timeout.Timeout()
}
