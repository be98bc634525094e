//go:build unix

package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"weighbridge/target"
)

// dialError is the error of a system call, as net and net/http return it.
func dialError(address string, call string, number syscall.Errno) error {
	return &net.OpError{
		Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.ParseIP(address), Port: 80}, Err: os.NewSyscallError(call, number),
	}
}

func TestLimitsOfThisMachineAreNotTheTargets(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		class  target.Class
		detail string
	}{
		{"files of the process", dialError("127.0.0.1", "socket", syscall.EMFILE), target.Generator, "no file left (ulimit -n "},
		{"files of the machine", dialError("127.0.0.1", "socket", syscall.ENFILE), target.Generator, "no file left on this machine"},
		{"ports", dialError("127.0.0.1", "connect", syscall.EADDRNOTAVAIL), target.Generator, "no local port left"},
		{"a port in use", dialError("127.0.0.1", "connect", syscall.EADDRINUSE), target.Generator, "no local port left"},
		{"buffers", dialError("127.0.0.1", "connect", syscall.ENOBUFS), target.Generator, "no buffer space left for connections"},
		{"memory", dialError("127.0.0.1", "socket", syscall.ENOMEM), target.Generator, "no memory left for connections"},
		{"wrapped by a token request", fmt.Errorf("fetch a token: %w", &url.Error{Op: "Post", URL: "/", Err: dialError("127.0.0.1", "socket", syscall.EMFILE)}), target.Generator, "no file left"},
		{"the last of several addresses", fmt.Errorf("dial: %w", errors.Join(dialError("127.0.0.1", "connect", syscall.ECONNREFUSED), dialError("::1", "socket", syscall.EMFILE))), target.Generator, "no file left"},
		{"a closed port", dialError("127.0.0.1", "connect", syscall.ECONNREFUSED), target.Transport, "connection refused"},
		{"a reset", &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, target.Transport, "connection reset"},
		{"no HTTP", errors.New(`malformed HTTP status code "mail.example.com"`), target.Transport, `the server's answer is not HTTP (malformed HTTP status code "mail.example.com")`},
		{"the end of the connection", io.ErrUnexpectedEOF, target.Transport, "the connection ended inside an answer (unexpected EOF)"},
		{"the end without an answer", &url.Error{Op: "Post", URL: "/", Err: io.EOF}, target.Transport, "the connection ended before an answer ("},
		{"bytes after an answer", errors.New("readLoopPeekFailLocked: %!w(<nil>)"), target.Transport, "more bytes than its previous answer declared"},
		{"a timeout", dialError("127.0.0.1", "connect", syscall.ETIMEDOUT), target.Timeout, "timed out"},
		{"the end of the context", fmt.Errorf("post: %w", context.DeadlineExceeded), target.Timeout, "deadline exceeded"},
	} {
		class, detail := failureOf(context.Background(), c.err, &attemptTrace{})
		if class != c.class || !strings.Contains(detail, c.detail) {
			t.Errorf("%s: class %q, %q; want %q, %q", c.name, class, detail, c.class, c.detail)
		}
	}
}

// A failure says how far the attempt had come.
func TestHowFarAnAttemptCame(t *testing.T) {
	over, cancel := context.WithCancelCause(t.Context())
	cancel(errTimeout)
	reset := &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	for _, c := range []struct {
		connected, answered bool
		ctx                 context.Context
		err                 error
		want                string
	}{
		{false, false, over, context.DeadlineExceeded, "client.timeout has passed before there was a connection"},
		{true, false, over, context.DeadlineExceeded, "client.timeout has passed before an answer"},
		{true, true, over, context.DeadlineExceeded, "client.timeout has passed inside an answer"},
		{true, false, t.Context(), io.ErrUnexpectedEOF, "the connection ended before an answer (unexpected EOF)"},
		{true, true, t.Context(), io.ErrUnexpectedEOF, "the connection ended inside an answer (unexpected EOF)"},
		{true, false, t.Context(), reset, "the connection was reset before an answer (read: read: connection reset by peer)"},
		{true, true, t.Context(), reset, "the connection was reset inside an answer (read: read: connection reset by peer)"},
	} {
		trace := &attemptTrace{sent: time.Now()}
		if c.connected {
			trace.connected.Store(1)
		}
		if c.answered {
			trace.firstByte.Store(1)
		}
		if _, got := failureOf(c.ctx, c.err, trace); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// On a machine without IPv6, ::1 cannot be had: a server that is down stays the target's.
func TestAMissingIPv6IsNoLimit(t *testing.T) {
	down := errors.Join(dialError("127.0.0.1", "connect", syscall.ECONNREFUSED), dialError("::1", "connect", syscall.EADDRNOTAVAIL))
	if _, own := OwnLimit(down); own != hasIPv6() {
		t.Errorf("a limit of this machine: %v; want %v, as it has IPv6: %v", own, hasIPv6(), hasIPv6())
	}
}

func TestALimitMetByATokenRequestIsNotAnAuthFailure(t *testing.T) {
	s := &scheme{err: fmt.Errorf("fetch a token: %w", dialError("127.0.0.1", "socket", syscall.EMFILE))}
	x := newClient(t, "http://127.0.0.1:1", retrying(3), func(o *Options) { o.Auth = s }).Do(context.Background(), one)
	if x.Outcome.Class != target.Generator || !strings.Contains(x.Outcome.Detail, "for a token") || x.Outcome.Failed != 1 {
		t.Errorf("%+v, want the class generator", x.Outcome)
	}
}
