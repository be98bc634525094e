package api

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// organizationID is the value of anthropic-organization-id.
const organizationID = "00000000-0000-4000-8000-000000000000"

// setAnthropicHeaders sets request-id, anthropic-organization-id and, for every
// budget, anthropic-ratelimit-NAME-limit, -remaining and -reset. The NAME tokens is
// for input and output together. Remaining tokens are rounded to the nearest 1000,
// but never above the limit; reset is RFC 3339, rounded up to the second.
func setAnthropicHeaders(h http.Header, info HeaderInfo) {
	h.Set("Request-Id", info.RequestID)
	h.Set("Anthropic-Organization-Id", organizationID)
	for _, budget := range info.Budgets {
		switch budget.Name {
		case "requests":
			setAnthropicBudget(h, "Requests", budget, budget.Remaining)
		case "input_tokens":
			setAnthropicBudget(h, "Input-Tokens", budget, roundedToThousand(budget))
		case "output_tokens":
			setAnthropicBudget(h, "Output-Tokens", budget, roundedToThousand(budget))
		}
	}
	if tokens, ok := combinedTokens(info.Budgets); ok {
		setAnthropicBudget(h, "Tokens", tokens, roundedToThousand(tokens))
	}
}

func setAnthropicBudget(h http.Header, name string, b Budget, remaining uint64) {
	prefix := "Anthropic-Ratelimit-" + name
	h.Set(prefix+"-Limit", strconv.FormatUint(b.Limit, 10))
	h.Set(prefix+"-Remaining", strconv.FormatUint(remaining, 10))
	h.Set(prefix+"-Reset", roundUpToSecond(b.Full).UTC().Format(time.RFC3339))
}

// roundedToThousand returns a budget's remaining tokens, rounded to the nearest 1000.
func roundedToThousand(b Budget) uint64 {
	whole := b.Remaining / 1000 * 1000
	if b.Remaining-whole >= 500 {
		whole = saturatingAdd(whole, 1000)
	}
	return min(whole, b.Limit)
}

// combinedTokens adds up the budgets of input and output tokens; the sum is full when
// both are. ok is false if there is neither.
func combinedTokens(budgets []Budget) (sum Budget, ok bool) {
	for _, b := range budgets {
		if b.Name != "input_tokens" && b.Name != "output_tokens" {
			continue
		}
		sum.Limit, sum.Remaining = saturatingAdd(sum.Limit, b.Limit), saturatingAdd(sum.Remaining, b.Remaining)
		if !ok || b.Full.After(sum.Full) {
			sum.Full = b.Full
		}
		ok = true
	}
	return sum, ok
}

// saturatingAdd returns a+b, or the largest uint64 if that overflows.
func saturatingAdd(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

// roundUpToSecond returns the first whole second at or after t.
func roundUpToSecond(t time.Time) time.Time {
	if whole := t.Truncate(time.Second); whole.Before(t) {
		return whole.Add(time.Second)
	}
	return t
}
