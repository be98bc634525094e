package field

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestServerThatAnswersAtOnce(t *testing.T) {
	oneOf(t, func(r reporter) {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(20 * time.Millisecond)
			fmt.Fprint(w, "ok")
		})
		sum := summarize(t, run(t, fmt.Sprintf(`
name: at-once
target: {dialect: http, url: %q, http: {success: status == 200}}
load: {warmup: 0s, open: {rate: 50, arrivals: constant, duration: 400ms}}
`, s.URL)))
		arm := sum.Arms[0]
		if arm.Due != 20 || arm.Answered != 20 {
			r.Errorf("%d of %d prompts answered, expected 20 of 20: %v", arm.Answered, arm.Due, arm.Errors)
		}
		within(r, "response p50", arm.Response.P50, 20, 5)
	})
}
