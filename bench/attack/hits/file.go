package hits

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"
)

const (
	// queueLength is how many hits may wait for the disk: a few seconds' worth.
	queueLength = 8192
	// flushEvery is how long an encoded hit may stay in memory.
	flushEvery = time.Second
	// readerWithin is how long a pipe may be without a reader when it is opened.
	readerWithin = 2 * time.Second
	// stalledAfter is how long Close waits for a hit to be written, before it gives up.
	stalledAfter = 2 * time.Second
)

// File is a file of hits, written by a goroutine of its own. It can be read while it is
// written: it is at most a second behind, and only its last line may be incomplete.
type File struct {
	path    string
	created bool // false if the file existed before
	fail    func(error)
	queue   chan Hit
	done    chan struct{}
	lost    atomic.Uint64
	written atomic.Uint64
	out     io.WriteCloser

	// The writer goroutine owns the fields below until done is closed.
	writers writers
	encode  encoder
	failed  error
}

// Create creates or truncates the file. Its extensions name the format. It calls fail
// when the first hit cannot be written, at most once and from another goroutine. A pipe
// that no process reads from is an error.
func Create(path string, fail func(error)) (*File, error) {
	form, err := formatOf(path)
	if err != nil {
		return nil, err
	}
	_, statErr := os.Stat(path)
	out, err := open(path)
	if err != nil {
		return nil, err
	}
	f := &File{path: path, created: errors.Is(statErr, os.ErrNotExist), fail: fail}
	f.start(out, form, queueLength)
	return f, nil
}

// start starts the writer goroutine.
func (f *File) start(out io.WriteCloser, form format, queueLength int) {
	f.queue, f.done, f.out = make(chan Hit, queueLength), make(chan struct{}), out
	f.writers = newWriters(out, form.gzip)
	f.encode, f.failed = form.open(f.writers.top)
	go f.write()
}

// Put queues a hit and returns at once. If the queue is full because the disk is too
// slow, the hit is lost and counted. Put is safe for concurrent use, but not after Close.
func (f *File) Put(h Hit) {
	select {
	case f.queue <- h:
	default:
		f.lost.Add(1)
	}
}

// Close writes the queued hits and closes the file. It returns how many hits were lost
// because they were written too slowly. After an error the file is incomplete. A disk or a
// reader that takes no more hits is an error after 2 s.
func (f *File) Close() (lost uint64, err error) {
	close(f.queue)
	if f.stalled() {
		go f.out.Close() // ends a write to a pipe; one to a disk may go on for ever
		return f.lost.Load(), fmt.Errorf("%s is incomplete: nothing could be written to it for %v", f.path, stalledAfter)
	}
	f.failed = errors.Join(f.failed, f.out.Close())
	if f.failed != nil {
		return f.lost.Load(), f.incomplete()
	}
	return f.lost.Load(), nil
}

// stalled waits for the writer goroutine to end, and reports whether it has come to a halt.
func (f *File) stalled() bool {
	for {
		before := f.written.Load()
		select {
		case <-f.done:
			return false
		case <-time.After(stalledAfter):
			if f.written.Load() == before {
				return true
			}
		}
	}
}

// RemoveIfEmpty removes the file if Create created it and it holds no hit. Call it
// after Close.
func (f *File) RemoveIfEmpty() error {
	if !f.created || f.written.Load() > 0 {
		return nil
	}
	return os.Remove(f.path)
}

// write encodes hits until the queue is closed. After an error it still empties the
// queue, so that no hit counts as lost to a slow disk.
func (f *File) write() {
	defer close(f.done)
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		select {
		case h, more := <-f.queue:
			if !more {
				f.keepError(f.writers.close())
				return
			}
			if f.failed == nil {
				f.keepError(f.encode(&h))
				f.written.Add(1)
			}
		case <-ticker.C:
			f.keepError(f.writers.flush())
		}
	}
}

// keepError keeps the first error and reports it; later ones are its consequences.
func (f *File) keepError(err error) {
	if f.failed == nil && err != nil {
		f.failed = err
		f.fail(f.incomplete())
	}
}

// incomplete is the error of a file that lacks hits.
func (f *File) incomplete() error { return fmt.Errorf("%s is incomplete: %w", f.path, f.failed) }

// writers are the buffer and the compressor between an encoder and the disk.
type writers struct {
	top    io.Writer
	buffer *bufio.Writer
	zip    *gzip.Writer // nil without compression
}

func newWriters(out io.Writer, zipped bool) writers {
	const bufferBytes = 64 << 10
	w := writers{buffer: bufio.NewWriterSize(out, bufferBytes)}
	w.top = w.buffer
	if zipped {
		// CPU time matters more than disk space while load is generated.
		w.zip, _ = gzip.NewWriterLevel(w.buffer, gzip.BestSpeed) // fails only for an invalid level
		w.top = w.zip
	}
	return w
}

// flush writes all encoded hits to the disk.
func (w writers) flush() error {
	if w.zip != nil {
		if err := w.zip.Flush(); err != nil {
			return err
		}
	}
	return w.buffer.Flush()
}

func (w writers) close() error {
	if w.zip != nil {
		if err := w.zip.Close(); err != nil {
			return err
		}
	}
	return w.buffer.Flush()
}
