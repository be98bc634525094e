package api

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// Files holds the uploaded files and the batches of the openai dialect, of one mock.
// NewFiles makes one. It is safe for concurrent use.
//
//	POST   /v1/files                  a form with purpose=batch and a file of JSON lines
//	GET    /v1/files/{id}, /v1/files/{id}/content
//	DELETE /v1/files/{id}
//	POST   /v1/batches                {"input_file_id":"file-1","endpoint":"/v1/chat/completions","completion_window":"24h"}
//	GET    /v1/batches                newest first, in pages of limit (1 to 100, 20 by default) after the ID after
//	GET    /v1/batches/{id}
//	POST   /v1/batches/{id}/cancel
//
// As in Batches, nothing processes a batch: its state follows from the time. It is validating
// for the first tenth of Query.BatchDuration, finalizing for the last, and in progress between.
// A file with an invalid line makes the batch failed once it is validated, with the first such
// lines in errors. Responses with status 200 are in the output file, in no particular order,
// others in the error file. A batch is billed as its output file is read for the first time. The endpoints are /v1/chat/completions and /v1/responses.
type Files struct {
	limits BatchLimits

	mu      sync.Mutex
	files   []*storedFile
	bytes   int
	batches []*fileBatch // oldest first
}

// NewFiles returns an empty store. Of the limits, it keeps at most Batches files and as many
// batches, and at most Bytes of files, and forgets the oldest for new ones.
func NewFiles(limits BatchLimits) *Files { return &Files{limits: limits} }

// Reset forgets every file and every batch.
func (s *Files) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files, s.bytes, s.batches = nil, 0, nil
}

// bill returns what is billed as a file is read: the usage of the results in it, once.
func (s *Files) bill(f *storedFile) Usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	usage := f.unbilled
	f.unbilled = Usage{}
	return usage
}

// addFile keeps a file for as long as there is room.
func (s *Files) addFile(f *storedFile) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(f.content) > s.limits.Bytes {
		return &Refusal{Status: http.StatusRequestEntityTooLarge, Message: "the file is too large for this mock"}
	}
	for len(s.files) >= s.limits.Batches || s.bytes+len(f.content) > s.limits.Bytes {
		s.bytes -= len(s.files[0].content)
		s.files = s.files[1:]
	}
	s.files = append(s.files, f)
	s.bytes += len(f.content)
	return nil
}

// file returns the uploaded file with an ID; nil if there is none.
func (s *Files) file(id string) *storedFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		if f.id == id {
			return f
		}
	}
	return nil
}

// removeFile forgets an uploaded file, and reports whether there was one.
func (s *Files) removeFile(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.files, func(f *storedFile) bool { return f.id == id })
	if at < 0 {
		return false
	}
	s.bytes -= len(s.files[at].content)
	s.files = slices.Delete(s.files, at, at+1)
	return true
}

func (s *Files) addBatch(b *fileBatch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.batches) >= s.limits.Batches {
		s.batches = s.batches[1:]
	}
	s.batches = append(s.batches, b)
}

// list returns all batches, newest first.
func (s *Files) list() []*fileBatch {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.batches)
	slices.Reverse(out)
	return out
}

// cancel notes that a batch is to be canceled, and returns its lifecycle.
func (s *Files) cancel(b *fileBatch, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.lifecycle.canceled.IsZero() && b.lifecycle.state(now) != ended {
		b.lifecycle.canceled = now
	}
}

// lifecycleOf returns a copy of a batch's lifecycle.
func (s *Files) lifecycleOf(b *fileBatch) lifecycle {
	s.mu.Lock()
	defer s.mu.Unlock()
	return b.lifecycle
}
