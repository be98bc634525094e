package figures

import (
	"fmt"

	"weighbridge/bench/record"
	"weighbridge/bench/record/billing"
	"weighbridge/scenarios/metric"
)

// calculation is how a metric is calculated from a record.
type calculation interface {
	// arm is the metric of one arm over its complete blocks, with one-sided bounds of alpha each.
	arm(arm *record.Arm, alpha float64) Figure
}

// divided is a calculation without a ratio in every block.
type divided interface {
	calculation
	// ratio divides the heads' metric by the bases'. There is at least one pair.
	ratio(pairs []Pair, alpha float64) Figure
}

// sampler is a calculation with a value of its own in every block, or group of blocks, by which
// arms of one record are compared: the log ratios of heads over bases.
type sampler interface {
	sample(pairs []Pair) Sample
}

// totaller is a calculation that compares a whole run with earlier runs. It gives one figure, or
// false if that is unknown. Its unit is arbitrary, so only ratios have a meaning.
type totaller interface {
	ofRun(arm *record.Arm) (float64, bool)
}

// valued is a calculation with values that two runs are compared by.
type valued interface {
	values(arm *record.Arm) values
}

// calculations are the calculations of all metrics but percentiles, by name.
func (r Calculator) calculations() map[string]calculation {
	return map[string]calculation{
		metric.TPS:                      perSecond(metric.TPS, inWindow, ""),
		metric.Goodput:                  goodput{quotient{metric.Goodput, r.within, inSeconds, withoutHistograms}},
		metric.GoodShare:                goodShare{share{quotient{metric.GoodShare, good, due, unjudged}, mainSlice}},
		metric.ErrorRate:                errorRate(metric.ErrorRate),
		metric.ClosedErrorRate:          errorRate(metric.ClosedErrorRate),
		metric.Mean:                     mean{quotient{"mean_ms", latencySum, answered, "is not known: a batch took longer than a histogram holds, an hour"}, r.latencies},
		metric.BatchCompletion:          quotient{name: "batch_completion_ms", count: completionMS, of: completions},
		"attempts_per_request":          quotient{name: "attempts_per_request", count: attempts, of: requests},
		"attempts_per_success":          quotient{"attempts_per_success", attemptsOfAnswers, answers, "is not known: the record is older"},
		"retries_refused":               share{quotient{"retries_refused", retriesRefused, requests, "is not known: retries had no budget (client.retry.budget)"}, mainSlice},
		"requests_allowed":              seen{quotient{name: "requests_allowed", count: allowedTotal, of: allowedRequests}, "is not known: the limit was fixed (client.concurrency)"},
		"outage":                        seen{quotient{"outage_ms", outageMS, outages, partialOutage}, noOutage},
		"recovery":                      seen{quotient{"recovery_ms", recoveryMS, recoveries, "is not known: an outage was not recovered from before the end of the load"}, noOutage},
		"p50_trend":                     trend{"p50_trend", 0.50, r.latencies},
		"p99_trend":                     trend{"p99_trend", 0.99, r.latencies},
		"unavailable":                   quotient{name: "unavailable_ms", count: unavailableMS, of: openSlices},
		"dark_share":                    total{"dark_share", darkShare},
		"sessions_lost":                 quotient{name: "sessions_lost", count: lostReads, of: slicesWithSessions},
		"stale_share":                   quotient{name: "stale_share", count: staleReads, of: sessionReads},
		metric.OutputTokensPerS:         perSecond(metric.OutputTokensPerS, outputInWindow, "is not known: not every answer reported its usage"),
		"tokens_per_s_user":             quotient{name: "tokens_per_s_user", count: spanTokens, of: spanSeconds},
		"reasoning_tokens":              quotient{"reasoning_tokens", reasoningTokens, answers, unreported},
		metric.CachedShare:              quotient{metric.CachedShare, cachedTokens, inputTokens, unreported},
		"saved_calls":                   share{quotient{name: "saved_calls", count: savedCalls, of: due}, mainSlice},
		"cache_hits":                    share{quotient{name: "cache_hits", count: fromCaches, of: ofKnownSource}, mainSlice},
		"stale_answers":                 share{quotient{name: "stale_answers", count: staleAnswers, of: ofKnownContent}, mainSlice},
		"auth":                          authCost{total{"auth_ms", authMS}},
		"bytes_per_request":             wire{total{"bytes_per_request", perRequest(wireBytes)}, wireBytes},
		"header_bytes_per_request":      wire{total{"header_bytes_per_request", perRequest(headerBytes)}, headerBytes},
		"cost_usd":                      total{"cost_usd", cost},
		"cost_usd_per_1k_prompts":       total{"cost_usd_per_1k_prompts", costPer(1e3, answeredPrompts)},
		"cost_usd_per_1m_output_tokens": total{"cost_usd_per_1m_output_tokens", costPer(1e6, outputTokens)},
		"billing_drift_answers":         drift("billing_drift_answers", fromAnswers),
		"billing_drift_callbacks":       drift("billing_drift_callbacks", func(arm *record.Arm) billing.Tokens { return arm.Billing.Naive }),
		"billing_drift_idempotent":      drift("billing_drift_idempotent", func(arm *record.Arm) billing.Tokens { return arm.Billing.Idempotent }),
		"billing_drift_reconciled":      drift("billing_drift_reconciled", func(arm *record.Arm) billing.Tokens { return arm.Billing.Reconciled }),
		"connections":                   counted{total{"connections", connections}},
		"pushes":                        counted{total{"pushes", pushes}},
		"connect_share":                 quotient{"connect_share", connectMS, partsMS, "is not known: the record does not tell where the time went"},
		"token_requests":                counted{total{"token_requests", tokenRequests}},
		metric.AlertShare:               alertShare{total{metric.AlertShare, alertingShare}},
	}
}

// of is a metric's calculation. It panics for a metric without one: a test checks that every
// metric of the table has one.
func (r Calculator) of(m metric.Metric) calculation {
	if m.Percentile() {
		return percentile{m, r.latencies}
	}
	found, ok := r.calculations()[m.Name]
	if !ok {
		panic(fmt.Sprintf("figures: metric %q has no calculation", m.Name))
	}
	return found
}
