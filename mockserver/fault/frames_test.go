package fault

import (
	"bytes"
	"slices"
	"testing"

	"golang.org/x/net/http2"
)

// spoken is what a server writes, whose streams 3 and 5 are reset; the data and
// the ping hold bytes that look like the header of such a frame.
func spoken(t *testing.T, code3, code5 http2.ErrCode) []byte {
	t.Helper()
	var out bytes.Buffer
	f := http2.NewFramer(&out, nil)
	lookalike := []byte{0, 0, 4, rstStream, 0, 0, 0, 0, 3, 0, 0, 0, 2}
	for _, err := range []error{
		f.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 10}),
		f.WriteSettingsAck(), // empty
		f.WriteData(1, false, slices.Repeat(lookalike, 20)),
		f.WriteRSTStream(3, code3),
		f.WritePing(false, [8]byte(lookalike)),
		f.WriteRSTStream(5, code5),
		f.WriteRSTStream(7, http2.ErrCodeInternal),
		f.WriteData(1, true, nil),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// However the writes split and join frames, the codes of the chosen streams
// change and nothing else does.
func TestFramesAreRecodedAcrossWrites(t *testing.T) {
	written := spoken(t, http2.ErrCodeInternal, http2.ErrCodeInternal)
	want := spoken(t, http2.ErrCodeCancel, http2.ErrCodeEnhanceYourCalm)
	for size := 1; size <= len(written); size++ {
		var f frames
		f.recode(3, uint32(http2.ErrCodeCancel))
		f.recode(5, uint32(http2.ErrCodeEnhanceYourCalm))
		f.recode(9, uint32(http2.ErrCodeConnect)) // never reset
		var got []byte
		before := slices.Clone(written)
		for part := range slices.Chunk(written, size) {
			got = append(got, f.pass(part)...)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("writes of %d bytes: got\n%x, want\n%x", size, got, want)
		}
		if !bytes.Equal(written, before) {
			t.Fatalf("writes of %d bytes: the writer's own bytes were changed", size)
		}
		if len(f.codes) != 1 {
			t.Fatalf("%d codes wait, want that of stream 9", len(f.codes))
		}
	}
}

// What is no HTTP/2, or is not to change, passes as it is, for nothing.
func TestFramesPassAsTheyAre(t *testing.T) {
	for name, text := range map[string][]byte{
		"HTTP/2":   spoken(t, http2.ErrCodeInternal, http2.ErrCodeInternal),
		"HTTP/1.1": append([]byte("HTTP/1.1 200 OK\r\n"), 0, 0, 4, rstStream, 0, 0, 0, 0, 3, 0, 0, 0, 2),
		"nothing":  {},
	} {
		var f frames
		if name == "HTTP/1.1" {
			f.recode(3, uint32(http2.ErrCodeCancel))
			f.recode(0x485454, 0)
		}
		if got := f.pass(text); !bytes.Equal(got, text) || len(text) > 0 && &got[0] != &text[0] {
			t.Errorf("%s became %x", name, got)
		}
		if allocs := testing.AllocsPerRun(10, func() { f.pass(text) }); allocs > 0 {
			t.Errorf("%s takes %v allocations", name, allocs)
		}
	}
}
