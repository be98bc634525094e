package ledger

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"
	"sync"
	"time"
)

// Journal writes a line of JSON for each attempt. The line ends in "times";
// what stands before it depends on the seed, the scenario and the order of
// requests alone, so that two runs can be compared byte by byte:
//
//	sed 's/,"times":.*//' journal.jsonl
//
// It is safe for concurrent use.
type Journal struct {
	mu  sync.Mutex
	out *bufio.Writer
	err error // the first; nothing is written after it
}

// Line is what the mock decided of one attempt, and how long it took.
type Line struct {
	// N is the number that decisions are drawn from.
	N uint64
	// ID is the client's number of the attempt; 0 is none.
	ID    uint32
	Route string
	// Status is the answer's; 0 is none.
	Status  int
	Prompts int
	// Faults counts what was dealt, by fault.
	Faults map[string]uint64
	// Intended is how long the mock meant to hold the request: its cost and the waits of its faults.
	Intended time.Duration
	// TokenGeneration numbers the token that the request carried, from 1; 0 is none.
	TokenGeneration uint64

	// At is when the attempt arrived, from the mock's start.
	At time.Duration
	// Actual is how long Intended took in truth.
	Actual time.Duration
	// Took is from the attempt's arrival to the last byte of its answer, which is the first where it is sent in one piece, or to its end without one.
	Took time.Duration
	// Buckets are the levels of the rate limits after the attempt, none without limits.
	Buckets Buckets
}

// Buckets are the levels of the rate limits; nil has no limit.
type Buckets struct {
	Requests     *float64 `json:"requests,omitempty"`
	InputTokens  *float64 `json:"input_tokens,omitempty"`
	OutputTokens *float64 `json:"output_tokens,omitempty"`
}

// jsonLine is a Line as it is written.
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

// millis is a duration that is written as ms, to the ns.
type millis time.Duration

// MarshalJSON never fails.
func (m millis) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(m)/1e6, 'f', -1, 64), nil
}

// NewJournal returns a journal that writes to w, buffered.
func NewJournal(w io.Writer) *Journal {
	return &Journal{out: bufio.NewWriterSize(w, 1<<16)}
}

// Write writes a line, whole and in one piece. Its error is kept for Flush and Close.
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

// Flush hands on what is buffered. It returns the first error there was.
func (j *Journal) Flush() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		j.err = j.out.Flush()
	}
	return j.err
}

// Close flushes; the writer stays open, as it is its maker's. It returns the
// first error there was.
func (j *Journal) Close() error { return j.Flush() }
