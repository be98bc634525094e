package tree

import (
	"testing"
)

func TestSuggest(t *testing.T) {
	if got, _ := Suggest("ste", []string{"gate", "set", "seed"}); got != "set" {
		t.Errorf("two letters that changed places are %q", got)
	}
	verbs := []string{"run", "report", "compare", "gate", "validate", "list"}
	for _, row := range []struct{ word, want string }{
		{"rum", "run"}, {"reprot", "report"}, {"validat", "validate"}, {"lists", "list"}, {"xyz", ""}, {"", ""}, {"benchmark", ""},
	} {
		if got, ok := Suggest(row.word, verbs); got != row.want || ok != (row.want != "") {
			t.Errorf("%q: got %q, %v; want %q", row.word, got, ok, row.want)
		}
	}
}
