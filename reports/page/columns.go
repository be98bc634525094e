package page

import (
	"weighbridge/scenarios/metric"
)

// The figures that reports show and nothing compares or judges; the glossary reads them as
// it does the table of metrics.

func offered() metric.Metric {
	return perSecond("offered", "offered/s", "Prompts due per second under open load.")
}

func longest() metric.Metric {
	return milliseconds("max", "max ms", "Longest response latency of an answered prompt.")
}

// perSecond is a rate of the page alone.
func perSecond(name, heading, meaning string) metric.Metric {
	return metric.Metric{Name: name, Heading: heading, Unit: metric.PerSecond, Kind: metric.Rate, Per: metric.Prompt, Meaning: meaning}
}

// milliseconds is a latency of the page alone.
func milliseconds(name, heading, meaning string) metric.Metric {
	return metric.Metric{Name: name, Heading: heading, Unit: metric.Milliseconds, Kind: metric.OfLatency, Meaning: meaning}
}

// count is a count of the page alone.
func count(name, heading, meaning string) metric.Metric {
	return metric.Metric{Name: name, Heading: heading, Unit: metric.Count, Kind: metric.OfCount, Meaning: meaning}
}

// share is a share of prompts of the page alone.
func share(name, heading, meaning string) metric.Metric {
	return metric.Metric{Name: name, Heading: heading, Unit: metric.Share, Kind: metric.OfShare, Per: metric.Prompt, Meaning: meaning}
}

// bytes is bytes of the page alone.
func bytes(name, heading, meaning string) metric.Metric {
	return metric.Metric{Name: name, Heading: heading, Unit: metric.Bytes, Kind: metric.Ratio, Per: metric.Request, Meaning: meaning}
}

// inTable is a metric of the table of metrics.
func inTable(name string) metric.Metric {
	m, ok := metric.Named(name)
	if !ok {
		panic("page: no metric " + name)
	}
	return m
}
