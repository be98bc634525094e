//go:build unix

package hits

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// open creates or truncates a file. A pipe must have a reader, or get one within
// readerWithin: to wait for one without end would be to hang.
func open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		return os.Create(path)
	}
	const pause = 10 * time.Millisecond
	for waited := time.Duration(0); ; waited += pause {
		file, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if !errors.Is(err, syscall.ENXIO) {
			return file, err
		}
		if waited >= readerWithin {
			return nil, fmt.Errorf("%s: no process reads from this pipe: expected its reader to be started first", path)
		}
		time.Sleep(pause)
	}
}
