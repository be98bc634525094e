package metric

import "slices"

// The default margins of no_regression: shares of the base, of prompts for error_rate.
const (
	margin      = 0.05
	tailMargin  = 0.10
	errorMargin = 0.0025
)

// The names of metrics that code treats by name.
const (
	TPS              = "tps"
	Goodput          = "goodput"
	GoodShare        = "good_share"
	CachedShare      = "cached_share"
	OutputTokensPerS = "output_tokens_per_s"
	ErrorRate        = "error_rate"
	ClosedErrorRate  = "closed_error_rate"
	Mean             = "mean"
	BatchCompletion  = "batch_completion"
	AlertShare       = "alert_share"
)

// All is the table, in the order in which comparisons and reports list metrics.
func All() []Metric {
	return slices.Concat(judgedMetrics(), furtherMetrics(), wireMetrics(), retryMetrics(), regionMetrics(), cacheMetrics(), tokenMetrics())
}

// judgedMetrics returns the metrics that no_regression accepts.
func judgedMetrics() []Metric {
	return []Metric{
		{
			Name: TPS, Heading: "TPS", Unit: PerSecond, Better: Higher, Kind: Rate, Per: Prompt, ByBlock: true, NeedsClosedLoad: true,
			Expression: true, Margin: margin, Default: true, Compared: true, Shown: true,
			Meaning: "Prompts answered per second: those whose last byte falls inside the slice, divided by the slice's duration. It is measured under closed load if the arm has any; under open load it equals the offered rate, and is unknown if the server falls behind.",
		},
		compared(byDefault(percentile("p50", Response, 0.50))),
		compared(byDefault(percentile("p90", Response, 0.90))),
		compared(byDefault(percentile("p99", Response, 0.99))),
		{
			Name: ErrorRate, Heading: "error rate", Unit: Share, Better: Lower, Kind: OfShare, Per: Prompt, ByBlock: true,
			Expression: true, Margin: errorMargin, Default: true, Compared: true, Shown: true,
			Meaning: "Share of the prompts due that failed.",
		},
		{
			Name: ClosedErrorRate, Heading: "closed error rate", Unit: Share, Better: Lower, Kind: OfShare, Per: Prompt, ByBlock: true, NeedsClosedLoad: true,
			Expression: true, Margin: errorMargin, Shown: true,
			Meaning: "Share of the prompts due under closed load that failed. If the arm has open load too, error_rate does not include them, and rules that judge error_rate judge this as well.",
		},
		compared(judged(percentile("ttft_p50", TTFT, 0.50))),
		compared(judged(percentile("ttft_p90", TTFT, 0.90))),
		shown(judged(percentile("ttft_p99", TTFT, 0.99))),
		shown(judged(percentile("ttfo_p50", TTFO, 0.50))),
		judged(percentile("ttfo_p90", TTFO, 0.90)),
		shown(judged(percentile("ttfo_p99", TTFO, 0.99))),
		compared(judged(percentile("tpot_p50", TPOT, 0.50))),
		judged(percentile("tpot_p90", TPOT, 0.90)),
		shown(judged(percentile("tpot_p99", TPOT, 0.99))),
		{
			Name: OutputTokensPerS, Heading: "output tokens/s", Unit: PerSecond, Better: Higher, Kind: Rate, Per: Prompt, ByBlock: true, Tokens: true, NeedsClosedLoad: true,
			Expression: true, Margin: margin, Shown: true,
			Meaning: "Output tokens billed per second, of the prompts that TPS counts. It is unknown if an answer reported no usage.",
		},
	}
}

