package ledger

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"
	"sync"
	"time"
)

// Journal writes a line of JSON for each attempt. Its last field is "times"; everything
// before it depends only on the seed, the scenario and the order of requests, so that
// two runs can be compared byte by byte:
//
//	sed 's/,"times":.*//' journal.jsonl
//
// It is safe for concurrent use.
type Journal struct {
	mu  sync.Mutex
	out *bufio.Writer
	err error // the first error; nothing is written after it
}

// Line records what the mock decided about one attempt, and how long it took.
type Line struct {
	// N is the number from which the attempt's random decisions are derived.
	N uint64
	// ID is the client's ID of the attempt; 0 if it has none.
	ID    uint32
	Route string
	// Status is the status of the answer; 0 if there was none.
	Status  int
	Prompts int
	// Faults is the number of faults injected, by name.
	Faults map[string]uint64
	// Intended is how long the mock meant to hold the request: its cost and the delays of faults.
	Intended time.Duration
	// TokenGeneration is the generation of the token in the request, from 1; 0 if it had none.
	TokenGeneration uint64

	// At is the time from the mock's start to the attempt's arrival.
	At time.Duration
	// Actual is how long the waits of Intended took in fact.
	Actual time.Duration
	// Took is the time from the attempt's arrival to the last write of its answer, or to its end if it had no answer.
	Took time.Duration
	// Buckets holds the levels of the rate limits' token buckets after the attempt.
	Buckets Buckets
}

// Buckets are the levels of the rate limits' token buckets; nil if there is no such limit.
type Buckets struct {
	Requests     *float64 `json:"requests,omitempty"`
	InputTokens  *float64 `json:"input_tokens,omitempty"`
	OutputTokens *float64 `json:"output_tokens,omitempty"`
}

// jsonLine is the JSON form of a Line.
type jsonLine struct {
	N          uint64            `json:"n"`
	ID         uint32            `json:"id"`
	Route      string            `json:"route"`
	Status     int               `json:"status"`
	Prompts    int               `json:"prompts"`
	Faults     map[string]uint64 `json:"faults"` // encoding/json sorts keys
	Intended   millis            `json:"intended_ms"`
	Generation uint64            `json:"token_generation"`
	Times      jsonTimes         `json:"times"`
}

type jsonTimes struct {
	At      millis  `json:"at_ms"`
	Actual  millis  `json:"actual_ms"`
	Took    millis  `json:"took_ms"`
	Buckets Buckets `json:"buckets"`
}

// millis is a duration that is written in ms, to the ns.
type millis time.Duration

// MarshalJSON never fails.
func (m millis) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(m)/1e6, 'f', -1, 64), nil
}

// NewJournal returns a journal that writes to w, buffered.
func NewJournal(w io.Writer) *Journal {
	return &Journal{out: bufio.NewWriterSize(w, 1<<16)}
}

// Write writes a line in one piece. An error is returned by the next Flush or Close.
func (j *Journal) Write(l Line) {
	faults := l.Faults
	if faults == nil {
		faults = map[string]uint64{}
	}
	text, err := json.Marshal(jsonLine{
		N: l.N, ID: l.ID, Route: l.Route, Status: l.Status, Prompts: l.Prompts, Faults: faults,
		Intended: millis(l.Intended), Generation: l.TokenGeneration,
		Times: jsonTimes{millis(l.At), millis(l.Actual), millis(l.Took), l.Buckets},
	})
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return
	}
	if err == nil {
		_, err = j.out.Write(append(text, '\n'))
	}
	j.err = err
}

// Flush writes what is buffered. It returns the first error of the journal.
func (j *Journal) Flush() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		j.err = j.out.Flush()
	}
	return j.err
}

// Close flushes. It does not close the writer, which belongs to the caller. It returns
// the first error of the journal.
func (j *Journal) Close() error { return j.Flush() }
