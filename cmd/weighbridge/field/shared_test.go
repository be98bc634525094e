package field

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"
)

// TestRatesOnOneServer is a sweep over rates against a server that serves one request at a time:
// only the rate past its capacity may show the wait.
func TestRatesOnOneServer(t *testing.T) {
	oneOf(t, func(r reporter) {
		var slot sync.Mutex
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			slot.Lock()
			defer slot.Unlock()
			time.Sleep(5 * time.Millisecond)
			fmt.Fprint(w, "ok")
		})
		sum := summarize(t, run(t, fmt.Sprintf(`
name: rates
target: {dialect: http, url: %q}
load: {warmup: 0s, open: {arrivals: constant, duration: 500ms}}
matrix: {rate: {"8": {load.open.rate: 8}, "40": {load.open.rate: 40}, "240": {load.open.rate: 240}}}
`, s.URL)))
		for i, saturated := range []bool{false, false, true} {
			if p50 := sum.Arms[i].Response.P50; saturated != (p50 > 30) || !saturated && p50 > 15 {
				r.Errorf("%s: p50 %.4g ms, where a request takes 5 ms and 200 per s are possible", sum.Arms[i].Arm, p50)
			}
		}
	})
}
