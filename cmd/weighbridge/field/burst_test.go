package field

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A burst on a new HTTP/2 connection keeps to the streams that the server allows, which it says in its
// first frame: none is refused, and none is sent twice.
func TestABurstKeepsToTheStreamsOfANewConnection(t *testing.T) {
	for _, allowed := range []int{1, 20} {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			time.Sleep(20 * time.Millisecond)
			chat(w, r, 4)
		}))
		server.EnableHTTP2 = true
		server.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: allowed}
		server.StartTLS()
		t.Cleanup(server.Close)
		ca := filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
			t.Fatal(err)
		}
		rec := run(t, fmt.Sprintf(`
name: burst
target: {dialect: openai, url: %q, model: m, auth: {scheme: none}}
client: {protocol: http/2, connections: 2, timeout: 60s, tls: {ca: %q}}
load: {warmup: 0s, closed: {in_flight: 100, duration: 200ms, ramp: 1ms}}
experiment: {blocks: 1}
`, server.URL, ca))
		arm := rec.Arms[0]
		closed := arm.Blocks[0].Closed
		t.Logf("%d allowed: %d answered, %d replays, %d connections", allowed, closed.Answered, closed.Replays, arm.Totals.Connections)
		if closed.Failed > 0 || closed.Answered == 0 || closed.Replays > 0 || len(arm.Failures) > 0 {
			t.Errorf("%d allowed: %d of %d failed, %d were sent again: %+v", allowed, closed.Failed, closed.Due, closed.Replays, arm.Failures)
		}
	}
}
