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
			var sockets []*net.TCPConn
			pool.dialer.Connect = func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, address)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					sockets = append(sockets, conn.(*net.TCPConn))
				}
				return conn, err
			}
			for range 200 { // in sequence, so that the socket is still open when it is queried
				if _, _, err := post(pool, url, strings.Repeat("x", 500)); err != nil {
					t.Fatal(err)
				}
			}
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

func tcpInfo(t *testing.T, conn *net.TCPConn) *unix.TCPInfo {
	t.Helper()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var info *unix.TCPInfo
	var failed error
	if err := raw.Control(func(fd uintptr) {
		info, failed = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	}); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	return info
}
