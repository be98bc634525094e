package transport

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"weighbridge/target"
)

// Twenty requests share three connections: three are in flight, and the rest wait.
func TestRequestsWithoutAConnectionAreNotInFlight(t *testing.T) {
	url, _ := listen(t, "plain", func(http.ResponseWriter, *http.Request) { time.Sleep(5 * time.Millisecond) })
	client := newClient(t, url, func(o *Options) { o.Client.Connections = 3 })
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if x := client.Do(t.Context(), one); x.Outcome.Class != target.Success {
				t.Errorf("%+v", x.Outcome)
			}
		})
	}
	all.Wait()
	if got := client.TakePeak(); got != 3 {
		t.Errorf("the peak is %d, want 3", got)
	}
	if got := client.TakePeak(); got != 0 {
		t.Errorf("the peak of a period without requests is %d", got)
	}
}
