package fault

import (
	"fmt"
	"maps"
	"slices"
)

// Errors picks the attempts that are answered with an error status.
type Errors struct {
	stream   Stream
	statuses []int
	// upTo holds the running sum of the shares, status by status.
	upTo []float64
}

// NewErrors returns the fault; shares maps a status to the share of requests that get it.
func NewErrors(seed uint64, shares map[int]float64) Errors {
	e := Errors{stream: NewStream(seed, "errors"), statuses: slices.Sorted(maps.Keys(shares))}
	sum := 0.0
	for _, status := range e.statuses {
		sum += shares[status]
		e.upTo = append(e.upTo, sum)
	}
	return e
}

// Pick is the status that an attempt is answered with; 0 leaves it alone.
func (e Errors) Pick(attempt uint64) int {
	if len(e.statuses) == 0 {
		return 0
	}
	u := e.stream.At(attempt)
	for i, upTo := range e.upTo {
		if u < upTo {
			return e.statuses[i]
		}
	}
	return 0
}

// ValidateErrors checks that the statuses are errors and that the shares leave no more than all requests.
func ValidateErrors(shares map[int]float64) error {
	sum := 0.0
	for _, status := range slices.Sorted(maps.Keys(shares)) {
		if status < 400 || status > 599 {
			return fmt.Errorf("faults.errors: %d is no error status, expected 400 to 599", status)
		}
		if shares[status] < 0 {
			return fmt.Errorf("faults.errors.%d: a share must be at least 0", status)
		}
		sum += shares[status]
	}
	if sum > 1 {
		return fmt.Errorf("faults.errors: the shares add up to %v, expected at most 1", sum)
	}
	return nil
}
