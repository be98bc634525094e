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
	// queued is how many hits may wait for the disk, some seconds' worth.
	queued = 8192
	// flushEvery is how long a hit may wait in memory once it is encoded.
	flushEvery = time.Second
)

// File is a file of hits that one goroutine writes. Up to its last whole line it
// can be read at any time, at most a second behind.
type File struct {
	path  string
	made  bool
	queue chan Hit
	done  chan struct{}
	lost  atomic.Uint64

	// What follows is the writer's until done.
	out     io.WriteCloser
	layers  layers
	encode  encoder
	written uint64
	failed  error
}

// Create makes the file, or empties the one there is, in the format that its name
// ends in.
func Create(path string) (*File, error) {
	form, err := formatOf(path)
	if err != nil {
		return nil, err
	}
	_, missing := os.Stat(path)
	out, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	f := &File{path: path, made: errors.Is(missing, os.ErrNotExist)}
	f.start(out, form, queued)
	return f, nil
}

// start begins to write to out.
func (f *File) start(out io.WriteCloser, form format, room int) {
	f.queue, f.done, f.out = make(chan Hit, room), make(chan struct{}), out
	f.layers = newLayers(out, form.gzip)
	f.encode, f.failed = form.open(f.layers.top)
	go f.write()
}

// Put hands a hit over and returns at once. Where the disk is too slow for it, it
// is lost and counted. It is safe for concurrent use, until Close.
func (f *File) Put(h Hit) {
	select {
	case f.queue <- h:
	default:
		f.lost.Add(1)
	}
}

// Close writes what waits. It returns how many hits the disk was too slow for; an
// error says that the file is cut short.
func (f *File) Close() (lost uint64, err error) {
	close(f.queue)
	<-f.done
	f.failed = errors.Join(f.failed, f.out.Close())
	if f.failed != nil {
		return f.lost.Load(), fmt.Errorf("%s was not written whole: %w", f.path, f.failed)
	}
	return f.lost.Load(), nil
}

// Abandon takes the file away if it was made here and holds no hit. Call it after Close.
func (f *File) Abandon() error {
	if !f.made || f.written > 0 {
		return nil
	}
	return os.Remove(f.path)
}

// write encodes hits until there are no more. After an error it takes them all
// the same, so that the queue does not fill up.
func (f *File) write() {
	defer close(f.done)
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		select {
		case h, more := <-f.queue:
			if !more {
				f.keep(f.layers.close())
				return
			}
			if f.failed == nil {
				f.keep(f.encode(&h))
				f.written++
			}
		case <-ticker.C:
			f.keep(f.layers.flush())
		}
	}
}

// keep remembers the first error: those after it follow from it.
func (f *File) keep(err error) {
	if f.failed == nil {
		f.failed = err
	}
}

// layers are what stands between an encoder and the disk.
type layers struct {
	top    io.Writer
	buffer *bufio.Writer
	zip    *gzip.Writer // nil without compression
}

func newLayers(w io.Writer, zipped bool) layers {
	const bufferBytes = 64 << 10
	l := layers{buffer: bufio.NewWriterSize(w, bufferBytes)}
	l.top = l.buffer
	if zipped {
		// The load needs the cores more than the disk needs the room.
		l.zip, _ = gzip.NewWriterLevel(l.buffer, gzip.BestSpeed) // only a level that does not exist fails
		l.top = l.zip
	}
	return l
}

// flush puts all that was encoded on the disk.
func (l layers) flush() error {
	if l.zip != nil {
		if err := l.zip.Flush(); err != nil {
			return err
		}
	}
	return l.buffer.Flush()
}

func (l layers) close() error {
	if l.zip != nil {
		if err := l.zip.Close(); err != nil {
			return err
		}
	}
	return l.buffer.Flush()
}
