package record

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record/reasons"
)

// largeRecord has every histogram that a run without streams fills, and figures with as
// many digits as clocks give them.
func largeRecord(arms, blocks int) *Record {
	r := &Record{Schema: Schema, Complete: true, Plan: Plan{Blocks: blocks}, Invalid: []string{}, Warnings: []string{}}
	for i := range arms {
		a := Arm{Name: fmt.Sprintf("batching=batch10,protocol=h2,auth=%d", i), Levels: map[string]string{}, OverTime: &Series{}, Ledger: &Ledger{Served: someHist(i)}}
		for kind := range 12 {
			text := strings.Repeat(fmt.Sprintf("words of kind %c, ", 'a'+kind), 10)
			a.Failures = append(a.Failures, reasons.Failure{Phase: "open", Class: "server", Status: 500, Words: text, Count: 9, FirstMS: 1234.5, Example: text, OverTime: &reasons.Times{StepMS: 1000, AtSteps: []uint64{1, 3}, Counts: []uint64{8, 1}}})
		}
		a.Failures = append(a.Failures, reasons.Failure{Phase: "warmup", Class: "server", Count: 1})
		for k := range blocks {
			s := func() *Slice {
				h := someHist(i + k)
				return &Slice{
					StartMS: 123456.789123 + float64(k), DurationMS: 2000, Due: 12345, Answered: 12340, Failed: 5, InWindow: 12301, UsageInWindow: 12301, OutputInWindow: 787264, Requests: 12345, Attempts: 12399,
					Errors: map[string]uint64{"rate_limit": 3, "server": 2}, Response: h, Service: h, FirstByte: h, FailedAfter: h, SlotWait: h, SendLag: h, Fill: h,
					LatencyError: h, Parts: &Parts{}, Server: map[string]Sum{"total": {}},
				}
			}
			a.Blocks = append(a.Blocks, Block{Index: k, Complete: true, Open: s(), Closed: s()})
		}
		r.Arms = append(r.Arms, a)
	}
	return r
}

func someHist(seed int) *Hist {
	h := NewHist()
	for i := range 50 {
		h.Record(time.Duration(20123456 + 987654*i + 12345*seed))
	}
	return h
}

func TestSlimRecordsAreSmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slim.json")
	if err := Write(path, Slim(largeRecord(8, 45))); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if most := int64(260_000); info.Size() >= most {
		t.Errorf("8 arms of 45 blocks take %d bytes, want under %d", info.Size(), most)
	}
}

func TestSlimKeepsWhatComparisonsNeed(t *testing.T) {
	whole := largeRecord(1, 3)
	for i := range whole.Arms[0].Blocks {
		whole.Arms[0].Blocks[i].Open.Conversations = &Conversations{Started: 9, Turns: []Turn{{Response: someHist(i)}}}
	}
	once := Slim(whole)
	if again := Slim(once); !reflect.DeepEqual(again, once) {
		t.Errorf("slimming a slim record changes it:\n%+v\n%+v", again, once)
	}
	arm := &once.Arms[0]
	failed := map[string]uint64{}
	for _, f := range arm.Failures {
		failed[f.Phase] += f.Count
	}
	if f := arm.Failures; len(f) != reasons.Most+1 || f[0].Words == "" || f[0].Example != "" || f[0].OverTime != nil || failed["open"] != 12*9 || failed["warmup"] != 0 {
		t.Errorf("failures: %+v", f)
	}
	for i, b := range arm.Blocks {
		if want := PercentilesOf(whole.Arms[0].Blocks[i].Open.Response); !reflect.DeepEqual(b.Open.Percentiles, want) || b.Open.Response != nil {
			t.Errorf("block %d: percentiles %+v, want %+v and no histogram", i, b.Open.Percentiles, want)
		}
		if c := b.Open.Conversations; c.Started != 9 || c.Turns != nil {
			t.Errorf("block %d: conversations %+v, want their counts alone", i, c)
		}
		if b.Closed.InWindow != 12301 || b.Closed.UsageInWindow != 12301 || b.Closed.OutputInWindow != 787264 || b.Closed.Percentiles != nil {
			t.Errorf("block %d, closed: %d in the window, %d with %d output tokens, percentiles %+v", i, b.Closed.InWindow, b.Closed.UsageInWindow, b.Closed.OutputInWindow, b.Closed.Percentiles)
		}
	}
	if arm.Percentiles == nil || arm.OverTime != nil || arm.Ledger.Served != nil {
		t.Errorf("percentiles %+v, series %v, served %v", arm.Percentiles, arm.OverTime, arm.Ledger.Served)
	}
	if open := whole.Arms[0].Blocks[0].Open; open.Response == nil || open.Conversations.Turns == nil || whole.Arms[0].OverTime == nil {
		t.Error("slimming changed the record itself")
	}
	for i := range whole.Arms[0].Blocks { // the latencies then come from closed load
		whole.Arms[0].Blocks[i].Open = nil
	}
	if b := Slim(whole).Arms[0].Blocks[0]; b.Closed.Percentiles == nil {
		t.Error("an arm with closed load only keeps no percentiles")
	}
}
