package scenarios

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"weighbridge/mockserver"
)

// MockJSON writes what PatchMock reads.
func TestMockJSONReadsBack(t *testing.T) {
	c := mockserver.DefaultConfig()
	c.Clock.Offset = -40 * time.Second
	c.Clock.Regions = map[string]mockserver.Skew{"eu": {Offset: time.Minute}}
	raw := MockJSON(c)
	if !json.Valid(raw) {
		t.Fatalf("invalid JSON: %s", raw)
	}
	again, err := PatchMock("body", raw, c)
	if err != nil || !bytes.Equal(MockJSON(again), raw) {
		t.Errorf("read back: %s, %v; want %s", MockJSON(again), err, raw)
	}
	for text, want := range map[string]time.Duration{
		`{"clock":{"offset":"2h"}}`: 2 * time.Hour, `{"clock":{"offset":"-1500ms"}}`: -1500 * time.Millisecond, `{"clock":{"offset":0s}}`: 0,
	} {
		if got, err := PatchMock("body", []byte(text), c); err != nil || got.Clock.Offset != want {
			t.Errorf("%s: %v, %v", text, got.Clock.Offset, err)
		}
	}
	for _, text := range []string{`{"clock":{"offset":"soon"}}`, `{"clock":{"offset":""}}`, `{"slots":"5"}`, `{"clock":{"drift":"0.5"}}`} {
		if _, err := PatchMock("body", []byte(text), c); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}
