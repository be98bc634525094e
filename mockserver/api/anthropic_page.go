package api

import (
	"errors"
	"fmt"
	"strconv"
)

// anthropicPage is Page of the SDK. An empty page has no ids.
type anthropicPage[T any] struct {
	Data    []T     `json:"data"`
	HasMore bool    `json:"has_more"`
	FirstID *string `json:"first_id"`
	LastID  *string `json:"last_id"`
}

// The number of items on a page: the most, and what it is where limit is not given.
const (
	maxPage     = 1000
	defaultPage = 20
)

// tellPage answers with the page of list that the query's limit, after_id and
// before_id ask for: the items right after or right before the one of that id,
// each as word has it. has_more says whether there are others further that way.
func tellPage[T, W any](q Query, list []T, id func(T) string, word func(T) W) (Told, error) {
	values := q.Request.URL.Query()
	limit, err := pageLimit(values.Get("limit"))
	if err != nil {
		return Told{}, err
	}
	from, to, more := 0, min(limit, len(list)), len(list) > limit
	switch after, before := values.Get("after_id"), values.Get("before_id"); {
	case after != "" && before != "":
		return Told{}, errors.New("after_id: cannot be used with before_id")
	case after != "":
		at := position(list, id, after)
		if at < 0 {
			return Told{}, fmt.Errorf("after_id: there is no %q", after)
		}
		from = at + 1
		to = min(from+limit, len(list))
		more = to < len(list)
	case before != "":
		to = position(list, id, before)
		if to < 0 {
			return Told{}, fmt.Errorf("before_id: there is no %q", before)
		}
		from = max(to-limit, 0)
		more = from > 0
	}
	page := anthropicPage[W]{Data: make([]W, 0, to-from), HasMore: more}
	for _, item := range list[from:to] {
		page.Data = append(page.Data, word(item))
	}
	if from < to {
		first, last := id(list[from]), id(list[to-1])
		page.FirstID, page.LastID = &first, &last
	}
	return Told{Body: mustMarshal(page)}, nil
}

func pageLimit(text string) (int, error) {
	if text == "" {
		return defaultPage, nil
	}
	limit, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return 0, errors.New("limit: Input should be a valid integer")
	case limit < 1 || limit > maxPage:
		return 0, fmt.Errorf("limit: Input should be between 1 and %d", maxPage)
	}
	return limit, nil
}

func position[T any](list []T, id func(T) string, want string) int {
	for i, item := range list {
		if id(item) == want {
			return i
		}
	}
	return -1
}
