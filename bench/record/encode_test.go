package record_test

import (
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// Writing a record piece by piece gives what encoding it at once does, whatever its texts and lists.
func TestPiecesAreTheWholeRecord(t *testing.T) {
	texts := recordtest.Full(2, 2)
	texts.Scenario.Title, texts.Arms[0].Name = `"arms":[],"blocks":[]`, `,"blocks":[]`
	texts.Axes[0].Name = "blocks"
	texts.Arms[0].Levels = map[string]string{"blocks": "[]", `"blocks":[]`: "x", "arms": "<&>"}
	bare := recordtest.Full(2, 1)
	bare.Arms[0].Blocks, bare.Arms[1].Blocks = nil, []record.Block{}
	none, empty := recordtest.Full(1, 1), recordtest.Full(1, 1)
	none.Arms, empty.Arms = nil, []record.Arm{}
	for name, rec := range map[string]*record.Record{
		"full": recordtest.Full(2, 2), "nasty texts": texts, "arms without blocks": bare, "no arms": none, "an empty list of arms": empty,
		"slim": record.Slim(recordtest.Full(2, 2)), "streams": recordtest.WithStreams(),
	} {
		if got, want := string(written(t, rec)), string(sealed([]byte(text(t, rec))))+"\n"; got != want {
			t.Errorf("%s: written as\n%.2000s\nwant\n%.2000s", name, got, want)
		}
	}
}
