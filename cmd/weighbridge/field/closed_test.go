package field

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestInFlightReached: the client's limits keep closed load from what it asks for, and the run says how
// many requests were in flight, as the server counted them.
func TestInFlightReached(t *testing.T) {
	for _, limit := range []string{"in_flight: 5", "connections: 5"} {
		oneOf(t, func(r reporter) { inFlightReached(t, r, limit) })
	}
}

func inFlightReached(t *testing.T, r reporter, limit string) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(20 * time.Millisecond)
		fmt.Fprint(w, "ok")
	})
	rec := run(t, fmt.Sprintf(`
name: reached
target: {dialect: http, url: %q}
client: {%s}
load: {warmup: 0s, closed: {in_flight: 20, duration: 200ms}}
`, s.URL, limit))
	if reached, counted := rec.Arms[0].Blocks[0].Closed.InFlight, s.Account().InFlight; reached != 5 || counted != 5 {
		r.Errorf("%s: %d in flight by the record, %d by the server, want 5", limit, reached, counted)
	}
	if said := strings.Join(summarize(t, rec).Warnings, "\n"); !strings.Contains(said, "closed load reached 5 of the 20 requests in flight that it asked for") {
		r.Errorf("%s: the warnings do not say so: %s", limit, said)
	}
	if share := rec.Harness.CPUShare; share != nil {
		r.Errorf("CPU of %.0f%% while arms ran at once, where none did", *share*100)
	}
}
