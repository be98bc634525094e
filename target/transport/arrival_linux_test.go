package transport

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"

	"weighbridge/target"
	"weighbridge/target/transport/lean"
)

// tcpPair returns both ends of a connection.
func tcpPair(t *testing.T) (near, far net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if near, err = net.Dial("tcp", listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if far, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	return near, far
}

// The kernel begins to stamp a moment after it was first asked to.
func TestKernelTellsWhenBytesHadArrived(t *testing.T) {
	const late = 20 * time.Millisecond
	near, far := tcpPair(t)
	r := newStampedConn(near)
	if r == nil {
		t.Fatal("the kernel refused")
	}
	into := make([]byte, 8)
	for try := 0; ; try++ {
		sent := time.Now()
		if _, err := far.Write([]byte("answer")); err != nil {
			t.Fatal(err)
		}
		written := time.Now()
		time.Sleep(late)
		n, received, err := r.read(into)
		if err != nil || string(into[:n]) != "answer" {
			t.Fatalf("read %q, %v", into[:n], err)
		}
		if received == 0 && try < 1000 {
			continue
		}
		if at := time.Unix(0, received); at.Before(sent.Add(-time.Millisecond)) || at.After(written.Add(time.Millisecond)) {
			t.Errorf("the bytes arrived at %v, but were written from %v to %v", at, sent, written)
		}
		break
	}
	if n, _, err := r.read(nil); n != 0 || err != nil {
		t.Errorf("no bytes: %d, %v", n, err)
	}
	_ = far.Close()
	if _, _, err := r.read(into); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	_ = near.Close()
	var op *net.OpError
	if _, _, err := r.read(into); !errors.Is(err, net.ErrClosed) || !errors.As(err, &op) || op.Op != "read" || op.Source == nil {
		t.Errorf("after it was closed: %v", err)
	}
}

func TestResetConnectionReadsAsOne(t *testing.T) {
	near, far := tcpPair(t)
	_ = far.(*net.TCPConn).SetLinger(0)
	_ = far.Close()
	_, _, got := newStampedConn(near).read(make([]byte, 1))
	if !errors.Is(got, errnoReset) {
		t.Errorf("%v, want a reset", got)
	}
}

func TestStampedConnWritesAsItsConnDoes(t *testing.T) {
	near, far := tcpPair(t)
	w := newStampedConn(near)
	text := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	received := make(chan []byte, 1)
	go func() {
		all, _ := io.ReadAll(far)
		received <- all
	}()
	for _, part := range [][]byte{nil, text[:1], text[1:]} {
		if n, err := w.write(part); n != len(part) || err != nil {
			t.Fatalf("%d of %d bytes written, %v", n, len(part), err)
		}
	}
	_ = near.(*net.TCPConn).CloseWrite()
	if got := <-received; !bytes.Equal(got, text) {
		t.Errorf("%d bytes arrived, want these %d", len(got), len(text))
	}
	var op *net.OpError
	if n, err := w.write(text); n != 0 || !errors.Is(err, syscall.EPIPE) || !errors.As(err, &op) || op.Op != "write" {
		t.Errorf("after its end: %d, %v", n, err)
	}
	_ = near.Close()
	if n, err := w.write(text); n != 0 || !errors.Is(err, net.ErrClosed) {
		t.Errorf("after it was closed: %d, %v", n, err)
	}
}

func TestStampedConnWritesUntilItsDeadline(t *testing.T) {
	near, _ := tcpPair(t)
	w, n, err := newStampedConn(near), 0, error(nil)
	for within := 10 * time.Millisecond; n == 0 && within < time.Minute; within *= 10 { // a busy machine begins to write late
		if err := near.SetWriteDeadline(time.Now().Add(within)); err != nil {
			t.Fatal(err)
		}
		n, err = w.write(make([]byte, 64<<20))
	}
	if n == 0 || n == 64<<20 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%d bytes that nobody reads were written, %v", n, err)
	}
}

