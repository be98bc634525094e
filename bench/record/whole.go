package record

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// WriteWhole puts data at path, whole or not at all: a temporary file, fsync, rename.
// A link stays, and what it leads to is replaced. What is no regular file, as a pipe
// or /dev/stdout, cannot be replaced: data goes into it, after what is there.
func WriteWhole(path string, data []byte) error {
	for range maxLinks {
		if stream(path) {
			return appendTo(path, data)
		}
		to, err := os.Readlink(path)
		if err != nil { // no link
			return renameio.WriteFile(path, data, 0o644)
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return &os.PathError{Op: "write", Path: path, Err: errors.New("too many links")}
}

// maxLinks is how many links Linux follows, path_resolution(7).
const maxLinks = 40

// stream says whether a path is no regular file, or one of the process's own, which
// whoever started it may have opened to append to.
func stream(path string) bool {
	if strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/") {
		return true
	}
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular()
}

func appendTo(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}