// furtherMetrics returns the metrics that only expressions and reports use.
func furtherMetrics() []Metric {
	return []Metric{
		percentile("p95", Response, 0.95),
		percentile("p999", Response, 0.999),
		{
			Name: Mean, Heading: "mean ms", Unit: Milliseconds, Better: Lower, Kind: OfLatency, Latency: Response, Per: Prompt, ByBlock: true,
			Expression: true, Shown: true,
			Meaning: "Mean response latency of the answered prompts.",
		},
		{
			Name: "p50_trend", Heading: "p50 trend", Unit: Count, Better: Lower, Kind: Ratio, Per: Run, ByBlock: true,
			Expression: true,
			Meaning:    "Growth of the median response latency of answered prompts over half a run: the ratio of each block of the second half to the block half a run before it, estimated as in comparisons. 1 is steady.",
		},
		{
			Name: "p99_trend", Heading: "p99 trend", Unit: Count, Better: Lower, Kind: Ratio, Per: Run, ByBlock: true,
			Expression: true,
			Meaning:    "The same for the 99th percentile.",
		},
		{
			Name: BatchCompletion, Heading: "batch ms", Unit: Milliseconds, Better: Lower, Kind: Ratio, Per: Run, ByBlock: true,
			Expression: true,
			Meaning:    "Mean time from the submission of a batch (load.batch) until its results had been read. For up to load.batch.poll of it the batch may have ended already.",
		},
		{
			Name: Goodput, Heading: "goodput/s", Unit: PerSecond, Better: Higher, Kind: Rate, Per: Prompt, ByBlock: true, Objectives: true,
			Expression: true, Shown: true,
			Meaning: "Prompts per second that were answered within every objective (objectives.ttft, .tpot, .response). Without objectives, the limits are the response latencies that rules set for percentiles.",
		},
		{
			Name: GoodShare, Heading: "good", Unit: Share, Better: Higher, Kind: Ratio, Per: Prompt, ByBlock: true, Objectives: true,
			Expression: true, Shown: true,
			Meaning: "Share of the prompts due that were answered within every objective.",
		},
		{
			Name: "attempts_per_request", Heading: "attempts/request", Unit: Count, Better: Lower, Kind: Ratio, Per: Request, ByBlock: true,
			Expression: true,
			Meaning:    "Attempts sent per request, the first and its retries.",
		},
		{
			Name: "auth", Heading: "auth ms", Unit: Milliseconds, Better: Lower, Kind: Ratio, Per: Request, ByBlock: true,
			Expression: true,
			Meaning:    "Time that authentication costs per request: the client's cost of a token, spread over the requests of its lifetime, plus what the server reports.",
		},
	}
}

// wireMetrics returns the metrics of connections and of what they carry.
func wireMetrics() []Metric {
	return []Metric{
		{
			Name: "bytes_per_request", Heading: "bytes/request", Unit: Bytes, Better: Lower, Kind: Ratio, Per: Request, ByBlock: true,
			Expression: true,
			Meaning:    "Bytes on the wire per request, both directions.",
		},
		{
			Name: "header_bytes_per_request", Heading: "header bytes/request", Unit: Bytes, Better: Lower, Kind: Ratio, Per: Request, ByBlock: true,
			Expression: true,
			Meaning:    "Bytes of headers on the wire per request, both directions, as encoded (HPACK under HTTP/2).",
		},
		{
			Name: "connections", Heading: "connections", Unit: Count, Better: Neither, Kind: OfCount, Per: Run,
			Expression: true,
			Meaning:    "Connections opened to the target over the whole run.",
		},
		{
			Name: "pushes", Heading: "pushes", Unit: Count, Better: Neither, Kind: OfCount, Per: Run,
			Expression: true,
			Meaning:    "Resources that the target promised to push over the whole run, by HTTP/2 server push.",
		},
		{
			Name: "connect_share", Heading: "connect share", Unit: Share, Better: Lower, Kind: Ratio, Per: Prompt, ByBlock: true,
			Expression: true,
			Meaning:    "Share of the mean response latency that the last attempt spent waiting for a connection: for a new one, TLS handshake included, or for one to become free.",
		},
		{
			Name: "token_requests", Heading: "token requests", Unit: Count, Better: Neither, Kind: OfCount, Per: Run,
			Expression: true,
			Meaning:    "Tokens fetched from the token endpoint over the whole run.",
		},
		{
			Name: AlertShare, Heading: "alert", Unit: Share, Better: Lower, Kind: Ratio, Per: Run, ByBlock: true,
			Expression: true, Shown: true,
			Meaning: "Share of the time under open load in which the scenario's alert fired: fewer than the share alert.under of the prompts due in the last alert.window succeeded. It is calculated every second, and prompts that the harness ended itself do not count.",
		},
	}
}

