package record

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// WriteWhole writes data to path, whole or not at all: into a temporary file beside it,
// synced and renamed. A file that is replaced keeps its permissions. A symbolic link
// stays, and the file it leads to is replaced. What is not a regular file, such as a
// pipe or /dev/stdout, cannot be replaced: data is appended to it.
func WriteWhole(path string, data []byte) error {
	return writeWhole(path, func(to io.Writer) error {
		_, err := to.Write(data)
		return err
	})
}

// writeWhole is WriteWhole of what write writes.
func writeWhole(path string, write func(io.Writer) error) error {
	for range maxLinks {
		if isSpecial(path) {
			return appendTo(path, write)
		}
		to, err := os.Readlink(path)
		if err != nil { // not a link
			return replace(path, write)
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return &os.PathError{Op: "write", Path: path, Err: errors.New("too many links")}
}

// maxLinks is how many symbolic links Linux follows, see path_resolution(7).
const maxLinks = 40

// isSpecial reports whether a path is not a regular file, or belongs to the process: its
// parent may have opened such a file for appending.
func isSpecial(path string) bool {
	if strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/") {
		return true
	}
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular()
}

func appendTo(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	return errors.Join(buffered(file, write), file.Close())
}

// buffered calls write with a buffer before a file.
func buffered(file *os.File, write func(io.Writer) error) error {
	buffer := bufio.NewWriterSize(file, 64<<10)
	if err := write(buffer); err != nil {
		return err
	}
	return buffer.Flush()
}

// replace makes what write writes the content of the file at path, which may not exist yet. Errors name that
// file, and not the temporary one.
func replace(path string, write func(io.Writer) error) error {
	err := replaceBy(path, write)
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) && isBeside(failed.Path, path) {
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: there is no folder %s", path, filepath.Dir(path))
		}
		return &fs.PathError{Op: "write", Path: path, Err: failed.Err}
	}
	return err
}

func replaceBy(path string, write func(io.Writer) error) error {
	temporary, err := createBeside(path)
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // is gone unless something failed
	if info, err := os.Stat(path); err == nil {
		if err := temporary.Chmod(info.Mode().Perm()); err != nil {
			return errors.Join(err, temporary.Close())
		}
	}
	if err := buffered(temporary, write); err != nil {
		return errors.Join(err, temporary.Close())
	}
	// Without a sync a crash could leave the new name and none of the data.
	if err := errors.Join(temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return rename(temporary.Name(), path)
}

// besides is what the names of temporary files for path begin with.
func besides(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".")
}

func isBeside(name, path string) bool { return strings.HasPrefix(name, besides(path)) }

// createBeside creates a new hidden file in the folder of path, with the permissions of
// any new file.
func createBeside(path string) (*os.File, error) {
	for {
		name := besides(path) + strconv.FormatUint(rand.Uint64(), 36)
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if !errors.Is(err, fs.ErrExist) {
			return file, err
		}
	}
}

// rename replaces the file at to. If another process has that file open and the
// system then refuses, it tries again for a second.
func rename(from, to string) error {
	const wait, tries = 20 * time.Millisecond, 50
	for range tries {
		if err := os.Rename(from, to); err == nil || !isHeldOpen(err) {
			return err
		}
		time.Sleep(wait)
	}
	return os.Rename(from, to)
}
