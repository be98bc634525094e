package api

import (
	"errors"
	"fmt"
	"strconv"
)

// anthropicPage is Page of the SDK. FirstID and LastID are null on an empty page.
type anthropicPage[T any] struct {
	Data    []T     `json:"data"`
	HasMore bool    `json:"has_more"`
	FirstID *string `json:"first_id"`
	LastID  *string `json:"last_id"`
}

// The number of items on a page: the largest limit, and the default.
const (
	maxPageSize     = 1000
	defaultPageSize = 20
)

// pageResponse answers with the page of list that the query's limit, after_id and
// before_id select: the items right after or right before the one with that ID, each
// as convert returns it. has_more says whether there are more in that direction.
func pageResponse[T, W any](q Query, list []T, id func(T) string, convert func(T) W) (Response, error) {
	values := q.Request.URL.Query()
	limit, err := pageLimit(values.Get("limit"))
	if err != nil {
		return Response{}, err
	}
	from, to, more := 0, min(limit, len(list)), len(list) > limit
	switch after, before := values.Get("after_id"), values.Get("before_id"); {
	case after != "" && before != "":
		return Response{}, errors.New("after_id: cannot be used with before_id")
	case after != "":
		at := indexOf(list, id, after)
		if at < 0 {
			return Response{}, fmt.Errorf("after_id: %q not found", after)
		}
		from = at + 1
		to = min(from+limit, len(list))
		more = to < len(list)
	case before != "":
		to = indexOf(list, id, before)
		if to < 0 {
			return Response{}, fmt.Errorf("before_id: %q not found", before)
		}
		from = max(to-limit, 0)
		more = from > 0
	}
	page := anthropicPage[W]{Data: make([]W, 0, to-from), HasMore: more}
	for _, item := range list[from:to] {
		page.Data = append(page.Data, convert(item))
	}
	if from < to {
		first, last := id(list[from]), id(list[to-1])
		page.FirstID, page.LastID = &first, &last
	}
	return Response{Body: mustMarshal(page)}, nil
}

func pageLimit(text string) (int, error) {
	if text == "" {
		return defaultPageSize, nil
	}
	limit, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return 0, errors.New("limit: Input should be a valid integer")
	case limit < 1 || limit > maxPageSize:
		return 0, fmt.Errorf("limit: Input should be between 1 and %d", maxPageSize)
	}
	return limit, nil
}

func indexOf[T any](list []T, id func(T) string, want string) int {
	for i, item := range list {
		if id(item) == want {
			return i
		}
	}
	return -1
}
