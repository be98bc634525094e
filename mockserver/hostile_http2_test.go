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

// framed is an attacker's connection of HTTP/2, which writes what frames it likes.
type framed struct {
	*http2.Framer
	conn    net.Conn
	block   bytes.Buffer
	encoder *hpack.Encoder
	// heard is what the mock says, until it hangs up.
	heard chan http2.Frame
}

// frames begins HTTP/2, and from then on listens: a mock that cannot write is another attack.
func (s *siege) frames(t *testing.T) *framed {
	t.Helper()
	conn := s.dial(t, "h2")
	say(t, conn, http2.ClientPreface)
	f := &framed{Framer: http2.NewFramer(conn, conn), conn: conn, heard: make(chan http2.Frame, 1<<14)}
	f.encoder = hpack.NewEncoder(&f.block)
	f.must(t, f.WriteSettings())
	go func() {
		defer close(f.heard)
		for {
			frame, err := f.ReadFrame()
			if err != nil {
				return
			}
			switch frame.(type) {
			case *http2.DataFrame: // its bytes do not outlive the next frame, and are nobody's concern
			case *http2.GoAwayFrame:
				_ = conn.SetWriteDeadline(time.Now()) // the attack is over
				f.heard <- frame
			default:
				f.heard <- frame
			}
		}
	}()
	return f
}

// must is for frames that the mock has no reason to hang up on.
func (f *framed) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// header is that of a good request, and whatever else.
func (f *framed) header(more ...string) []byte {
	f.block.Reset()
	fields := append([]string{
		":method", "POST", ":scheme", "https", ":authority", "mock", ":path", "/v1/completions",
		"content-type", "application/json", "x-api-key", "key",
	}, more...)
	for i := 0; i < len(fields); i += 2 {
		_ = f.encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}) // a buffer takes everything
	}
	return f.block.Bytes()
}

// open begins a request whose body is still to come.
func (f *framed) open(stream uint32) error {
	return f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: f.header(), EndHeaders: true})
}

// settles waits until the mock has seen all frames, and reports how: by the
// answer to a ping, or by an end of the connection with a GOAWAY (or without
// one, where the attacker still wrote when it came).
func (f *framed) settles(t *testing.T) (open bool, resets map[http2.ErrCode]int) {
	t.Helper()
	_ = f.WritePing(false, [8]byte{'e', 'n', 'd'})
	resets = map[http2.ErrCode]int{}
	for frame := range f.heard {
		switch frame := frame.(type) {
		case *http2.PingFrame:
			if frame.IsAck() && frame.Data[0] == 'e' {
				return true, resets
			}
		case *http2.RSTStreamFrame:
			resets[frame.ErrCode]++
		case *http2.GoAwayFrame:
			t.Logf("the mock ends it: %v", frame.ErrCode) // its data is gone with the next frame
		}
	}
	return false, resets
}

// Rapid reset (CVE-2023-44487): requests that are taken back as soon as they are made.
func TestSiegeOfResets(t *testing.T) {
	besiege(t, func(t *testing.T, s *siege) {
		f := s.frames(t)
		for i := range uint32(2000) {
			if f.open(1+2*i) != nil || f.WriteRSTStream(1+2*i, http2.ErrCodeCancel) != nil {
				break
			}
		}
		f.settles(t)
	})
}

// Control frames that each ask for an answer, as long as the mock takes them.
func TestSiegeOfControlFrames(t *testing.T) {
	besiege(t, func(t *testing.T, s *siege) {
		for name, write := range map[string]func(f *framed, i uint32) error{
			"settings": func(f *framed, i uint32) error {
				return f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: i})
			},
			"pings":          func(f *framed, i uint32) error { return f.WritePing(false, [8]byte{byte(i)}) },
			"priorities":     func(f *framed, i uint32) error { return f.WritePriority(1+2*i, http2.PriorityParam{StreamDep: 0}) },
			"window updates": func(f *framed, _ uint32) error { return f.WriteWindowUpdate(0, 1) },
			"empty data":     func(f *framed, _ uint32) error { return f.WriteData(1, false, nil) },
			"unknown types":  func(f *framed, i uint32) error { return f.WriteRawFrame(http2.FrameType(0xf0), 0, i, nil) },
		} {
			f := s.frames(t)
			f.must(t, f.open(1))
			for i := range uint32(2000) {
				if write(f, i) != nil {
					break
				}
			}
			if open, _ := f.settles(t); !open && name != "empty data" {
				t.Errorf("a listening client's %s end its connection", name)
			}
		}
	})
}

