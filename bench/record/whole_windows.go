package record

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isHeldOpen reports whether a file could not be replaced because a process, such as a
// reader or a virus scanner, has it open.
func isHeldOpen(err error) bool {
	return errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_SHARING_VIOLATION)
}
