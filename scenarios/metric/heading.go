package metric

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bare is the heading without its unit, for columns of ratios.
func (m Metric) Bare() string {
	bare := strings.TrimSuffix(m.Heading, string(m.Unit))
	return strings.TrimSuffix(bare, " ")
}

// Title names the metric with its unit, as over a table or a plot of it alone: "p50 of
// response latency, ms" or "TPS, prompts/s".
func (m Metric) Title() string {
	switch {
	case m.Percentile() && m.Latency == Response:
		return m.Name + " of response latency, ms"
	case m.Percentile():
		_, quantile, _ := strings.Cut(m.Name, "_")
		return quantile + " of " + strings.ToUpper(string(m.Latency)) + ", ms"
	case m.Unit == Share:
		return capital(m.Heading) + ", % of " + string(m.Per) + "s"
	case m.Kind == Rate && m.Bare() == m.Heading:
		return m.Heading + ", " + string(m.Per) + "s" + string(m.Unit)
	}
	return capital(m.Heading)
}

func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
