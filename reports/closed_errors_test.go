package reports

import (
	"strings"
	"testing"

	"weighbridge/bench/record/recordtest"
)

// Failures under closed load stand beside those under open load in every format, and take no
// room where there are none.
func TestClosedErrorsAreInEveryFormat(t *testing.T) {
	t.Parallel()
	for _, failed := range []int{0, 86} {
		rec := recordtest.Record(recordtest.Small())
		for i := range rec.Arms {
			recordtest.Close(&rec.Arms[i], 100-failed*i, failed*i)
		}
		for format, said := range map[string][]string{
			"table":    {"closed error rate", "closed errors", "86.0%", "server 172"},
			"markdown": {"closed error rate", "closed errors", "86.0%", "server 172", "plots/closed-error-rate"},
			"html":     {"closed error rate", "closed errors", "86.0%", "server 172"},
		} {
			text := string(written(t, format, rec))
			for _, want := range said {
				if strings.Contains(text, want) != (failed > 0) {
					t.Errorf("%d%% failed: %s and %q:\n%s", failed, format, want, text)
				}
			}
		}
	}
	rec := recordtest.Record(recordtest.Small())
	recordtest.Close(&rec.Arms[1], 14, 86)
	if text := string(written(t, "csv", rec)); !strings.Contains(text, "closed_error_rate,closed_errors_auth") || !strings.Contains(text, ",0.86,0,0,0,0,172,0,0,0,0,0,") {
		t.Errorf("csv:\n%s", text)
	}
	if text := string(written(t, "json", rec)); !strings.Contains(text, `"closed_error_rate":0.86,"closed_errors":{"server":172}`) ||
		!strings.Contains(text, `"closed_error_rate":null,"closed_errors":null`) {
		t.Errorf("json:\n%s", text)
	}
}
