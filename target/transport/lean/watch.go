package lean

import "context"

// Watcher is a context that itself calls a function at its end.
type Watcher interface {
	context.Context
	// Watch has f called, at most once, if the context ends before Unwatch is called, be it at
	// its deadline. f must not block.
	Watch(f func())
	// Unwatch reports whether f was not called, and will not be.
	Unwatch() bool
}

// WatcherOf returns ctx as a Watcher.
func WatcherOf(ctx context.Context) Watcher {
	if w, ok := ctx.(Watcher); ok {
		return w
	}
	return &watched{Context: ctx}
}

// watched makes a Watcher of any context.
type watched struct {
	context.Context
	stop func() bool
}

func (w *watched) Watch(f func()) { w.stop = context.AfterFunc(w.Context, f) }

func (w *watched) Unwatch() bool { return w.stop() }