func TestReadLagOfAnswers(t *testing.T) {
	for _, protocol := range []string{"http/1.1", "http/2", "h2c"} {
		t.Run(protocol, func(t *testing.T) {
			url, roots := listen(t, protocol, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "answer") })
			client := newClient(t, url, func(o *Options) { o.Client.Protocol = protocol })
			client.Connections = connect(t, section(protocol), roots)
			for range 1000 {
				x := client.Do(t.Context(), one)
				if x.Outcome.Class != target.Success || x.ReadLag < 0 || x.ReadLag > x.Service {
					t.Fatalf("%+v, read lag %v of %v", x.Outcome, x.ReadLag, x.Service)
				}
				if x.ReadLagKnown {
					return
				}
			}
			t.Error("the kernel tells nothing")
		})
	}
}

// awaitArrival waits until something has arrived on a connection, or its end, and leaves it there.
func awaitArrival(t *testing.T, conn net.Conn) {
	t.Helper()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Read(func(fd uintptr) bool {
		_, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK)
		return !errors.Is(err, syscall.EAGAIN)
	}); err != nil {
		t.Fatal(err)
	}
}

// A question is written to a connection on which nothing has arrived, and what is read then is its
// answer. What cannot be done so is left to others, or refused.
func TestAskingAConnection(t *testing.T) {
	answers := func(far net.Conn) {
		into := make([]byte, 8)
		n, _ := far.Read(into)
		_, _ = far.Write(append([]byte("re: "), into[:n]...))
	}
	for _, c := range []struct {
		name   string
		before func(t *testing.T, near, far net.Conn)
		length int
		far    func(net.Conn)
		quiet  bool
		want   string
		err    error
		stale  bool
		sent   int // of the question; -1 for a part
	}{
		{name: "answer", length: 3, quiet: true, far: answers, want: "re: ???", sent: 3},
		{name: "end", length: 3, quiet: true, far: func(far net.Conn) { _, _ = far.Read(make([]byte, 8)); _ = far.(*net.TCPConn).CloseWrite() }, err: io.EOF, sent: 3},
		{name: "bytes before", length: 3, quiet: true, before: func(t *testing.T, near, far net.Conn) {
			_, _ = far.Write([]byte("late"))
			awaitArrival(t, near)
		}, stale: true},
		{name: "end before", length: 3, quiet: true, before: func(t *testing.T, near, far net.Conn) { _ = far.Close(); awaitArrival(t, near) }, stale: true},
		{name: "bytes before a first question", length: 3, before: func(t *testing.T, near, far net.Conn) {
			_, _ = far.Write([]byte("early"))
			awaitArrival(t, near)
		}, want: "early", sent: 3},
		{name: "too long to be sent at once", length: 16 << 20, sent: -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			near, far := tcpPair(t)
			if c.before != nil {
				c.before(t, near, far)
			}
			if c.far != nil {
				go c.far(far)
			}
			begun, written := 0, 0
			q := &lean.Question{
				Text: bytes.Repeat([]byte("?"), c.length), Quiet: c.quiet,
				Begin: func() { begun++ }, Written: func() { written++ },
			}
			into := make([]byte, 64)
			n, _, err := newStampedConn(near).ask(q, into)
			if string(into[:n]) != c.want || !errors.Is(err, c.err) || q.Stale != c.stale {
				t.Errorf("%q, %v, stale: %v; want %q, %v, %v", into[:n], err, q.Stale, c.want, c.err, c.stale)
			}
			whole := q.Sent == c.length
			if q.Sent != c.sent && (c.sent >= 0 || whole || q.Sent <= 0) || (begun == 1) == c.stale || (written == 1) != whole {
				t.Errorf("%d of %d bytes sent, begun %d times, written %d times", q.Sent, c.length, begun, written)
			}
		})
	}
}
