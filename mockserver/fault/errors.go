package fault

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Errors maps error statuses, 400…599, to the requests that are answered with them. A
// request gets at most one: the statuses that apply to it take disjoint shares of the
// requests, in ascending order.
type Errors map[int]Error

// Error says when an error status is the answer, and with what body and headers. A scalar is its share.
type Error struct {
	When `yaml:",inline"`
	// Body is sent unchanged; default empty, an error in the dialect's format.
	Body string `yaml:"body"`
	// Headers are added to the answer's, replacing those of the same name; default none.
	Headers map[string]string `yaml:"headers"`
}

// Validate checks that the statuses are errors, and that the shares of those that apply
// to all routes at all times add up to at most 1.
func (e Errors) Validate() error {
	sum := 0.0
	for _, status := range slices.Sorted(maps.Keys(e)) {
		one := e[status]
		if !isError(status) {
			return fmt.Errorf("%d is not an error status, expected 400 to 599", status)
		}
		if one.Share < 0 {
			return fmt.Errorf("%d: share must be at least 0", status)
		}
		if err := one.When.Validate(); err != nil {
			return fmt.Errorf("%d: %w", status, err)
		}
		for name, value := range one.Headers {
			if strings.ContainsAny(name, " :\r\n") || name == "" || strings.ContainsAny(value, "\r\n") {
				return fmt.Errorf("%d: headers: %q is not a valid header", status, name)
			}
		}
		if len(one.Routes) == 0 && !one.isTimed() {
			sum += one.Share
		}
	}
	if sum > 1 {
		return fmt.Errorf("the shares add up to %v, expected at most 1", sum)
	}
	return nil
}

func isError(status int) bool { return status >= 400 && status <= 599 }

// ErrorPicker picks the requests that are answered with an error status.
type ErrorPicker struct {
	random   RandomSource
	statuses []int
	errors   Errors
}

// NewErrorPicker returns a picker for errors, which must be valid.
func NewErrorPicker(seed uint64, errors Errors) ErrorPicker {
	return ErrorPicker{NewRandomSource(seed, "errors"), slices.Sorted(maps.Keys(errors)), errors}
}

// Pick returns the error status that a request is answered with, and its Error; 0 if the
// request is not hit. A request for the fault "errors" gets the lowest status, or a 500
// if none is configured; one for "errors.503" gets that status.
func (p ErrorPicker) Pick(m Moment) (int, Error) {
	if status := p.requested(m); status != 0 {
		return status, p.errors[status]
	}
	if len(p.statuses) == 0 {
		return 0, Error{}
	}
	u, upTo := p.random.At(m.Attempt), 0.0
	for _, status := range p.statuses {
		one := p.errors[status]
		if !one.appliesTo(m) {
			continue
		}
		if upTo += one.Share; u < upTo {
			return status, one
		}
	}
	return 0, Error{}
}

func (p ErrorPicker) requested(m Moment) int {
	for _, name := range m.Requested {
		status, one := statusOf(name)
		switch {
		case one:
			return status
		case name == "errors" && len(p.statuses) > 0:
			return p.statuses[0]
		case name == "errors":
			return http.StatusInternalServerError
		}
	}
	return 0
}

// IsErrorName reports whether a request can ask for an error status by this name, such as
// errors.503.
func IsErrorName(name string) bool {
	_, ok := statusOf(name)
	return ok
}

// statusOf returns the error status in the name of a fault; false if it names none.
func statusOf(name string) (int, bool) {
	text, one := strings.CutPrefix(name, "errors.")
	status, err := strconv.Atoi(text)
	return status, one && err == nil && isError(status)
}
