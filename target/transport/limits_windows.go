package transport

import "golang.org/x/sys/windows"

// The error numbers of the limits of a machine, by connect and socket of Windows Sockets 2.
const (
	errnoProcessFiles = windows.WSAEMFILE
	errnoSystemFiles  = windows.ERROR_TOO_MANY_OPEN_FILES
	errnoNoPort       = windows.WSAEADDRNOTAVAIL
	errnoPortInUse    = windows.WSAEADDRINUSE
	errnoBuffers      = windows.WSAENOBUFS
	errnoMemory       = windows.ERROR_NOT_ENOUGH_MEMORY
)

// The error numbers of a connection that the peer ended.
const (
	errnoReset  = windows.WSAECONNRESET
	errnoBroken = windows.WSAECONNABORTED
)

// maxFiles returns how many files this process may have open: Windows sets no limit.
func maxFiles() (n uint64, known bool) { return 0, false }