// retryMetrics returns the metrics of clients that retry, and of servers that fail for a time.
func retryMetrics() []Metric {
	return []Metric{
		{
			Name: "attempts_per_success", Heading: "attempts/success", Unit: Count, Better: Lower, Kind: Ratio, Per: Request, ByBlock: true, Retried: true,
			Expression: true, Shown: true,
			Meaning: "Attempts sent, including those of failed requests, divided by the requests that were answered.",
		},
		{
			Name: "retries_refused", Heading: "retries refused", Unit: Share, Better: Lower, Kind: Ratio, Per: Request, ByBlock: true,
			Expression: true, Shown: true,
			Meaning: "Share of the requests that were not retried because the retry budget was used up (client.retry.budget).",
		},
		{
			Name: "requests_allowed", Heading: "allowed at once", Unit: Count, Better: Neither, Kind: Ratio, Per: Request, ByBlock: true,
			Expression: true, Shown: true,
			Meaning: "Mean number of concurrent requests that the adaptive limit (client.concurrency) allowed, taken when each request was last sent.",
		},
		{
			Name: "outage", Heading: "mean outage ms", Unit: Milliseconds, Better: Lower, Kind: Ratio, Per: Run, ByBlock: true,
			Expression: true, Shown: true,
			Meaning: "Mean duration of an outage, whether or not retries saved its prompts: under open load, from the first of at least ten attempts in a row that failed (429, 408, 500 and above, or no answer) to the first that was answered, at least 100 ms later. It is unknown if an outage had begun before its open slice or was not over when the slice ended.",
		},
		{
			Name: "recovery", Heading: "recovery ms", Unit: Milliseconds, Better: Lower, Kind: Ratio, Per: Run, ByBlock: true,
			Expression: true, Shown: true,
			Meaning: "Mean time to recover: from the end of an outage until the last disturbed prompt had ended. A prompt is disturbed if it failed, took several attempts or missed objectives.response; a recovery is over at the first ten prompts in a row that were not. It is unknown if there was no outage, or if a recovery was not over by the end of the load.",
		},
	}
}

// regionMetrics returns the metrics of targets in several regions, and of what fails with one of them.
func regionMetrics() []Metric {
	return []Metric{
		{
			Name: "unavailable", Heading: "unavailable ms/block", Unit: Milliseconds, Better: Lower, Kind: Ratio, Per: Run, ByBlock: true,
			Expression: true, Shown: true,
			Meaning: "Time per block without service to anyone, after all retries: the steps of 0.1 s of its open slice in which every prompt due failed, at least ten prompts in a row. It is the mean over all blocks, those without such a time included, so that it may be far less than mean outage ms; nor do the steps at both ends of an outage count in which a prompt was answered. A step in which no prompt was due counts like the one before it, and prompts that the harness ended itself do not count.",
		},
		{
			Name: "dark_share", Heading: "sent to a dark region", Unit: Share, Better: Lower, Kind: Ratio, Per: Run,
			Expression: true, Shown: true,
			Meaning: "Share of the attempts that reached their region during one of its outages, by the mock's ledger, over the whole run.",
		},
		{
			Name: "sessions_lost", Heading: "sessions lost", Unit: Count, Better: Lower, Kind: Ratio, Per: Run, ByBlock: true,
			Expression: true, Shown: true,
			Meaning: "Answers per block whose region lacked the state of their session although another region had it (mock.sessions): the mean over the blocks. The session then starts over there.",
		},
		{
			Name: "stale_share", Heading: "stale reads", Unit: Share, Better: Lower, Kind: Ratio, Per: Request, ByBlock: true,
			Expression: true, Shown: true,
			Meaning: "Share of the answers with a session whose region had an outdated state of the session.",
		},
	}
}

