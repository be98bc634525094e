package metric

import (
	"strconv"
	"strings"
)

// percentile is a metric of the table: a quantile of a latency, which expressions may name.
func percentile(name string, of Latency, quantile float64) Metric {
	return Metric{
		Name: name, Heading: heading(name), Unit: Milliseconds, Better: Lower, Kind: OfLatency, Latency: of, Quantile: quantile,
		Per: Prompt, ByBlock: true, Streamed: of != Response, Expression: true, Meaning: meaning(of, quantile),
	}
}

// judged lets no_regression take a percentile.
func judged(m Metric) Metric {
	m.Margin = margin
	if m.Tail() {
		m.Margin = tailMargin
	}
	return m
}

// byDefault lets no_regression take a percentile and judge it if a rule names no metrics.
func byDefault(m Metric) Metric {
	m = judged(m)
	m.Default = true
	return m
}

// compared sets levels against each other by a metric, which is shown too.
func compared(m Metric) Metric {
	m.Compared = true
	return shown(m)
}

// shown gives a metric a column in tables of arms.
func shown(m Metric) Metric {
	m.Shown = true
	return m
}

// heading writes ttft_p90 as TTFT p90 ms.
func heading(name string) string {
	if of, quantile, ok := strings.Cut(name, "_"); ok {
		return strings.ToUpper(of) + " " + quantile + " ms"
	}
	return name + " ms"
}

func meaning(of Latency, quantile float64) string {
	share := strconv.FormatFloat(quantile*100, 'g', 4, 64) + "% of "
	switch of {
	case TTFT:
		return "Time to first token: " + share + "the answered streams had their first content, reasoning included, within it, counted from the moment the prompt was due."
	case TTFO:
		return "Time to first output: " + share + "the answered streams had their first content that is not reasoning within it, counted from the moment the prompt was due."
	case TPOT:
		return "Time per output token: the time from a stream's first content to its last, divided by the tokens that came after the first content; " + share + "the answered streams needed no more."
	}
	return "Response latency that " + share + "the answered prompts stayed within, from the moment due to the last byte. In rules and objectives a failed prompt counts as infinite."
}
