package fault

import (
	"bytes"
	"slices"
	"testing"

	"golang.org/x/net/http2"
)

// writeFrames returns the output of a server that resets streams 3 and 5. The data and
// the ping contain bytes that look like the header of an RST_STREAM frame.
func writeFrames(t *testing.T, code3, code5 http2.ErrCode) []byte {
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

// However the frames are split among writes, only the codes of the chosen streams change.
func TestResetCodesAreReplacedAcrossWrites(t *testing.T) {
	written := writeFrames(t, http2.ErrCodeInternal, http2.ErrCodeInternal)
	want := writeFrames(t, http2.ErrCodeCancel, http2.ErrCodeEnhanceYourCalm)
	for size := 1; size <= len(written); size++ {
		var f frames
		f.setResetCode(3, uint32(http2.ErrCodeCancel))
		f.setResetCode(5, uint32(http2.ErrCodeEnhanceYourCalm))
		f.setResetCode(9, uint32(http2.ErrCodeConnect)) // never reset
		var got []byte
		before := slices.Clone(written)
		for part := range slices.Chunk(written, size) {
			got = append(got, f.rewrite(part)...)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("writes of %d bytes: got\n%x, want\n%x", size, got, want)
		}
		if !bytes.Equal(written, before) {
			t.Fatalf("writes of %d bytes: rewrite changed its argument", size)
		}
		if len(f.codes) != 1 {
			t.Fatalf("%d codes are left, want that of stream 9", len(f.codes))
		}
	}
}

// HTTP/1.1, and HTTP/2 without chosen codes, is not changed, and without allocations.
func TestOtherBytesAreNotChanged(t *testing.T) {
	for name, text := range map[string][]byte{
		"HTTP/2":   writeFrames(t, http2.ErrCodeInternal, http2.ErrCodeInternal),
		"HTTP/1.1": append([]byte("HTTP/1.1 200 OK\r\n"), 0, 0, 4, rstStream, 0, 0, 0, 0, 3, 0, 0, 0, 2),
		"nothing":  {},
	} {
		var f frames
		if name == "HTTP/1.1" {
			f.setResetCode(3, uint32(http2.ErrCodeCancel))
			f.setResetCode(0x485454, 0)
		}
		if got := f.rewrite(text); !bytes.Equal(got, text) || len(text) > 0 && &got[0] != &text[0] {
			t.Errorf("%s became %x", name, got)
		}
		if allocs := testing.AllocsPerRun(10, func() { f.rewrite(text) }); allocs > 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}