// CONTINUATION without end (CVE-2023-45288): the header is given up, and with it the connection.
func TestSiegeOfContinuations(t *testing.T) {
	const bound = 128 << 20 // with all that the system may hold in between
	besiege(t, func(t *testing.T, s *siege) {
		var attackers []*framed
		for _, field := range []hpack.HeaderField{
			{Name: "x-line", Value: strings.Repeat("x", 8<<10)},
			{Name: "authorization", Value: strings.Repeat("x", 8<<10), Sensitive: true},
			{Name: "x-line", Value: "short"}, // a byte each on the wire
		} {
			f := s.frames(t)
			f.must(t, f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: f.header()}))
			if said := f.goOn(field, bound); said >= bound {
				t.Errorf("%s %.9s: all of %d bytes are taken", field.Name, field.Value, said)
			}
			attackers = append(attackers, f)
		}
		for i, f := range attackers {
			if open, _ := f.settles(t); open {
				t.Errorf("attack %d: the connection goes on", i)
			}
		}
	})
}

// goOn goes on with the header of stream 1 until the mock hangs up, at most up to
// a bound in bytes, and returns how many it said.
func (f *framed) goOn(field hpack.HeaderField, bound int) (said int) {
	for said < bound {
		f.block.Reset()
		for f.block.Len() < 4<<10 {
			_ = f.encoder.WriteField(field) // a buffer takes everything
		}
		if f.WriteContinuation(1, false, f.block.Bytes()) != nil {
			break
		}
		said += f.block.Len()
	}
	return said
}

// More requests at once than the mock allows, whose bodies never come: those past
// the bound are refused (as errors, for a client that has confirmed the bound: RFC
// 9113, section 5.1.2), the others wait for as long as the mock lasts.
func TestSiegeOfOpenStreams(t *testing.T) {
	besiege(t, func(t *testing.T, s *siege) {
		f := s.frames(t)
		const most, more = 1000, 200
		for frame := range f.heard {
			if settings, ok := frame.(*http2.SettingsFrame); ok && !settings.IsAck() {
				f.must(t, f.WriteSettingsAck())
				break
			}
		}
		for i := range uint32(most + more) {
			f.must(t, f.open(1+2*i))
		}
		open, resets := f.settles(t)
		if !open || resets[http2.ErrCodeProtocol] != more {
			t.Errorf("still open: %v, resets %v, want %d", open, resets, more)
		}
		f.must(t, f.WriteData(1, false, []byte(`{"prompt":`)))
		f.must(t, f.WriteData(3, true, []byte(`{"`)))
	})
}

// A client that reads nothing of what it asks for: its window stays shut.
func TestSiegeOfShutWindows(t *testing.T) {
	besiege(t, func(t *testing.T, s *siege) {
		f := s.frames(t)
		f.must(t, f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}))
		for i := range uint32(100) {
			f.must(t, f.open(1+2*i))
			f.must(t, f.WriteData(1+2*i, true, []byte(`{"prompt":"weigh this"}`)))
		}
		if open, resets := f.settles(t); !open || len(resets) > 0 {
			t.Errorf("still open: %v, resets %v", open, resets)
		}
	})
}

// What is withheld over HTTP/2 is refused at once as over HTTP/1.1.
func TestSiegeOfWithheldBodiesOverHTTP2(t *testing.T) {
	besiege(t, func(t *testing.T, s *siege) {
		client := s.client(t, "h2")
		for _, d := range tongues {
			for key, want := range map[string]int{"": http.StatusUnauthorized, "key": http.StatusRequestEntityTooLarge} {
				never, _ := io.Pipe()
				r := s.request(t, d.path, never)
				r.ContentLength = 1 << 40
				r.Header.Set("X-Api-Key", key)
				response, body := send(t, client, r)
				if err := d.refuses(response, body, want); err != nil {
					t.Errorf("%s: %v", d.name, err)
				}
			}
		}
	})
}
