package transport

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// OwnLimit returns the limit of this machine that made an operation fail, such as "no file
// left (ulimit -n 1024)"; false if the error has another cause. No server can cause these.
func OwnLimit(err error) (limit string, ok bool) {
	var address net.Addr
	for ; err != nil; err = errors.Unwrap(err) {
		switch e := err.(type) {
		case interface{ Unwrap() []error }:
			for _, one := range e.Unwrap() {
				if limit, ok := OwnLimit(one); ok {
					return limit, true
				}
			}
			return "", false
		case *net.OpError:
			address = e.Addr
		case syscall.Errno:
			return limitOf(e, address)
		}
	}
	return "", false
}

// limitOf names the limit that an error number of a system call on address stands for.
func limitOf(e syscall.Errno, address net.Addr) (limit string, ok bool) {
	switch e {
	case errnoProcessFiles:
		if n, known := maxFiles(); known {
			return fmt.Sprintf("no file left (ulimit -n %d)", n), true
		}
		return "no file left", true
	case errnoSystemFiles:
		return "no file left on this machine", true
	case errnoNoPort, errnoPortInUse:
		// Without IPv6, its addresses give the same error as IPv4 gives without a port.
		return "no local port left", isIPv4(address) || hasIPv6()
	case errnoBuffers:
		return "no buffer space left for connections", true
	case errnoMemory:
		return "no memory left for connections", true
	}
	return "", false
}

func isIPv4(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.To4() != nil
}

// hasIPv6 reports whether an interface of this machine has an IPv6 address.
func hasIPv6() bool {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() == nil {
			return true
		}
	}
	return false
}
