package api

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// organization is whose mock this is; the SDK's traces tell it.
const organization = "00000000-0000-4000-8000-000000000000"

// markAnthropic sets request-id, anthropic-organization-id and, for every budget
// there is, anthropic-ratelimit-NAME-limit, -remaining and -reset. NAME tokens is
// input and output together. What remains of tokens is rounded to the nearest
// 1000, though never above the limit; reset is RFC 3339, rounded up to the second.
func markAnthropic(h http.Header, m Mark) {
	h.Set("Request-Id", m.RequestID)
	h.Set("Anthropic-Organization-Id", organization)
	for _, budget := range m.Budgets {
		switch budget.Name {
		case "requests":
			setAnthropicBudget(h, "Requests", budget, budget.Remaining)
		case "input_tokens":
			setAnthropicBudget(h, "Input-Tokens", budget, thousands(budget))
		case "output_tokens":
			setAnthropicBudget(h, "Output-Tokens", budget, thousands(budget))
		}
	}
	if tokens, ok := allTokens(m.Budgets); ok {
		setAnthropicBudget(h, "Tokens", tokens, thousands(tokens))
	}
}

func setAnthropicBudget(h http.Header, name string, b Budget, remaining uint64) {
	prefix := "Anthropic-Ratelimit-" + name
	h.Set(prefix+"-Limit", strconv.FormatUint(b.Limit, 10))
	h.Set(prefix+"-Remaining", strconv.FormatUint(remaining, 10))
	h.Set(prefix+"-Reset", ceil(b.Full).UTC().Format(time.RFC3339))
}

// thousands is what remains of a budget, to the nearest 1000.
func thousands(b Budget) uint64 {
	whole := b.Remaining / 1000 * 1000
	if b.Remaining-whole >= 500 {
		whole = plus(whole, 1000)
	}
	return min(whole, b.Limit)
}

// allTokens is the budgets of input and output tokens as one: their sums, full
// when both are. ok is false when there is neither.
func allTokens(budgets []Budget) (sum Budget, ok bool) {
	for _, b := range budgets {
		if b.Name != "input_tokens" && b.Name != "output_tokens" {
			continue
		}
		sum.Limit, sum.Remaining = plus(sum.Limit, b.Limit), plus(sum.Remaining, b.Remaining)
		if !ok || b.Full.After(sum.Full) {
			sum.Full = b.Full
		}
		ok = true
	}
	return sum, ok
}

// plus is a sum that does not wrap.
func plus(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

// ceil is the first whole second that is not before t.
func ceil(t time.Time) time.Time {
	if whole := t.Truncate(time.Second); whole.Before(t) {
		return whole.Add(time.Second)
	}
	return t
}
