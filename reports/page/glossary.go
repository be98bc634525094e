package page

import (
	"weighbridge/reports/table"
	"weighbridge/scenarios/metric"
)

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
