package page

import (
	"testing"

	"weighbridge/reports/summary"
)

func TestLedgerLine(t *testing.T) {
	matching := summary.Arm{Ledger: &summary.Ledger{Matches: true, Attempts: 1000}}
	wrong := summary.Arm{Ledger: &summary.Ledger{Attempts: 900, Absent: 3}}
	unread := summary.Arm{Ledger: &summary.Ledger{Unread: true}}
	for want, arms := range map[string][]summary.Arm{
		"none (not the bundled mock)":                             {{}},
		"matches, 2,000 attempts, 0 absent":                       {matching, {}, matching},
		"DOES NOT MATCH in 1 of 2 arms, 1,900 attempts, 3 absent": {matching, wrong},
		"COULD NOT BE READ in 2 of 3 arms":                        {unread, wrong, unread},
	} {
		if got := ledgerLine(arms); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
