package main

import (
	"fmt"

	"weighbridge/bench/attack/hits"
	"weighbridge/bench/record"
)

// hitStream is the file of --hits; a nil one is not asked for.
type hitStream struct {
	path string
	file *hits.File
}

// checkHits refuses a FILE whose ending says no format; "" is none.
func checkHits(path string) error {
	if path == "" {
		return nil
	}
	if err := hits.CheckPath(path); err != nil {
		return usagef("--hits: %w", err)
	}
	return nil
}

// hitsOf is where a scenario's hits go: FILE if it is alone, else one of its own
// beside it.
func hitsOf(path, name string, several bool) string {
	if path == "" || !several {
		return path
	}
	return hits.PathFor(path, name)
}

// openHits opens the file of --hits, or gives nil for none. It calls fail, from another
// goroutine, when a hit cannot be written.
func openHits(path string, fail func(error)) (*hitStream, error) {
	if path == "" {
		return nil, nil
	}
	file, err := hits.Create(path, func(err error) { fail(fmt.Errorf("--hits: %w", err)) })
	if err != nil {
		return nil, fmt.Errorf("--hits: %w", err)
	}
	return &hitStream{path, file}, nil
}

// put is what the run tells its hits to; nil where nobody asks.
func (s *hitStream) put() func(hits.Hit) {
	if s == nil {
		return nil
	}
	return s.file.Put
}

// close ends the file and notes in the record what it lacks: hits that were lost are a
// warning, and a file that is cut short makes the record incomplete. Without a record,
// a file that holds no hits is removed.
func (s *hitStream) close(rec *record.Record) error {
	if s == nil {
		return nil
	}
	lost, err := s.file.Close()
	if rec == nil {
		return s.file.RemoveIfEmpty()
	}
	if lost > 0 {
		rec.Warnings = append(rec.Warnings, fmt.Sprintf("%d hits were not written to %s: they came faster than it could be written", lost, s.path))
	}
	if err != nil && rec.Complete {
		rec.Complete, rec.Stopped = false, fmt.Sprintf("--hits: %v", err)
	}
	return nil
}
