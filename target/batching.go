package target

import (
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Batching is a dialect whose provider has an API for batches: prompts that are submitted together
// and answered hours later.
type Batching interface {
	Dialect
	// Batches returns that API.
	Batches() BatchAPI
}

// BatchAPI builds the requests of an API for batches and reads its answers. An answer that does not
// hold what its reader needs is an error.
type BatchAPI interface {
	// List asks for one of the batches there are. It costs nothing, and needs the credential.
	List(base *url.URL) (*http.Request, error)
	// Upload sends the prompts ahead of Create; nil if the API takes them with Create. Each is
	// the body of a request with one prompt.
	Upload(base *url.URL, prompts [][]byte) (*http.Request, error)
	// ReadUpload returns the name under which the uploaded prompts are known.
	ReadUpload(body []byte) (file string, err error)
	// Create creates a batch of the prompts, or of those in an uploaded file. like is a request with
	// one prompt, whose headers apply to the batch.
	Create(base *url.URL, prompts [][]byte, file string, like http.Header) (*http.Request, error)
	// Poll asks for the state of a batch, and Cancel cancels it.
	Poll(base *url.URL, id string) (*http.Request, error)
	Cancel(base *url.URL, id string) (*http.Request, error)
	// ReadBatch reads the answer to Create, Poll or Cancel.
	ReadBatch(body []byte) (BatchState, error)
	// Results asks for the results of a batch that has ended, in one or more parts.
	Results(base *url.URL, state BatchState) ([]*http.Request, error)
	// ReadResult reads one line of the results.
	ReadResult(line []byte) (BatchResult, error)
	// Refused is the outcome of an answer that is no success, or reports an error; false if it is a
	// success.
	Refused(status int, header http.Header, body []byte) (Outcome, bool)
}

// BatchState is what an API says about a batch.
type BatchState struct {
	ID string
	// Status is the API's own word, such as in_progress. Ended says that the batch will not change
	// any more.
	Status string
	Ended  bool
	// Failed is the outcome of each prompt of a batch that failed as a whole, as by an invalid line;
	// of class Success if it did not.
	Failed Outcome
	// Files are the files with the results, of an API that has them.
	Files []string
	// Created and EndedAt are by the server's clock, and zero if unknown; each is true to Precision.
	Created, EndedAt time.Time
	Precision        time.Duration
}

// The kinds of result that a prompt of a batch may have.
const (
	BatchSucceeded = "succeeded"
	BatchErrored   = "errored"
	BatchExpired   = "expired"
	BatchCanceled  = "canceled"
)

// BatchResult is one line of the results of a batch.
type BatchResult struct {
	// CustomID is the prompt's name in the batch.
	CustomID string
	// Kind is one of the kinds above.
	Kind string
	// Status is the HTTP status that goes with it; 0 if the API gives none.
	Status int
	// Outcome is the outcome of the prompt.
	Outcome Outcome
}

// CustomID is the name of the i-th prompt of a batch.
func CustomID(i int) string { return "prompt-" + strconv.Itoa(i) }
