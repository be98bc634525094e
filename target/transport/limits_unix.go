//go:build unix

package transport

import "syscall"

// The error numbers of the limits of a machine, by connect(2), socket(2) and accept(2).
const (
	errnoProcessFiles = syscall.EMFILE
	errnoSystemFiles  = syscall.ENFILE
	errnoNoPort       = syscall.EADDRNOTAVAIL
	errnoPortInUse    = syscall.EADDRINUSE
	errnoBuffers      = syscall.ENOBUFS
	errnoMemory       = syscall.ENOMEM
)

// The error numbers of a connection that the peer ended.
const (
	errnoReset  = syscall.ECONNRESET
	errnoBroken = syscall.EPIPE
)

// maxFiles returns how many files this process may have open.
func maxFiles() (n uint64, known bool) {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0, false
	}
	return uint64(limit.Cur), true
}
