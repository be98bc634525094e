//go:build linux && !race

package transport

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

func afterRead(uintptr) {}

// write writes to a socket what it takes at once. Like message.receive, it does not tell the scheduler.
func write(fd uintptr, p []byte) (n int, err error) {
	sent, _, failed := unix.RawSyscall6(unix.SYS_SENDTO, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
	if failed != 0 {
		return 0, failed
	}
	return int(sent), nil
}
