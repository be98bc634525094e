package reasons

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// timesOf is failures that ended at moments in ms.
func timesOf(moments ...float64) *Times {
	t := &Times{}
	for _, ms := range moments {
		t.add(ms)
	}
	return t
}

func TestTimesCountBySteps(t *testing.T) {
	t.Parallel()
	want := &Times{1000, []uint64{0, 2, 61}, []uint64{1, 3, 1}}
	if got := timesOf(2000, 2999.9, 999.9, 61_000, 2001); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got := want.AtMS(2); got != 61_000 {
		t.Errorf("the last step begins at %v ms", got)
	}
	if (*Times)(nil).Total() != 0 || want.Total() != 5 {
		t.Error("the total is wrong")
	}
}

func TestStepsDoubleWhereThereAreMany(t *testing.T) {
	t.Parallel()
	long := &Times{}
	for second := range 1000 {
		long.add(float64(second) * 1000)
	}
	if long.StepMS != 16_000 || len(long.AtSteps) != 63 || long.Counts[0] != 16 || long.Total() != 1000 {
		t.Errorf("%+v", long)
	}
	short := timesOf(15_000, 16_000)
	both := MergedTimes(short, long)
	if both.StepMS != 16_000 || both.Counts[0] != 17 || both.Counts[1] != 17 || both.Total() != 1002 {
		t.Errorf("%+v", both)
	}
	if short.StepMS != 1000 || long.Total() != 1000 {
		t.Error("merging has changed what it merged")
	}
	if MergedTimes(short, nil) != nil {
		t.Error("moments that are not known are taken for none")
	}
}

// In whatever order failures come, and however they are merged, their times are the same.
func TestTimesDoNotDependOnOrder(t *testing.T) {
	t.Parallel()
	moments := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(0, 1e5), rapid.Float64Range(0, 1e9)), 1, 400)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := moments.Draw(t, "a"), moments.Draw(t, "b"), moments.Draw(t, "c")
		sorted := slices.Sorted(slices.Values(slices.Concat(a, b, c)))
		want := timesOf(sorted...)
		for how, got := range map[string]*Times{
			"as they came": timesOf(slices.Concat(c, a, b)...),
			"merged":       MergedTimes(timesOf(a...), timesOf(b...), timesOf(c...)),
			"in pairs":     MergedTimes(timesOf(a...), MergedTimes(timesOf(c...), timesOf(b...))),
		} {
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%s:\n%+v\nand in order\n%+v", how, got, want)
			}
		}
		if err := want.check(Failure{Count: uint64(len(sorted)), FirstMS: sorted[0]}); err != nil || len(want.AtSteps) > mostSteps {
			t.Fatalf("%v: %+v", err, want)
		}
	})
}

func TestDamagedTimesAreRefused(t *testing.T) {
	t.Parallel()
	for want, times := range map[string]*Times{
		"":                     {1000, []uint64{2, 3}, []uint64{1, 2}},
		"is 1500 ms long":      {1500, []uint64{2, 3}, []uint64{1, 2}},
		"is 500 ms long":       {500, []uint64{5, 6}, []uint64{1, 2}},
		"0 steps have 0":       {1000, nil, nil},
		"2 steps have 1":       {1000, []uint64{2, 3}, []uint64{3}},
		"121 steps have 121":   {1000, make([]uint64, 121), make([]uint64, 121)},
		"step 2 follows":       {1000, []uint64{2, 2}, []uint64{1, 2}},
		"0 failures in step":   {1000, []uint64{2, 3}, []uint64{0, 3}},
		"3 failures in step 3": {1000, []uint64{2, 3}, []uint64{1, 3}},
		"count 2 failures":     {1000, []uint64{2, 3}, []uint64{1, 1}},
		"begins at 3000":       {1000, []uint64{3, 4}, []uint64{1, 2}},
		"the last step begins": {1000, []uint64{2, 1 << 60}, []uint64{1, 2}},
	} {
		err := Check([]Failure{{Phase: "open", Class: "server"}, {Phase: "open", Class: "server", Status: 503, Example: "busy", Count: 3, FirstMS: 2500, OverTime: times}})
		switch {
		case want == "" && err != nil:
			t.Error(err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "server 503: busy, over time: ")):
			t.Errorf("%+v gives %v, expected %q", times, err, want)
		}
	}
}

// What is counted of a failure like one before takes no memory.
func TestCountingAFailureAllocatesNothing(t *testing.T) {
	var l Log
	ms := 0.0
	for range 100_000 {
		l.Add("open", "server", 503, "busy", ms)
		ms++
	}
	if n := testing.AllocsPerRun(1000, func() {
		l.Add("open", "server", 503, "busy", ms)
		ms++
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAddToLog(b *testing.B) {
	var l Log
	for i := range b.N {
		l.Add("open", "server", 503, "busy", float64(i)/100)
	}
}

// The times of the most kinds that a record lists, of two phases of eight arms, take 200 KB at the most.
func TestTimesAreSmall(t *testing.T) {
	t.Parallel()
	full := timesOf()
	for i := range 100_000 {
		full.add(float64(i%mostSteps) * 8 * firstStepMS)
	}
	raw, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	if most := 200_000; len(raw)*(Most+1)*2*8 > most {
		t.Errorf("%d bytes: with those of all kinds more than %d", len(raw), most)
	}
}
