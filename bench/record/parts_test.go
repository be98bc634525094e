package record

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A part that All left out would be missing from every report and sum.
func TestAllReturnsEveryPartInOrder(t *testing.T) {
	var p Parts
	var want []string
	fields := reflect.ValueOf(&p).Elem()
	for i := range fields.NumField() {
		if sum, ok := fields.Field(i).Addr().Interface().(*Sum); ok {
			name, _, _ := strings.Cut(fields.Type().Field(i).Tag.Get("json"), ",")
			want = append(want, name)
			sum.Count = uint64(i + 1)
		}
	}
	var got []string
	for i, part := range p.All() {
		got = append(got, part.Name)
		if part.Count != uint64(i+1) {
			t.Errorf("%s points to another part", part.Name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("All returns %v, the record has %v", got, want)
	}
}

func TestSumsAreExactToTheNanosecond(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var one, halves [2]Sum
	want := time.Duration(0)
	for range 200_000 {
		d := time.Duration(rng.Int64N(int64(30 * time.Second)))
		want += d
		one[0].Add(d)
		halves[rng.IntN(2)].Add(d)
	}
	halves[0].merge(halves[1])
	for name, got := range map[string]Sum{"added": one[0], "added and merged": halves[0]} {
		if ns := int64(math.Round(got.TotalMS * 1e6)); got.Count != 200_000 || ns != int64(want) {
			t.Errorf("%s: %d ns of %d, want %d ns", name, ns, got.Count, want)
		}
	}
}

func TestMergedPartsAreWrittenWithoutZeros(t *testing.T) {
	var a, b, all Parts
	a.Fill.Add(2 * time.Millisecond)
	a.AddServer("total", time.Millisecond)
	b.Fill.Add(1500 * time.Microsecond)
	b.Body.Add(time.Nanosecond)
	b.AddServer("total", 2*time.Millisecond)
	b.AddServer("auth", 0)
	all.Merge(&a)
	all.Merge(nil)
	all.Merge(&b)
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"fill":{"count":2,"total_ms":3.5},"body":{"count":1,"total_ms":0.000001},` +
		`"server":{"auth":{"count":1,"total_ms":0},"total":{"count":2,"total_ms":3}}}`
	if string(raw) != want {
		t.Errorf("merged they are\n%s, want\n%s", raw, want)
	}
	if a.Server["total"].Count != 1 {
		t.Error("merging changed what was merged")
	}
}

func drawOutages(t *rapid.T) Outages {
	return Outages{drawSum(t), count(t), drawSum(t), count(t), count(t)}
}
