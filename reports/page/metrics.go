package page

import (
	"weighbridge/reports/table"
	"weighbridge/scenarios/metric"
)

// The metrics that only reports know: nothing compares them or judges by them. The glossary
// explains them like all others.

func offered() metric.Metric {
	return perSecond("offered", "offered/s", "Prompts due per second under open load.")
}

func longest() metric.Metric {
	return milliseconds("max", "max ms", "Longest response latency of an answered prompt.")
}

// perSecond makes a rate.
func perSecond(name, heading, meaning string) metric.Metric {
	return metric.Metric{Name: name, Heading: heading, Unit: metric.PerSecond, Kind: metric.Rate, Per: metric.Prompt, Meaning: meaning}
}

// milliseconds makes a latency.
func milliseconds(name, heading, meaning string) metric.Metric {
	return metric.Metric{Name: name, Heading: heading, Unit: metric.Milliseconds, Kind: metric.OfLatency, Meaning: meaning}
}

// count makes a count.
func count(name, heading, meaning string) metric.Metric {
	return metric.Metric{Name: name, Heading: heading, Unit: metric.Count, Kind: metric.OfCount, Meaning: meaning}
}

func savedUSD() metric.Metric {
	return metric.Metric{Name: "saved_usd", Heading: "saved USD", Unit: metric.USD, Kind: metric.Ratio, Per: metric.Run, Meaning: "Price in USD of the tokens that the cache's answers report."}
}

// share makes a share of prompts.
func share(name, heading, meaning string) metric.Metric {
	return metric.Metric{Name: name, Heading: heading, Unit: metric.Share, Kind: metric.OfShare, Per: metric.Prompt, Meaning: meaning}
}

// bytes makes a number of bytes per request.
func bytes(name, heading, meaning string) metric.Metric {
	return metric.Metric{Name: name, Heading: heading, Unit: metric.Bytes, Kind: metric.Ratio, Per: metric.Request, Meaning: meaning}
}

// mustMetric returns the metric of that name, and panics if there is none.
func mustMetric(name string) metric.Metric {
	m, ok := metric.Named(name)
	if !ok {
		panic("page: no metric " + name)
	}
	return m
}

// glossary is a table with a sentence about each metric that the sections show.
func glossary(sections []Section) Section {
	var shown []metric.Metric
	seen := map[string]bool{}
	for _, s := range sections {
		if len(s.Rows) == 0 {
			continue
		}
		for _, c := range s.Columns {
			if c.Metric.Meaning != "" && !seen[c.Metric.Heading] {
				seen[c.Metric.Heading] = true
				shown = append(shown, c.Metric)
			}
		}
	}
	return GlossaryOf(shown)
}

// GlossaryOf is a table with a sentence about each of the metrics.
func GlossaryOf(shown []metric.Metric) Section {
	t := table.New("", shown, []table.ColumnOf[metric.Metric]{
		table.Words("figure", func(m metric.Metric) table.Value { return table.Text(m.Heading) }),
		table.Words("meaning", func(m metric.Metric) table.Value { return table.Text(m.Meaning) }),
	})
	t.Sentences = true
	return Section{Title: "Glossary", Topic: Glossary, Details: true, Table: t}
}
