package transport

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// The kernel counts a connection's payload in TCP_INFO: bytes_sent and bytes_received
// (linux/tcp.h). bytes_sent includes retransmissions.
func TestBytesAgreeWithTheKernel(t *testing.T) {
	for _, protocol := range []string{"http/1.1", "http/2"} {
		onBoth(t, protocol, func(t *testing.T, transport string) {
			url, roots := listen(t, protocol, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				_, _ = io.WriteString(w, strings.Repeat("answer ", 100))
			})
			s := section(protocol)
			s.Transport = transport
			pool := connect(t, s, roots)
			var mu sync.Mutex
			var sockets []int
			pool.dialer.Connect = func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, address)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					sockets = append(sockets, duplicate(t, conn.(*net.TCPConn)))
				}
				return conn, err
			}
			for range 200 {
				if _, _, err := post(pool, url, strings.Repeat("x", 500)); err != nil {
					t.Fatal(err)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			var sent, received uint64
			for _, socket := range sockets {
				info := tcpInfo(t, socket)
				sent += info.Bytes_sent - info.Bytes_retrans
				received += info.Bytes_received
			}
			got := pool.Traffic()
			for _, c := range []struct {
				way          string
				ours, kernel uint64
			}{{"sent", got.Sent.Wire, sent}, {"received", got.Received.Wire, received}} {
				if off := float64(c.ours)/float64(c.kernel) - 1; c.kernel == 0 || off < -0.01 || off > 0.01 {
					t.Errorf("%s: %d bytes counted, %d by the kernel", c.way, c.ours, c.kernel)
				}
			}
		})
	}
}

// duplicate returns a descriptor of a connection's socket, which the kernel keeps for it: on a busy machine, net/http
// does not wait long to use a connection again, and closes it.
func duplicate(t *testing.T, conn *net.TCPConn) (socket int) {
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Error(err)
		return -1
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { socket, failed = unix.Dup(int(fd)) }); err != nil || failed != nil {
		t.Error(err, failed)
		return -1
	}
	t.Cleanup(func() { _ = unix.Close(socket) })
	return socket
}

func tcpInfo(t *testing.T, socket int) *unix.TCPInfo {
	t.Helper()
	info, err := unix.GetsockoptTCPInfo(socket, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		t.Fatal(err)
	}
	return info
}
