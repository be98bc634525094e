package field

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// batchServer has both APIs for batches, by their public descriptions. One batch at a time exists.
type batchServer struct {
	url string
	// unfinished is how many polls see the batch unfinished; negative is for ever.
	unfinished int
	// status is the status of an ended batch of OpenAI's API, and errors its errors.
	status, errors string
	// output and failures return the lines of the two files of OpenAI's API; Anthropic has the first.
	output, failures func(ids []string) []string
	// answer, unless nil, may answer a request itself; n counts the requests of its kind from 0.
	answer func(w http.ResponseWriter, kind string, n int) (done bool)

	mu      sync.Mutex
	ids     []string
	polls   int
	account map[string]int
	at      []time.Time // of the polls
}

// serveBatches serves the two APIs.
func serveBatches(t *testing.T, s *batchServer) *batchServer {
	t.Helper()
	s.account = map[string]int{}
	s.url = serve(t, s.serve).URL
	return s
}

// kindOf names a request: list, upload, create, poll, cancel, results, or other.
func kindOf(r *http.Request) string {
	path := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/v1"), "/messages")
	switch parts := strings.Split(strings.Trim(path, "/"), "/"); {
	case path == "/files":
		return "upload"
	case path == "/batches" && r.Method == http.MethodPost:
		return "create"
	case path == "/batches":
		return "list"
	case len(parts) == 2 && parts[0] == "batches":
		return "poll"
	case strings.HasSuffix(path, "/cancel"):
		return "cancel"
	case strings.HasSuffix(path, "/results"), strings.HasSuffix(path, "/content"):
		return "results"
	}
	return "other"
}

func (s *batchServer) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	kind, anthropic := kindOf(r), strings.Contains(r.URL.Path, "/messages")
	n := s.account[kind]
	s.account[kind]++
	if s.answer != nil && s.answer(w, kind, n) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch kind {
	case "list":
		fmt.Fprint(w, `{"object":"list","data":[],"has_more":false}`)
	case "upload":
		s.ids = uploadedIDs(body)
		fmt.Fprint(w, `{"id":"file-1","object":"file","purpose":"batch","status":"processed"}`)
	case "create":
		if anthropic {
			s.ids = requestIDs(body)
		}
		s.polls = 0
		s.describe(w, anthropic, false)
	case "poll":
		s.polls++
		s.at = append(s.at, time.Now())
		s.describe(w, anthropic, s.unfinished >= 0 && s.polls > s.unfinished)
	case "cancel":
		s.describe(w, anthropic, false)
	case "results":
		lines := s.output
		if strings.Contains(r.URL.Path, "error-1") {
			lines = s.failures
		}
		fmt.Fprint(w, strings.Join(lines(s.ids), "\n")+"\n")
	default:
		http.Error(w, `{"error":{"message":"no such path","type":"invalid_request_error"}}`, http.StatusNotFound)
	}
}

// describe answers with the batch.
func (s *batchServer) describe(w io.Writer, anthropic, ended bool) {
	switch {
	case anthropic && ended:
		fmt.Fprint(w, `{"id":"msgbatch_1","type":"message_batch","processing_status":"ended","created_at":"2026-11-27T10:00:00.250000Z","ended_at":"2026-11-27T10:00:02.750000Z","results_url":"http://192.0.2.1/elsewhere"}`)
	case anthropic:
		fmt.Fprint(w, `{"id":"msgbatch_1","type":"message_batch","processing_status":"in_progress","created_at":"2026-11-27T10:00:00.250000Z","ended_at":null,"results_url":null}`)
	case ended:
		file := func(lines func([]string) []string, name string) string {
			if lines == nil {
				return "null"
			}
			return `"` + name + `"`
		}
		fmt.Fprintf(w, `{"id":"batch_1","object":"batch","status":%q,"errors":%s,"output_file_id":%s,"error_file_id":%s,"created_at":1764237600,"%s_at":1764237605}`,
			s.status, s.errors, file(s.output, "output-1"), file(s.failures, "error-1"), s.status)
	default:
		status := "in_progress"
		if s.polls < 2 {
			status = "validating"
		}
		fmt.Fprintf(w, `{"id":"batch_1","object":"batch","status":%q,"errors":null,"output_file_id":null,"error_file_id":null,"created_at":1764237600}`, status)
	}
}

// uploadedIDs are the custom ids of the lines in an uploaded form.
func uploadedIDs(form []byte) (ids []string) {
	lines := bufio.NewScanner(strings.NewReader(string(form)))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			ID   string `json:"custom_id"`
			Body struct {
				Stream bool `json:"stream"`
			} `json:"body"`
		}
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.ID != "" && !line.Body.Stream {
			ids = append(ids, line.ID)
		}
	}
	return ids
}

// requestIDs are the custom ids of a message batch.
func requestIDs(body []byte) (ids []string) {
	var b struct {
		Requests []struct {
			ID string `json:"custom_id"`
		} `json:"requests"`
	}
	_ = json.Unmarshal(body, &b) // of others there are none
	for _, r := range b.Requests {
		ids = append(ids, r.ID)
	}
	return ids
}