// cacheMetrics returns the metrics of caches of answers.
func cacheMetrics() []Metric {
	return []Metric{
		{
			Name: "saved_calls", Heading: "saved calls", Unit: Share, Better: Higher, Kind: Ratio, Per: Prompt, ByBlock: true,
			Expression: true, Shown: true,
			Meaning: "Share of the prompts due for which no request was sent, because the client's own cache (client.cache) answered them.",
		},
		{
			Name: "cache_hits", Heading: "from caches", Unit: Share, Better: Higher, Kind: Ratio, Per: Prompt, ByBlock: true,
			Expression: true, Shown: true,
			Meaning: "Share of the answered prompts whose answer came from a cache: the client's own, or one between client and server, as the answer's headers say. Prompts for which this is not known do not count; it is unknown if none do.",
		},
		{
			Name: "stale_answers", Heading: "stale answers", Unit: Share, Better: Lower, Kind: Ratio, Per: Prompt, ByBlock: true,
			Expression: true, Shown: true,
			Meaning: "Share of the answered prompts whose content the server had already replaced when the answer came (mock.content). Only answers that say when their content changes count; it is unknown if none do.",
		},
	}
}

// tokenMetrics returns the metrics of tokens that no_regression does not take.
func tokenMetrics() []Metric {
	return []Metric{
		{
			Name: "tokens_per_s_user", Heading: "tokens/user/s", Unit: PerSecond, Better: Higher, Kind: Rate, Per: Prompt, ByBlock: true, Tokens: true,
			Expression: true, Shown: true,
			Meaning: "Output tokens per second of one stream, from its first content to its last: the tokens that TPOT counts, divided by the time in which they came, over all streams.",
		},
		{
			Name: "reasoning_tokens", Heading: "reasoning tokens", Unit: Count, Better: Neither, Kind: Ratio, Per: Request, ByBlock: true, Tokens: true,
			Expression: true, Shown: true,
			Meaning: "Output tokens per answer that were spent on reasoning, as the answers report them. It is unknown if an answer did not.",
		},
		{
			Name: CachedShare, Heading: "cached input", Unit: Share, Better: Neither, Kind: Ratio, Per: InputToken, ByBlock: true, Tokens: true,
			Expression: true, Shown: true,
			Meaning: "Share of the input tokens that were read from the provider's prompt cache, as the answers report them. It is unknown if an answer did not.",
		},
		drift("answers", "the answers report"),
		drift("callbacks", "the usage callbacks report, each counted as it comes"),
		drift("idempotent", "the usage callbacks report, each ID counted once"),
		drift("reconciled", "the usage callbacks report, each ID counted once, and those of the answers without a callback"),
		{
			Name: "cost_usd", Heading: "cost USD", Unit: USD, Better: Lower, Kind: Ratio, Per: Run, Tokens: true,
			Expression: true, Shown: true,
			Meaning: "Cost in USD of all tokens that an arm's answers report, including those of the warm-up, at the scenario's prices. It is unknown if an answer did not report its tokens.",
		},
		{
			Name: "cost_usd_per_1k_prompts", Heading: "USD/1,000 prompts", Unit: USD, Better: Lower, Kind: Ratio, Per: Run, Tokens: true,
			Expression: true, Shown: true,
			Meaning: "Cost in USD of an arm per thousand prompts answered.",
		},
		{
			Name: "cost_usd_per_1m_output_tokens", Heading: "USD/1M output tokens", Unit: USD, Better: Lower, Kind: Ratio, Per: Run, Tokens: true,
			Expression: true, Shown: true,
			Meaning: "Cost in USD of an arm, including its input, per million output tokens.",
		},
	}
}

// drift is how far the account of an arm's tokens by that name is from the truth.
func drift(account, told string) Metric {
	return Metric{
		Name: "billing_drift_" + account, Heading: account + " drift", Unit: Share, Better: Lower, Kind: Ratio, Per: Run, Tokens: true,
		Expression: true,
		Meaning:    "How far the tokens that " + told + " differ from those that the mock billed, in either direction, as a share of the latter, over the whole run. It is known only with mock.callbacks.",
	}
}
