package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"weighbridge/bench/record"
)

// withCapacities is a run of two arms that were only searched for their capacity.
func withCapacities() *record.Record {
	rec := synthetic(smallShape())
	rec.Plan.Blocks = 0
	for i, capacity := range []float64{190, 1300} {
		rec.Arms[i].Blocks = nil
		rec.Arms[i].Capacity = searchedFor(capacity)
	}
	return rec
}

// searchedFor is a search by doubling and one halving.
func searchedFor(capacity float64) *record.Capacity {
	c := &record.Capacity{
		Complete: true, Confirmed: true, HeldPerS: capacity, FailedPerS: capacity * 1.02, FromPerS: 50, ToPerS: 3200,
		ErrorRate: 0.01, P99MS: 300, StepMS: 5000, Precision: 0.02, Confirm: 3, Arrivals: "constant",
	}
	for _, rate := range []float64{50, 100, capacity / 1.1, capacity, capacity * 1.02, capacity * 1.5, capacity, capacity, capacity * 1.02} {
		due := uint64(rate * 5)
		p := record.Probe{
			RatePerS: rate, Due: due, Answered: due, ErrorRate: new(0.0), HandedOver: new(1.0), Backlog: new(-0.002),
			P50MS: new(20.0), P99MS: new(20 + 80*rate/capacity), Held: true,
		}
		if rate > capacity {
			p.Held, p.WhyNot, p.P99MS = false, "response p99 412ms, over 300ms", new(rate/capacity*404)
		}
		if rate > capacity*1.1 {
			p.Answered, p.Failed, p.P99MS, p.ErrorRate, p.WhyNot = due/2, due-due/2, nil, new(0.5), "error rate 0.5, over 0.01"
		}
		c.Probes = append(c.Probes, p)
	}
	return c
}

func TestGoldenCapacity(t *testing.T) {
	rec := withCapacities()
	golden(t, "capacity.txt", written(t, "table", rec))
	golden(t, "capacity.md", written(t, "markdown", rec))
	golden(t, "capacity.csv", written(t, "csv", rec))
	beside := synthetic(smallShape())
	for i := range beside.Arms {
		beside.Arms[i].Capacity = searchedFor(float64(100 + 50*i))
	}
	golden(t, "capacity-beside-open.txt", written(t, "table", beside))
}

func TestCapacityAsFarAsItIsKnown(t *testing.T) {
	late := record.Probe{RatePerS: 400, Late: true, WhyNot: "send lag"}
	for _, c := range []struct {
		name     string
		capacity *record.Capacity
		cell     string
		says     string // about what lies above
	}{
		{"none", nil, "–", ""},
		{"found", searchedFor(190), "190.0", "response p99 412ms, over 300ms"},
		{"to itself held", &record.Capacity{Complete: true, Confirmed: true, HeldPerS: 3200, ToPerS: 3200}, "at least 3,200", "nothing failed up to 3,200/s"},
		{"from itself failed", &record.Capacity{Complete: true, Confirmed: true, FailedPerS: 50, Probes: []record.Probe{{RatePerS: 50, WhyNot: "slow"}}}, "under 50.00", "slow"},
		{"interrupted", &record.Capacity{HeldPerS: 100, FailedPerS: 200}, "100.0", "cut short after 0 probes"},
		{"interrupted at once", &record.Capacity{}, "–", "cut short"},
		{"unsettled", &record.Capacity{Complete: true, HeldPerS: 100, FailedPerS: 200}, "100.0", "NOT CONFIRMED"},
		{"a late generator", &record.Capacity{Complete: true, Confirmed: true, HeldPerS: 390, FailedPerS: 400, Probes: []record.Probe{late}}, "at least 390.0", "send lag"},
		{"late from the first", &record.Capacity{Complete: true, Confirmed: true, FailedPerS: 400, Probes: []record.Probe{late}}, "–", "send lag"},
	} {
		if got := capacityCell(c.capacity); got != c.cell {
			t.Errorf("%s: %s, want %s", c.name, got, c.cell)
		}
		if c.capacity != nil && !strings.Contains(remark(c.capacity), c.says) {
			t.Errorf("%s: %q does not say %q", c.name, remark(c.capacity), c.says)
		}
	}
}

func TestCapacitiesAreComparedWhereEveryArmHasOne(t *testing.T) {
	rec := withCapacities()
	want := "batching: the capacity of batch10 is 6.84× that of single (by search: no interval)."
	if got := strings.Join(capacitySentences(rec), "|"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	rec.Arms[1].Capacity.FailedPerS = 0
	if got := capacitySentences(rec); len(got) != 0 {
		t.Errorf("at least 1,300 is compared: %q", got)
	}
	rec.Arms[1].Capacity = nil
	if got := capacitySentences(rec); len(got) != 0 {
		t.Errorf("no capacity is compared: %q", got)
	}
}

func TestCapacityIsInEveryFormatButTheSummary(t *testing.T) {
	rec := withCapacities()
	if text := string(written(t, "json", rec)); strings.Contains(text, `"capacity`) || !json.Valid([]byte(text)) {
		t.Error("the summary, whose keys are fixed, tells of a capacity")
	}
	rows, err := csv.NewReader(bytes.NewReader(written(t, "csv", rec))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if last := len(rows[0]) - 1; rows[0][last] != "capacity_probes" || rows[1][last] != "9" {
		t.Errorf("the last column is %s, %s", rows[0][last], rows[1][last])
	}
	html := string(written(t, "html", rec))
	if !strings.Contains(html, "Capacity: the highest rate") || strings.Count(html, "<svg") != 1 {
		t.Error("the page lacks the table, or its one plot")
	}
	svg := drawings(t, rec)["capacity"]
	for i := range rec.Arms {
		if label := armLabel(rec, i); !strings.Contains(svg, ">"+label+"<") {
			t.Errorf("the plot does not name %s", label)
		}
	}
	files, err := Folder(Judged{Record: reread(t, rec)})
	if err != nil || len(files) != 4 {
		t.Errorf("the folder holds %d files, %v; want the report and the plot in two forms each", len(files), err)
	}
	for _, few := range []*record.Capacity{{}, {Probes: []record.Probe{{RatePerS: 5, P50MS: new(1.0), P99MS: new(2.0)}}}} {
		rec.Arms[0].Capacity, rec.Arms[1].Capacity = few, nil
		if drawings(t, rec)["capacity"] == "" {
			t.Errorf("%+v is not drawn", few)
		}
	}
}
