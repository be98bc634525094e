package mockserver_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// http2Attacker is an HTTP/2 connection on which any frames can be written.
type http2Attacker struct {
	*http2.Framer
	conn    net.Conn
	block   bytes.Buffer
	encoder *hpack.Encoder
	// received are the mock's frames, until it closes the connection.
	received chan http2.Frame
}

// dialHTTP2 opens an HTTP/2 connection and reads from it in the background: clients that
// do not read are another attack.
func (s *attackedMock) dialHTTP2(t *testing.T) *http2Attacker {
	t.Helper()
	conn := s.dial(t, "h2")
	writeText(t, conn, http2.ClientPreface)
	f := &http2Attacker{Framer: http2.NewFramer(conn, conn), conn: conn, received: make(chan http2.Frame, 1<<14)}
	f.encoder = hpack.NewEncoder(&f.block)
	f.must(t, f.WriteSettings())
	go func() {
		defer close(f.received)
		for {
			frame, err := f.ReadFrame()
			if err != nil {
				return
			}
			switch frame.(type) {
			case *http2.DataFrame: // not needed, and its bytes are invalid after the next frame
			case *http2.GoAwayFrame:
				_ = conn.SetWriteDeadline(time.Now()) // the attack is over
				f.received <- frame
			default:
				f.received <- frame
			}
		}
	}()
	return f
}

// must is for frames on which the mock must not close the connection.
func (f *http2Attacker) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// headerBlock returns the header block of a valid request, with more fields.
func (f *http2Attacker) headerBlock(more ...string) []byte {
	f.block.Reset()
	fields := append([]string{
		":method", "POST", ":scheme", "https", ":authority", "mock", ":path", "/v1/completions",
		"content-type", "application/json", "x-api-key", "key",
	}, more...)
	for i := 0; i < len(fields); i += 2 {
		_ = f.encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}) // writing to a buffer does not fail
	}
	return f.block.Bytes()
}

// openStream sends the header of a request whose body is to follow.
func (f *http2Attacker) openStream(stream uint32) error {
	return f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: f.headerBlock(), EndHeaders: true})
}

// waitUntilProcessed waits until the mock has processed all frames. It reports whether the
// connection is still open: the mock has answered a ping, or else has closed the
// connection (usually with a GOAWAY). It also counts the RST_STREAMs by error code.
func (f *http2Attacker) waitUntilProcessed(t *testing.T) (open bool, resets map[http2.ErrCode]int) {
	t.Helper()
	_ = f.WritePing(false, [8]byte{'e', 'n', 'd'})
	resets = map[http2.ErrCode]int{}
	for frame := range f.received {
		switch frame := frame.(type) {
		case *http2.PingFrame:
			if frame.IsAck() && frame.Data[0] == 'e' {
				return true, resets
			}
		case *http2.RSTStreamFrame:
			resets[frame.ErrCode]++
		case *http2.GoAwayFrame:
			t.Logf("GOAWAY: %v", frame.ErrCode) // its debug data is invalid by now
		}
	}
	return false, resets
}

// Rapid reset (CVE-2023-44487): requests are canceled as soon as they are sent.
func TestAttackRapidReset(t *testing.T) {
	attackMock(t, func(t *testing.T, s *attackedMock) {
		f := s.dialHTTP2(t)
		for i := range uint32(2000) {
			if f.openStream(1+2*i) != nil || f.WriteRSTStream(1+2*i, http2.ErrCodeCancel) != nil {
				break
			}
		}
		f.waitUntilProcessed(t)
	})
}

// Floods of control frames, some of which require an answer.
func TestAttackControlFrames(t *testing.T) {
	attackMock(t, func(t *testing.T, s *attackedMock) {
		for name, write := range map[string]func(f *http2Attacker, i uint32) error{
			"settings": func(f *http2Attacker, i uint32) error {
				return f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: i})
			},
			"pings": func(f *http2Attacker, i uint32) error { return f.WritePing(false, [8]byte{byte(i)}) },
			"priorities": func(f *http2Attacker, i uint32) error {
				return f.WritePriority(1+2*i, http2.PriorityParam{StreamDep: 0})
			},
			"window updates": func(f *http2Attacker, _ uint32) error { return f.WriteWindowUpdate(0, 1) },
			"empty data":     func(f *http2Attacker, _ uint32) error { return f.WriteData(1, false, nil) },
			"unknown types":  func(f *http2Attacker, i uint32) error { return f.WriteRawFrame(http2.FrameType(0xf0), 0, i, nil) },
		} {
			f := s.dialHTTP2(t)
			f.must(t, f.openStream(1))
			for i := range uint32(2000) {
				if write(f, i) != nil {
					break
				}
			}
			if open, _ := f.waitUntilProcessed(t); !open && name != "empty data" {
				t.Errorf("%s close the connection of a client that reads", name)
			}
		}
	})
}

