package fault

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Errors maps a status, 400…599, to when it is the answer. A request gets at
// most one: the shares of those that are dealt to it add up, in the order of
// the statuses, as far as there are requests.
type Errors map[int]Error

// Error is when an error status is the answer, and what it says. A scalar is its share.
type Error struct {
	When `yaml:",inline"`
	// Body is sent as it is; default empty, the dialect's words.
	Body string `yaml:"body"`
	// Headers are sent with it and replace those of their name; default none.
	Headers map[string]string `yaml:"headers"`
}

// Validate checks that the statuses are errors and that the shares of those
// dealt at all times and places leave no more than all requests.
func (e Errors) Validate() error {
	sum := 0.0
	for _, status := range slices.Sorted(maps.Keys(e)) {
		one := e[status]
		if !isError(status) {
			return fmt.Errorf("%d is no error status, expected 400 to 599", status)
		}
		if one.Share < 0 {
			return fmt.Errorf("%d: a share must be at least 0", status)
		}
		if err := one.When.Validate(); err != nil {
			return fmt.Errorf("%d: %w", status, err)
		}
		for name, value := range one.Headers {
			if strings.ContainsAny(name, " :\r\n") || name == "" || strings.ContainsAny(value, "\r\n") {
				return fmt.Errorf("%d: headers: %q is no header", status, name)
			}
		}
		if len(one.Routes) == 0 && !one.timed() {
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
	stream   Stream
	statuses []int
	errors   Errors
}

// NewErrorPicker returns the picker of those errors, which must be valid.
func NewErrorPicker(seed uint64, errors Errors) ErrorPicker {
	return ErrorPicker{NewStream(seed, "errors"), slices.Sorted(maps.Keys(errors)), errors}
}

// Pick is the status that a request is answered with, and what it says; 0
// leaves it alone. A request that asks for errors gets the first of them, or a
// 500; one that asks for errors.503 gets that.
func (p ErrorPicker) Pick(m Moment) (int, Error) {
	if status := p.asked(m); status != 0 {
		return status, p.errors[status]
	}
	if len(p.statuses) == 0 {
		return 0, Error{}
	}
	u, upTo := p.stream.At(m.Attempt), 0.0
	for _, status := range p.statuses {
		one := p.errors[status]
		if !one.covers(m) {
			continue
		}
		if upTo += one.Share; u < upTo {
			return status, one
		}
	}
	return 0, Error{}
}

func (p ErrorPicker) asked(m Moment) int {
	for _, name := range m.Asked {
		text, one := strings.CutPrefix(name, "errors.")
		status, err := strconv.Atoi(text)
		switch {
		case one && err == nil && isError(status):
			return status
		case name == "errors" && len(p.statuses) > 0:
			return p.statuses[0]
		case name == "errors":
			return http.StatusInternalServerError
		}
	}
	return 0
}
