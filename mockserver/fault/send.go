package fault

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// Sleeper waits for d, or until ctx is done; then it returns the context's error.
type Sleeper interface {
	Sleep(ctx context.Context, d time.Duration) error
}

// Send sends the reply as the answer to request. Before a piece with a delay it flushes
// what precedes it and waits with sleeper; each event of a stream is flushed. If the
// reply ends in EndTruncated, EndAbrupt or EndReset, Send may panic with
// http.ErrAbortHandler. An error means that the client has left, or that w lacks what the
// reply needs.
func (r *Reply) Send(w http.ResponseWriter, request *http.Request, sleeper Sleeper) error {
	if r.Status == 0 {
		r.callDone()
		AbortStream(w, request, r.Code)
	}
	length, size := r.Length, r.Size()
	times := 1
	switch overflows := length >= 0 && length < size; {
	case request.ProtoMajor == 1 && (overflows || r.Twice):
		return r.sendRaw(w, request, sleeper)
	case overflows: // HTTP/2 cannot send more bytes than declared: declare too many instead
		length = 2*size - length
	}
	if r.Twice {
		times = 2
		if length >= 0 {
			length += size
		}
	}
	maps.Copy(w.Header(), r.Header)
	if length >= 0 {
		w.Header()["Content-Length"] = []string{strconv.Itoa(length)}
	}
	if len(r.Parts) == 1 && r.Parts[0].Wait == 0 && !r.Stream && times == 1 && r.End == EndComplete {
		r.callDone()
		w.WriteHeader(r.Status)
		_, err := w.Write(r.Parts[0].Bytes) // a plain answer, which net/http sends in one piece
		return err
	}
	if len(r.Parts) == 0 {
		r.callDone()
	}
	w.WriteHeader(r.Status)
	flush := http.NewResponseController(w).Flush
	for i := range times {
		if err := r.sendParts(request.Context(), w, flush, sleeper, i == times-1); err != nil {
			return err
		}
	}
	return r.finish(w, request, flush)
}

// sendParts sends the parts; last says that nothing follows them.
func (r *Reply) sendParts(ctx context.Context, w io.Writer, flush func() error, sleeper Sleeper, last bool) error {
	for i, part := range r.Parts {
		if part.Wait > 0 {
			if err := flush(); err != nil {
				return err
			}
			if err := sleeper.Sleep(ctx, part.Wait); err != nil {
				return err
			}
		}
		if part.Content && r.OnContent != nil {
			r.OnContent()
		}
		if last && i == len(r.Parts)-1 {
			r.callDone()
		}
		if _, err := w.Write(part.Bytes); err != nil {
			return err
		}
		if r.Stream {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// finish ends an answer that was sent through net/http, as End says.
func (r *Reply) finish(w http.ResponseWriter, request *http.Request, flush func() error) error {
	r.callDone() // if there were no parts
	if r.End == EndComplete {
		return nil // net/http closes an HTTP/1.1 connection if fewer bytes were sent than declared
	}
	if err := flush(); err != nil {
		return err
	}
	switch {
	case r.End == EndReset:
		AbortStream(w, request, r.Code)
	case r.End == EndAbrupt, request.ProtoMajor == 1:
		panic(http.ErrAbortHandler) // closes the connection without the last chunk, or resets the stream
	}
	return nil
}

// sendRaw writes to the HTTP/1.1 connection what net/http would refuse to: more bytes
// than declared, or a second answer. Then it closes the connection.
func (r *Reply) sendRaw(w http.ResponseWriter, request *http.Request, sleeper Sleeper) error {
	header := w.Header().Clone()
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return err
	}
	defer conn.Close()
	maps.Copy(header, r.Header)
	if len(r.Parts) == 0 {
		r.callDone()
	}
	if header.Get("Date") == "" {
		header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	length := r.Length
	if length < 0 {
		length = r.Size()
	}
	header.Set("Content-Length", strconv.Itoa(length))
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 " + strconv.Itoa(r.Status) + " " + http.StatusText(r.Status) + "\r\n")
	_ = header.Write(&head) // writing to a buffer does not fail
	head.WriteString("\r\n")
	times := 1
	if r.Twice {
		times = 2
	}
	for i := range times {
		if _, err := buffered.Write(head.Bytes()); err != nil {
			return err
		}
		if err := r.sendParts(request.Context(), buffered, buffered.Flush, sleeper, i == times-1); err != nil {
			return err
		}
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if r.End == EndReset {
		resetConnection(conn)
	}
	return nil
}
