package main

import (
	"fmt"

	"weighbridge/bench/attack/hits"
	"weighbridge/bench/record"
)

// hitStream writes the file of --hits; nil without the flag.
type hitStream struct {
	path string
	file *hits.File
}

// checkHits refuses a FILE whose extension names no format; "" is no file.
func checkHits(path string) error {
	if path == "" {
		return nil
	}
	if err := hits.CheckPath(path); err != nil {
		return usagef("--hits: %w", err)
	}
	return nil
}

// hitsPath is the file for a scenario's hits: FILE itself or, with several scenarios, one
// of its own beside it.
func hitsPath(path, name string, several bool) string {
	if path == "" || !several {
		return path
	}
	return hits.PathFor(path, name)
}

// openHits creates the file of --hits, or returns nil without the flag. It calls warn,
// from another goroutine, when a hit cannot be written.
func openHits(path string, warn func(error)) (*hitStream, error) {
	if path == "" {
		return nil, nil
	}
	file, err := hits.Create(path, func(err error) { warn(fmt.Errorf("--hits: %w", err)) })
	if err != nil {
		return nil, fmt.Errorf("--hits: %w", err)
	}
	return &hitStream{path, file}, nil
}

// put is bench.Options.Hits.
func (s *hitStream) put() func(hits.Hit) {
	if s == nil {
		return nil
	}
	return s.file.Put
}

// close closes the file and warns in the record of what it lacks. Without a record (nil)
// the file is removed if it holds no hits.
func (s *hitStream) close(rec *record.Record) error {
	if s == nil {
		return nil
	}
	lost, err := s.file.Close()
	if rec == nil {
		return s.file.RemoveIfEmpty()
	}
	if lost > 0 {
		rec.Warnings = append(rec.Warnings, fmt.Sprintf("%d hits are missing from %s: they were written too slowly", lost, s.path))
	}
	if err != nil {
		rec.Warnings = append(rec.Warnings, fmt.Sprintf("--hits: %v", err))
	}
	return nil
}
