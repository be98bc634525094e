package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"

	"golang.org/x/net/http2"

	"golang.org/x/net/http2/hpack"
	"weighbridge/target"
)

// framesOf returns what a function writes as frames.
func framesOf(write func(f *http2.Framer, header func(end bool, fields ...string))) []byte {
	var text bytes.Buffer
	f := http2.NewFramer(&text, nil)
	write(f, func(end bool, fields ...string) {
		var block bytes.Buffer
		e := hpack.NewEncoder(&block)
		for i := 0; i < len(fields); i += 2 {
			_ = e.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}) // to memory
		}
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: end})
	})
	return text.Bytes()
}

// FuzzHTTP2TransportsAgree compares package h2 with net/http at a server that tells its
// settings, reads a request, sends any bytes, and then closes the connection.
func FuzzHTTP2TransportsAgree(f *testing.F) {
	for _, seed := range []func(f *http2.Framer, header func(end bool, fields ...string)){
		func(*http2.Framer, func(bool, ...string)) {},
		func(f *http2.Framer, header func(bool, ...string)) {
			header(false, ":status", "200", "content-length", "2")
			_ = f.WriteData(1, true, []byte("ok"))
		},
		func(f *http2.Framer, header func(bool, ...string)) {
			header(false, ":status", "103")
			header(false, ":status", "429", "retry-after", "1", "trailer", "x")
			_ = f.WriteData(1, false, []byte("no"))
			header(true, "x", "y")
		},
		func(f *http2.Framer, header func(bool, ...string)) {
			header(true, ":status", "204", "content-length", "2")
		},
		func(f *http2.Framer, header func(bool, ...string)) {
			header(false, ":status", "200", "content-length", "3")
			_ = f.WriteData(1, true, []byte("ok"))
		},
		func(f *http2.Framer, header func(bool, ...string)) {
			header(false, ":status", "200", "content-length", "1")
			_ = f.WriteData(1, true, []byte("ok"))
		},
		func(f *http2.Framer, header func(bool, ...string)) { header(true, "x", "y") },
		func(f *http2.Framer, header func(bool, ...string)) { header(true, ":status", "abc") },
		func(f *http2.Framer, header func(bool, ...string)) { header(true, ":status", "101") },
		func(f *http2.Framer, header func(bool, ...string)) {
			header(false, ":status", "200")
			_ = f.WriteData(1, false, []byte("part"))
			_ = f.WriteRSTStream(1, http2.ErrCodeInternal)
		},
		func(f *http2.Framer, header func(bool, ...string)) {
			_ = f.WritePing(false, [8]byte{1})
			_ = f.WriteWindowUpdate(0, 1)
			_ = f.WriteRawFrame(0xbe, 0, 1, []byte("?"))
			header(false, ":status", "200")
			_ = f.WriteDataPadded(1, true, []byte("ok"), make([]byte, 3))
		},
		func(f *http2.Framer, header func(bool, ...string)) { _ = f.WriteData(1, true, []byte("ok")) },
		func(f *http2.Framer, header func(bool, ...string)) { _ = f.WriteData(3, true, []byte("ok")) },
		func(f *http2.Framer, header func(bool, ...string)) {
			_ = f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 31})
		},
		func(f *http2.Framer, header func(bool, ...string)) {
			header(false, ":status", "200")
			header(false, ":status", "200")
		},
	} {
		for method := range byte(3) {
			f.Add(framesOf(seed), method)
		}
	}
	f.Fuzz(func(t *testing.T, answer []byte, method byte) {
		answer = answer[:min(len(answer), 32<<10)] // longer ones are only slow
		chosen := []string{http.MethodPost, http.MethodGet, http.MethodHead}[method%3]
		lean := answeredInFrames(t, "lean", chosen, answer)
		if hasPriorityUpdate(answer) {
			return // net/http ignores what RFC 9218 §7.1 makes an error
		}
		standard := answeredInFrames(t, "standard", chosen, answer)
		if lean != standard {
			t.Errorf("%s %q:\nlean     %+v\nstandard %+v", chosen, answer, lean, standard)
		}
	})
}

// hasPriorityUpdate reports whether there is a PRIORITY_UPDATE among frames.
func hasPriorityUpdate(frames []byte) bool {
	const priorityUpdate = 0x10
	for len(frames) >= frameHeaderBytes {
		if frames[3] == priorityUpdate {
			return true
		}
		length := int(frames[0])<<16 | int(frames[1])<<8 | int(frames[2])
		frames = frames[min(len(frames), frameHeaderBytes+length):]
	}
	return false
}

// answeredInFrames sends a request to a server that sends frames, over a connection in memory.
func answeredInFrames(t *testing.T, transport, method string, frames []byte) (got answer) {
	s := section("h2c")
	s.Transport, s.MaxResponse = transport, 1
	pool := connect(t, s, nil)
	pool.dialer.Connect = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go serveFrames(theirs, frames)
		return heedless{ours}, nil
	}
	defer pool.Close()
	client := NewClient(Options{
		Base: &url.URL{Scheme: "http", Host: "127.0.0.1"}, Connections: pool, Client: s, Dialect: heardDialect{method, &got},
	})
	x := client.Do(t.Context(), one)
	got.class, got.status = x.Outcome.Class, x.Status
	for _, attempt := range x.Attempts {
		got.timings += len(attempt.Timings)
	}
	return got
}

// heedless is a connection that can be written to after its other end has gone: what had come before is
// read all the same.
type heedless struct{ net.Conn }

func (c heedless) Write(p []byte) (int, error) {
	if _, err := c.Conn.Write(p); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		return 0, err
	}
	return len(p), nil
}

// serveFrames reads one request, writes frames and closes the connection.
func serveFrames(conn net.Conn, frames []byte) {
	defer conn.Close()
	if _, err := io.ReadFull(conn, make([]byte, prefaceBytes)); err != nil {
		return
	}
	requested := make(chan struct{})
	go func() {
		first := true
		for in := http2.NewFramer(nil, conn); ; {
			frame, err := in.ReadFrame()
			if err != nil {
				if first {
					close(requested)
				}
				return
			}
			if kind := frame.Header().Type; first && frame.Header().Flags.Has(flagEndStream) && (kind == http2.FrameHeaders || kind == http2.FrameData) {
				first = false
				close(requested)
			}
		}
	}()
	if http2.NewFramer(conn, nil).WriteSettings() != nil {
		return
	}
	<-requested
	_, _ = conn.Write(frames) // its reader may have gone
}

// Whichever transport sent the request, the reason for which its stream was reset is told.
func TestAResetStreamIsToldWithItsReason(t *testing.T) {
	onBoth(t, "calm", func(t *testing.T, transport string) {
		s := &http2Server{answer: func(f *http2.Framer, stream uint32, _ int) {
			_ = f.WriteRSTStream(stream, http2.ErrCodeEnhanceYourCalm)
		}}
		x := newClient(t, s.listen(t), h2c, func(o *Options) { o.Client.Transport = transport }).Do(t.Context(), one)
		if x.Outcome.Class != target.Transport || x.Outcome.Detail != "the server reset the stream (ENHANCE_YOUR_CALM)" {
			t.Errorf("%+v", x.Outcome)
		}
	})
}
