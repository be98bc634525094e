package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/net/http2"

	"weighbridge/target"
	"weighbridge/target/transport/h2"
)

// contractError says why an answer is one that no dialect allows.
type contractError string

func (e contractError) Error() string { return string(e) }

const (
	errSwitched contractError = "the server switched protocols (101), which no request asked for"
	errInterim  contractError = "the server sent too many interim responses (1xx)"
)

// failureOf returns the class of an attempt that got no complete response, and a text that
// says why: generator for a limit of this machine, contract for an answer that no dialect
// allows, cut_off if the caller ended ctx, the attempt's context, timeout if its own time
// was over, else transport.
func failureOf(ctx context.Context, err error, t *attemptTrace) (target.Class, string) {
	if limit, own := OwnLimit(err); own {
		return target.Generator, limit
	}
	var stream streamError
	if errors.As(err, &stream) && stream.Cause != nil {
		if err = stream.Cause; err.Error() == textFromPeer {
			err = &h2.StreamError{Code: http2.ErrCode(stream.Code)}
		}
	}
	var contract contractError
	switch {
	case errors.As(err, &contract):
		return target.Contract, contract.Error()
	case cutOff(ctx, err):
		return target.CutOff, context.Cause(ctx).Error()
	case ended(err):
		return target.Timeout, timeoutOf(ctx, err, t)
	}
	if closed := whileIdle(err, t); closed != "" {
		return target.Transport, closed
	}
	if other := otherProtocol(err); other != "" {
		return target.Transport, other
	}
	if errors.Is(err, io.ErrUnexpectedEOF) && t.connected.Load() > 0 {
		return target.Transport, "the connection ended " + t.progress() + " (" + withoutOwnAddress(err) + ")"
	}
	if errors.Is(err, errnoReset) && t.connected.Load() > 0 {
		return target.Transport, "the connection was reset " + t.progress() + " (" + withoutOwnAddress(err) + ")"
	}
	return target.Transport, causeOf(err)
}

// timeoutOf says how far an attempt had come when its time was over.
func timeoutOf(ctx context.Context, err error, t *attemptTrace) string {
	switch {
	case !errors.Is(context.Cause(ctx), errTimeout):
		return causeOf(err)
	case t.connected.Load() == 0:
		return "client.timeout has passed before there was a connection"
	}
	return "client.timeout has passed " + t.progress()
}

// progress says how far an attempt with a connection has come.
func (t *attemptTrace) progress() string {
	if t.firstByte.Load() > 0 {
		return "inside an answer"
	}
	return "before an answer"
}

// maxDetail is the number of bytes to which a detail is cut to make room for a note.
const maxDetail = 120

// withNote adds a note to the detail of a failure.
func withNote(detail, note string) string {
	if len(detail) > maxDetail {
		detail = strings.ToValidUTF8(detail[:maxDetail], "") + "…"
	}
	return detail + "; " + note
}

// cutOff reports whether err is the end of ctx, an attempt's context, and the caller ended
// it: not the attempt's own timeout.
func cutOff(ctx context.Context, err error) bool {
	cause := context.Cause(ctx)
	return cause != nil && !errors.Is(cause, errTimeout) && (ended(err) || errors.Is(err, cause))
}

// ended reports whether err is the end of a context, or a timeout.
func ended(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.Canceled) || errors.As(err, &timeout) && timeout.Timeout()
}

// textLeftOver is in net/http's error for a connection on which bytes came without a request.
const textLeftOver = "readLoopPeekFailLocked"

// textMalformed is in net/http's errors for an answer whose first line is none of HTTP's.
const textMalformed = "malformed HTTP "

// textNotEstablished is net/http's error for an HTTP/2 connection that ended before its first request.
const textNotEstablished = "http2: client conn could not be established"

// textFromPeer is net/http's cause of an HTTP/2 stream that the server reset, without the reason.
const textFromPeer = "received from peer"

// textClosedIdle is net/http's error for a connection that had ended before the request left.
const textClosedIdle = "http: server closed idle connection"

// shortestIdle is less than any server keeps idle connections. One that ends a connection sooner does so for
// another reason, such as a restart, or a request whose body it did not read.
const shortestIdle = 100 * time.Millisecond

// whileIdle describes the failure of a request on a kept connection that ended before any byte of
// the response: most likely the server closed the idle connection just as the request left. It is
// "" for any other failure.
func whileIdle(err error, t *attemptTrace) string {
	idle := time.Duration(t.idle.Load()) - 1
	if idle < 0 || t.firstByte.Load() > 0 {
		return ""
	}
	advice, condition := "set client.idle_timeout below the server's", "if it was closed while idle, "
	if idle < shortestIdle {
		advice, condition = "client.retry or client.keepalive: false may help", ""
	}
	idle = idle.Round(time.Millisecond)
	switch {
	case strings.Contains(err.Error(), textClosedIdle):
		return fmt.Sprintf("connection closed while idle, after %v: %s", idle, advice)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errnoReset), errors.Is(err, errnoBroken):
		return fmt.Sprintf("connection ended before an answer (%s), after %v without use: %s%s", withoutOwnAddress(err), idle, condition, advice)
	}
	return ""
}

// otherProtocol names the protocol of a server that speaks another than the one asked for;
// "" if it is not known to.
func otherProtocol(err error) string {
	var record tls.RecordHeaderError
	text := err.Error()
	switch {
	case errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		return "the server does not speak TLS: expected an http:// URL"
	case strings.Contains(text, `malformed HTTP response "\x15\x03`):
		return "the server answered with a TLS alert: expected an https:// URL"
	case strings.Contains(text, `malformed HTTP response "\x00\x00`):
		return "the server answered with HTTP/2: expected client.protocol h2c"
	case strings.Contains(text, textMalformed):
		return "the server's answer is not HTTP (" + text[strings.Index(text, textMalformed):] + ")"
	case strings.Contains(text, textLeftOver):
		return "the server sent more bytes than its previous answer declared"
	case errors.Is(err, h2.ErrNotEstablished), strings.Contains(text, textNotEstablished):
		return "the server ended the connection before its first request: if it does not speak HTTP/2, expected client.protocol http/1.1"
	case strings.Contains(text, "looked like an HTTP/1.1 header"):
		return "the server answered with HTTP/1: expected client.protocol http/1.1"
	}
	return ""
}
