package fault_test

import (
	"testing"
	"time"

	"weighbridge/mockserver/fault"
)

// errorsWithShares returns errors that apply to all routes at all times.
func errorsWithShares(by map[int]float64) fault.Errors {
	errors := fault.Errors{}
	for status, share := range by {
		errors[status] = fault.Error{When: fault.When{Share: share}}
	}
	return errors
}

func pick(p fault.ErrorPicker, m fault.Moment) int {
	status, _ := p.Pick(m)
	return status
}

func TestErrorShares(t *testing.T) {
	errors := fault.NewErrorPicker(3, errorsWithShares(map[int]float64{500: 0.1, 429: 0.02, 503: 0.3}))
	hits := map[int]int{}
	for id := range uint64(attempts) {
		hits[pick(errors, fault.Moment{Attempt: id})]++
	}
	expectShare(t, "500", hits[500], 0.1)
	expectShare(t, "429", hits[429], 0.02)
	expectShare(t, "503", hits[503], 0.3)
	expectShare(t, "none", hits[0], 0.58)
	if len(hits) != 4 {
		t.Errorf("other statuses were picked: %v", hits)
	}
}

func TestErrorsDependOnTheSeed(t *testing.T) {
	of := errorsWithShares(map[int]float64{500: 0.25, 502: 0.25, 503: 0.25})
	one, same, other := fault.NewErrorPicker(1, of), fault.NewErrorPicker(1, of), fault.NewErrorPicker(2, of)
	differ := 0
	for id := range uint64(1000) {
		m := fault.Moment{Attempt: id}
		if pick(one, m) != pick(same, m) {
			t.Fatalf("attempt %d differs with the same seed", id)
		}
		differ += toInt(pick(one, m) != pick(other, m))
	}
	if differ < 500 {
		t.Errorf("only %d of 1000 differ with another seed", differ)
	}
}

func TestErrorsAllAndNone(t *testing.T) {
	all, none := fault.NewErrorPicker(1, errorsWithShares(map[int]float64{500: 1})), fault.NewErrorPicker(1, nil)
	for id := range uint64(1000) {
		if m := (fault.Moment{Attempt: id}); pick(all, m) != 500 || pick(none, m) != 0 {
			t.Fatalf("attempt %d: all picks %d, none %d", id, pick(all, m), pick(none, m))
		}
	}
}

// For 2s of every 10s nearly everything is a 503; between these bursts only the errors
// without windows occur.
func TestErrorsInBursts(t *testing.T) {
	errors := errorsWithShares(map[int]float64{500: 0.1})
	errors[503] = fault.Error{When: fault.When{Share: 1, After: 5 * time.Second, Every: 10 * time.Second, For: 2 * time.Second}}
	if err := errors.Validate(); err != nil {
		t.Fatalf("a burst with a share of 1 besides another error: %v", err)
	}
	p := fault.NewErrorPicker(1, errors)
	const seconds = 100
	bySecond := [seconds]map[int]int{}
	for i := range bySecond {
		bySecond[i] = map[int]int{}
	}
	for id := range uint64(attempts) {
		age := time.Duration(id) * seconds * time.Second / attempts
		bySecond[age/time.Second][pick(p, fault.Moment{Attempt: id, Age: age})]++
	}
	errors500 := 0
	for second, hits := range bySecond {
		if open := second >= 5 && (second-5)%10 < 2; open && (hits[0] > 0 || hits[503] < 800) || !open && hits[503] > 0 {
			t.Errorf("second %d: %v", second, hits)
		}
		errors500 += hits[500]
	}
	expectShare(t, "500", errors500, 0.1)
}

func TestErrorsByRouteAndRequest(t *testing.T) {
	errors := fault.Errors{
		429: {When: fault.When{Share: 1, Routes: []string{"/a"}}, Body: "slow down", Headers: map[string]string{"Retry-After": "7"}},
		529: {When: fault.When{Share: 1, Routes: []string{"/b"}}},
	}
	p, none := fault.NewErrorPicker(1, errors), fault.NewErrorPicker(1, nil)
	for _, test := range []struct {
		picker fault.ErrorPicker
		moment fault.Moment
		want   int
	}{
		{p, fault.Moment{Route: "/a"}, 429},
		{p, fault.Moment{Route: "/b"}, 529},
		{p, fault.Moment{Route: "/c"}, 0},
		{p, fault.Moment{Route: "/c", Requested: []string{"errors"}}, 429},
		{p, fault.Moment{Route: "/a", Requested: []string{"errors.529"}}, 529},
		{p, fault.Moment{Route: "/c", Requested: []string{"errors.200", "errors.x", "errorsx", "429"}}, 0},
		{none, fault.Moment{Requested: []string{"errors.503"}}, 503},
		{none, fault.Moment{Requested: []string{"errors"}}, 500},
	} {
		if got := pick(test.picker, test.moment); got != test.want {
			t.Errorf("%+v is answered with %d, want %d", test.moment, got, test.want)
		}
	}
	if _, got := p.Pick(fault.Moment{Route: "/a"}); got.Body != "slow down" || got.Headers["Retry-After"] != "7" {
		t.Errorf("the configured answer is %+v", got)
	}
}

func TestErrorsValidate(t *testing.T) {
	window := fault.When{Share: 0.75, Until: time.Second}
	route := fault.When{Share: 0.75, Routes: []string{"/a"}}
	for _, test := range []struct {
		errors fault.Errors
		want   string
	}{
		{nil, ""},
		{errorsWithShares(map[int]float64{400: 0.5, 599: 0.5}), ""},
		{errorsWithShares(map[int]float64{200: 0.1}), "200 is not an error status, expected 400 to 599"},
		{errorsWithShares(map[int]float64{500: -0.1}), "500: share must be at least 0"},
		{errorsWithShares(map[int]float64{500: 0.75, 503: 0.5}), "the shares add up to 1.25, expected at most 1"},
		{fault.Errors{500: {When: window}, 502: {When: route}, 503: {When: fault.When{Share: 0.75}}}, ""},
		{fault.Errors{500: {When: fault.When{Share: 1, For: 1}}}, "500: `for` requires `every`, the interval between windows"},
		{fault.Errors{500: {Headers: map[string]string{"A B": ""}}}, `500: headers: "A B" is not a valid header`},
		{fault.Errors{500: {Headers: map[string]string{"A": "b\r\nC: d"}}}, `500: headers: "A" is not a valid header`},
		{fault.Errors{500: {Headers: map[string]string{"": "b"}}}, `500: headers: "" is not a valid header`},
	} {
		expectInvalid(t, test.errors, test.want)
	}
}
