package page

import (
	"slices"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
)

// conversing is a record of an arm with conversations, and one with other prompts.
func conversing() *record.Record {
	rec := recordtest.SplitRecord()
	c := &record.Conversations{Started: 10, Finished: 3, Failed: 2, Silent: 1, Open: 4, UnsentAfterFailure: 5, UnsentAtEnd: 7}
	for range 10 {
		c.Turn(1).Response.Record(100 * time.Millisecond)
	}
	c.Turn(2).Response.Record(200 * time.Millisecond)
	c.Turn(2).TTFT.Record(50 * time.Millisecond)
	rec.Arms[0].Main(&rec.Arms[0].Blocks[0]).Conversations = c
	return rec
}

// cells is the text of a section's rows.
func cells(section Section) (all [][]string) {
	for _, row := range section.Rows {
		var texts []string
		for _, cell := range row {
			texts = append(texts, cell.String())
		}
		all = append(all, texts)
	}
	return all
}

func TestConversations(t *testing.T) {
	from := SourceOf(&summary.Judged{Record: conversing()})
	for _, c := range []struct {
		name string
		got  [][]string
		want [][]string
	}{
		{"conversations", cells(conversations(from)), [][]string{{"split", "10", "3", "3", "4", "5", "7"}}},
		{"turns", cells(turns(from)), [][]string{{"split", "1", "10", "100", "100", "–", "–"}, {"split", "2", "1", "200", "200", "50.0", "50.0"}}},
	} {
		if !slices.EqualFunc(c.got, c.want, slices.Equal) {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
	without := SourceOf(&summary.Judged{Record: recordtest.SplitRecord()})
	if len(conversations(without).Rows)+len(turns(without).Rows) > 0 {
		t.Error("arms without conversations have rows of them")
	}
	if got := turnNumber(record.MostTurns).String(); got != "20 and later" {
		t.Errorf("the last turn that is told apart is %q", got)
	}
}
