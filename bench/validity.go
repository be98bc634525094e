package bench

import (
	"fmt"
	"time"

	"weighbridge/bench/record"
)

// The thresholds past which the generator, not the target, was measured.
const (
	maxSendLag      = 5 * time.Millisecond
	maxSendLagShare = 0.1 // of the response p99
	minHandedOver   = 0.99
)

// checks are what every arm must pass for its figures to count. Each gives the
// reason it fails, with its figure, or "".
func checks() []func(*record.Arm) string {
	return []func(*record.Arm) string{sendLag, handedOver, protocolSpoken, ledgerMatches}
}

// invalid gives every reason why the figures do not count.
func invalid(r *record.Record) []string {
	reasons := []string{}
	for i := range r.Arms {
		for _, check := range checks() {
			if reason := check(&r.Arms[i]); reason != "" {
				reasons = append(reasons, r.Arms[i].Name+": "+reason)
			}
		}
	}
	return reasons
}

func sendLag(a *record.Arm) string {
	var lags, responses []*record.Hist
	for _, b := range a.Blocks {
		if b.Open != nil {
			lags, responses = append(lags, b.Open.SendLag), append(responses, b.Open.Response)
		}
	}
	lag, response := record.Merged(lags...).Quantile(0.99), record.Merged(responses...).Quantile(0.99)
	limit := max(maxSendLag, time.Duration(maxSendLagShare*float64(response)))
	if lag <= limit {
		return ""
	}
	return fmt.Sprintf("send lag p99 is %v, over %v (the larger of %v and %.0f%% of response p99 %v)",
		lag, limit, maxSendLag, maxSendLagShare*100, response)
}

func handedOver(a *record.Arm) string {
	due, never := uint64(0), uint64(0)
	for _, b := range a.Blocks {
		if b.Open != nil && b.Complete {
			due += b.Open.Due
			never += b.Open.NeverSent
		}
	}
	if due == 0 || float64(due-never) >= minHandedOver*float64(due) {
		return ""
	}
	return fmt.Sprintf("%d of %d prompts due were handed over, under %.0f%%", due-never, due, minHandedOver*100)
}

func protocolSpoken(a *record.Arm) string {
	if a.Totals.WrongProtocol == 0 {
		return ""
	}
	return fmt.Sprintf("%d answers did not speak %s", a.Totals.WrongProtocol, a.Load.RequestedProtocol)
}

func ledgerMatches(a *record.Arm) string {
	if a.Ledger == nil || a.Ledger.Matches {
		return ""
	}
	return fmt.Sprintf("the mock's ledger does not match: %d attempts sent, %d in the ledger, %d on one side only",
		a.Totals.Attempts, a.Ledger.Attempts, a.Ledger.Absent)
}
