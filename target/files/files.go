// Package files reads the files that a user names. It reads regular files only, and no more
// than a limit: a device such as /dev/zero never ends, and opening a named pipe waits for a
// writer.
package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Open opens a regular file of at most limit bytes. Reading more than that, from a file that
// grows, is an error.
func Open(path string, limit int64) (io.ReadCloser, error) {
	info, err := os.Stat(path)
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
		return nil, &fs.PathError{Op: "open", Path: failed.Path, Err: failed.Err}
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: expected a regular file, found %s", path, kind(info.Mode()))
	}
	if info.Size() > limit {
		return nil, tooLong(path, limit)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &bounded{Bounded(path, file, limit), file}, nil
}

// Read returns the content of a regular file of at most limit bytes.
func Read(path string, limit int64) ([]byte, error) {
	file, err := Open(path, limit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(file)
}

// Bounded returns a reader that fails once it has read more than limit bytes from source. name
// is what the error calls it.
func Bounded(name string, source io.Reader, limit int64) io.Reader {
	return &limited{name: name, source: source, limit: limit, left: limit}
}

type bounded struct {
	io.Reader
	io.Closer
}

type limited struct {
	name        string
	source      io.Reader
	limit, left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, tooLong(l.name, l.limit)
	}
	n, err := l.source.Read(p[:min(int64(len(p)), l.left+1)])
	if l.left -= int64(n); l.left < 0 {
		return n - 1, tooLong(l.name, l.limit)
	}
	return n, err
}

func tooLong(name string, limit int64) error {
	return fmt.Errorf("%s: expected at most %d bytes, found more", name, limit)
}

// kind names what is not a regular file.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}
