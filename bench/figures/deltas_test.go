package figures

import (
	"strings"
	"testing"

	"weighbridge/bench/record"
)

func TestAxesThereAreNotAreAnError(t *testing.T) {
	for want, rec := range map[string]*record.Record{
		`there is no axis "abc": expected ab`:         one(),
		`there is no axis "abc": the record has none`: {},
	} {
		if _, err := BetweenLevels(rec, "abc"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
