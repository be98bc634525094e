package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weighbridge/scenarios"
)

func TestArmsShareDecksAndTraces(t *testing.T) {
	dir := t.TempDir()
	trace, prompts := filepath.Join(dir, "trace.csv"), filepath.Join(dir, "prompts.txt")
	for file, content := range map[string]string{trace: "0\n0.5\n", prompts: "one\ntwo\n"} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	arm := func(name, promptFile string) scenarios.Arm {
		return scenarios.Arm{Name: name, Prompts: scenarios.Prompts{File: promptFile, Distinct: 10}, Load: scenarios.Load{Open: &scenarios.Open{Trace: trace}}}
	}
	in := inputs{seed: 7}
	a, errA := in.work(arm("a", prompts))
	b, errB := in.work(arm("b", prompts))
	c, errC := in.work(arm("c", ""))
	if errA != nil || errB != nil || errC != nil {
		t.Fatal(errA, errB, errC)
	}
	if a.Deck != b.Deck || a.Deck == c.Deck {
		t.Error("want the same deck for the same prompts, and only for them")
	}
	if a.Trace == nil || a.Trace != b.Trace || a.Trace != c.Trace {
		t.Error("want one trace for all arms")
	}
	if a.Seed != 7 || a.Arm != "a" || b.Arm != "b" {
		t.Errorf("got seed %d, arms %s and %s", a.Seed, a.Arm, b.Arm)
	}
	if none, err := in.work(scenarios.Arm{Load: scenarios.Load{Open: &scenarios.Open{}}}); err != nil || none.Trace != nil {
		t.Errorf("an arm without a trace has %v, %v", none.Trace, err)
	}
}

func TestInputErrorsNameTheField(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.csv")
	for field, arm := range map[string]scenarios.Arm{
		"prompts.file":    {Prompts: scenarios.Prompts{File: missing}},
		"load.open.trace": {Load: scenarios.Load{Open: &scenarios.Open{Trace: missing}}},
	} {
		if _, err := (&inputs{}).work(arm); err == nil || !strings.HasPrefix(err.Error(), field+": ") || !strings.Contains(err.Error(), missing) {
			t.Errorf("the error is %v, want %s and the file", err, field)
		}
	}
}