// CONTINUATION flood (CVE-2023-45288): the mock closes the connection.
func TestAttackContinuationFlood(t *testing.T) {
	const bound = 128 << 20 // with all that the system may hold in between
	attackMock(t, func(t *testing.T, s *attackedMock) {
		var attackers []*http2Attacker
		for _, field := range []hpack.HeaderField{
			{Name: "x-line", Value: strings.Repeat("x", 8<<10)},
			{Name: "authorization", Value: strings.Repeat("x", 8<<10), Sensitive: true},
			{Name: "x-line", Value: "short"}, // one byte each, by HPACK
		} {
			f := s.dialHTTP2(t)
			f.must(t, f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: f.headerBlock()}))
			if n := f.continueHeader(field, bound); n >= bound {
				t.Errorf("%s %.9s: all of %d bytes were accepted", field.Name, field.Value, n)
			}
			attackers = append(attackers, f)
		}
		for i, f := range attackers {
			if open, _ := f.waitUntilProcessed(t); open {
				t.Errorf("attack %d: the connection is still open", i)
			}
		}
	})
}

// continueHeader continues the header of stream 1 until the mock closes the connection, or
// until it has written bound bytes, and returns the number of bytes written.
func (f *http2Attacker) continueHeader(field hpack.HeaderField, bound int) (written int) {
	for written < bound {
		f.block.Reset()
		for f.block.Len() < 4<<10 {
			_ = f.encoder.WriteField(field) // writing to a buffer does not fail
		}
		if f.WriteContinuation(1, false, f.block.Bytes()) != nil {
			break
		}
		written += f.block.Len()
	}
	return written
}

// More concurrent streams than the mock allows, whose bodies are never sent. Those over
// the limit are refused (with PROTOCOL_ERROR, if the client has acknowledged the limit:
// RFC 9113, section 5.1.2); the others stay open until the mock is closed.
func TestAttackOpenStreams(t *testing.T) {
	attackMock(t, func(t *testing.T, s *attackedMock) {
		f := s.dialHTTP2(t)
		const most, more = 1000, 200
		for frame := range f.received {
			if settings, ok := frame.(*http2.SettingsFrame); ok && !settings.IsAck() {
				f.must(t, f.WriteSettingsAck())
				break
			}
		}
		for i := range uint32(most + more) {
			f.must(t, f.openStream(1+2*i))
		}
		open, resets := f.waitUntilProcessed(t)
		if !open || resets[http2.ErrCodeProtocol] != more {
			t.Errorf("still open: %v, resets %v, want %d", open, resets, more)
		}
		f.must(t, f.WriteData(1, false, []byte(`{"prompt":`)))
		f.must(t, f.WriteData(3, true, []byte(`{"`)))
	})
}

// A client with a window of 0, so that the mock cannot send its answers.
func TestAttackClosedWindows(t *testing.T) {
	attackMock(t, func(t *testing.T, s *attackedMock) {
		f := s.dialHTTP2(t)
		f.must(t, f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}))
		for i := range uint32(100) {
			f.must(t, f.openStream(1+2*i))
			f.must(t, f.WriteData(1+2*i, true, []byte(`{"prompt":"weigh this"}`)))
		}
		if open, resets := f.waitUntilProcessed(t); !open || len(resets) > 0 {
			t.Errorf("still open: %v, resets %v", open, resets)
		}
	})
}

// Over HTTP/2, too, requests whose bodies are withheld are refused at once.
func TestAttackWithheldBodiesOverHTTP2(t *testing.T) {
	attackMock(t, func(t *testing.T, s *attackedMock) {
		client := s.newClient(t, "h2")
		for _, d := range allDialectErrors {
			for key, want := range map[string]int{"": http.StatusUnauthorized, "key": http.StatusRequestEntityTooLarge} {
				never, _ := io.Pipe()
				r := s.newRequest(t, d.path, never)
				r.ContentLength = 1 << 40
				r.Header.Set("X-Api-Key", key)
				response, body := send(t, client, r)
				if err := d.checkRefusal(response, body, want); err != nil {
					t.Errorf("%s: %v", d.name, err)
				}
			}
		}
	})
}
