package byregion

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAdd(t *testing.T) {
	var r Regions
	r.Add(Attempt{}, "") // of no region
	if r != nil {
		t.Errorf("%+v", r)
	}
	r.Add(Attempt{Region: "eu", Status: 200, Service: 2 * time.Millisecond, Session: "new"}, "")
	r.Add(Attempt{Region: "eu", Status: 503, Service: time.Millisecond}, "eu")
	r.Add(Attempt{Region: "us", Session: Lost, Status: 200}, "eu")
	r.Add(Attempt{Region: "us", Service: time.Second}, "")
	want := Regions{
		"eu": {Attempts: 2, Answered: 1, TookUS: 2000, Sessions: map[string]uint64{"new": 1}},
		"us": {Attempts: 2, Answered: 1, Moved: 1, Sessions: map[string]uint64{Lost: 1}},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
}

func TestMergedLedgersMatchWhereEachDoes(t *testing.T) {
	var all Ledgers
	all.Merge(Ledgers{"eu": {Matches: true, Attempts: 1, Dark: 1}, "us": {Matches: true}})
	all.Merge(nil)
	all.Merge(Ledgers{"eu": {Matches: false, Attempts: 2}, "us": {Matches: true, Attempts: 3}})
	want := Ledgers{"eu": {Attempts: 3, Dark: 1}, "us": {Matches: true, Attempts: 3}}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
}
