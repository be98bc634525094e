package transport

import (
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"weighbridge/target"
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
	r := newStampedReader(near)
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
	_, _, got := newStampedReader(near).read(make([]byte, 1))
	if !errors.Is(got, errnoReset) {
		t.Errorf("%v, want a reset", got)
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
