//go:build linux && race

package transport

import "syscall"

// afterRead tells the race detector that what happened before the peer wrote happened before this read, as
// reads of package net do; the detector cannot see this of a raw recvmsg. It reads nothing.
func afterRead(fd uintptr) { _, _ = syscall.Read(int(fd), nil) }

// write writes to a socket what it takes at once, which the race detector sees.
func write(fd uintptr, p []byte) (n int, err error) { return syscall.Write(int(fd), p) }
