package field

import (
	"compress/flate"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// step is a part of a stream, sent so many ms after the request came.
type step struct {
	at   int
	text string
	// content says that the model generated something in it, output that this is not reasoning.
	content, output bool
}

// stream is how a fake server answers: by default as the reference does.
type stream struct {
	dialect  string // openai unless set
	lenient  bool
	kind     string // the content type; text/event-stream unless set, none for "-"
	encoding string
	steps    []step
	// hold keeps the answer open after its last step, cut breaks the connection then.
	hold, cut bool
	// old answers by HTTP/1.0, hints sends 103 before the answer.
	old, hints bool
}

// timing is when the parts of an answer were sent, in ms after its request came.
type timing struct{ first, output, last, end float64 }

// play sends the stream, and tells its timing before the answer ends.
func (s stream) play(w http.ResponseWriter, r *http.Request, sent func(timing)) {
	var out timing
	began := time.Now()
	body, done := s.open(w, r)
	defer done()
	for _, step := range s.steps {
		time.Sleep(time.Until(began.Add(time.Duration(step.at) * time.Millisecond)))
		io.WriteString(body, step.text)
		if f, ok := body.(interface{ Flush() error }); ok {
			f.Flush()
		}
		if !s.old {
			http.NewResponseController(w).Flush()
		}
		now := float64(time.Since(began)) / 1e6
		if step.content && out.first == 0 {
			out.first = now
		}
		if step.output && out.output == 0 {
			out.output = now
		}
		if step.content {
			out.last = now
		}
		out.end = now
	}
	sent(out)
}

// open sends the header.
func (s stream) open(w http.ResponseWriter, r *http.Request) (body io.Writer, done func()) {
	if s.old {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		io.WriteString(conn, "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
		return conn, func() { conn.Close() }
	}
	if s.hints {
		w.Header().Set("Link", "</x>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		time.Sleep(60 * time.Millisecond)
	}
	switch s.kind {
	case "":
		w.Header().Set("Content-Type", "text/event-stream")
	case "-":
		w.Header()["Content-Type"] = nil
	default:
		w.Header().Set("Content-Type", s.kind)
	}
	body = w
	switch s.encoding {
	case "gzip":
		body = gzip.NewWriter(w)
	case "deflate":
		body, _ = flate.NewWriter(w, flate.BestSpeed)
	}
	if s.encoding != "" {
		w.Header().Set("Content-Encoding", s.encoding)
	}
	return body, func() {
		if c, ok := body.(io.Closer); ok {
			c.Close()
		}
		if s.hold {
			select {
			case <-r.Context().Done():
			case <-time.After(2 * time.Second):
			}
		}
		if s.cut {
			panic(http.ErrAbortHandler)
		}
	}
}

// chunk is a chunk of a completion.
func chunk(delta string) string {
	return `data: {"choices":[{"index":0,"delta":{` + delta + `},"finish_reason":null}]}` + "\n\n"
}

func finish(reason string) string {
	return `data: {"choices":[{"index":0,"delta":{},"finish_reason":"` + reason + `"}]}` + "\n\n"
}

func openaiUsage(usage string) string { return `data: {"choices":[],"usage":` + usage + "}\n\n" }

const (
	role  = `"role":"assistant","content":""`
	done  = "data: [DONE]\n\n"
	usual = `{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110}`
)

// deltas are n steps every so many ms, from first on, each with the delta.
func deltas(n, first, every int, text string, output bool) (steps []step) {
	for i := range n {
		steps = append(steps, step{first + i*every, text, true, output})
	}
	return steps
}

// completed is a stream of a completion: its role at 10 ms, the content, and its end 1 ms after.
func completed(content []step, end ...string) []step {
	last := 279
	if len(content) > 0 {
		last = content[len(content)-1].at
	}
	steps := append([]step{{at: 10, text: chunk(role)}}, content...)
	return append(steps, step{at: last + 1, text: strings.Join(end, "")})
}

// tokens are ten tokens of text, the reference.
func tokens() []step { return deltas(10, 100, 20, chunk(`"content":"tok "`), true) }

func reasoning(n, first int, name string) []step {
	return deltas(n, first, 20, chunk(`"`+name+`":"tok "`), false)
}

// event is an event of a message.
func event(kind, rest string) string {
	return "event: " + kind + "\ndata: {\"type\":\"" + kind + `"` + rest + "}\n\n"
}

func block(kind string) string {
	return event("content_block_start", `,"index":0,"content_block":{"type":"`+kind+`"}`)
}

func blockDelta(kind, field string) string {
	return event("content_block_delta", `,"index":0,"delta":{"type":"`+kind+`","`+field+`":"tok "}`)
}

// message is a stream of a message.
func message(startUsage string, content []step, endUsage, reason string, end ...string) []step {
	steps := append([]step{{at: 10, text: event("message_start", `,"message":{"type":"message","content":[]`+startUsage+`}`) + event("ping", "")}}, content...)
	if len(end) == 0 {
		end = []string{event("message_stop", "")}
	}
	return append(steps, step{at: 281, text: event("message_delta", `,"delta":{"stop_reason":"`+reason+`"}`+endUsage) + strings.Join(end, "")})
}

// want is what must be said of an arm. Latencies are those of the server's own account.
type want struct {
	class, detail string // of a failure
	// spanTokens are the tokens that came after the first piece; 0 if TPOT must be unknown.
	spanTokens float64
	// input and output are the tokens of an answer; -1 for unknown.
	input, output int
	// reasoned says that TTFO is another than TTFT.
	reasoned bool
	// fromOutput says that the usage tells reasoning apart, so that TPOT is the output's.
	fromOutput bool
	noTTFT     bool
	noTTFO     bool
	remark     string
	warning    string
}

type streamCase struct {
	name string
	stream
	want
}

// fakes answers each path by the stream of that name, and the first request at once, well.
type fakes struct {
	mu      sync.Mutex
	streams map[string]stream
	seen    map[string]bool
	times   map[string][]timing
}

func (f *fakes) handle(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	name := strings.Split(r.URL.Path, "/")[1]
	f.mu.Lock()
	s, again := f.streams[name], f.seen[name]
	f.seen[name] = true
	f.mu.Unlock()
	if !again {
		firstAnswer(s.dialect).play(w, r, func(timing) {})
		return
	}
	s.play(w, r, func(took timing) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.times[name] = append(f.times[name], took)
	})
}

// firstAnswer is a stream of one token that is sent at once.
func firstAnswer(dialect string) (first stream) {
	switch dialect {
	case "anthropic":
		first.steps = message(`,"usage":{"input_tokens":1,"output_tokens":1}`, []step{{text: block("text") + blockDelta("text_delta", "text")}}, `,"usage":{"output_tokens":1}`, "end_turn")
	case "responses":
		first.steps = response(nil, responseDelta("output_text")+responseEvent("completed", `,"response":{"status":"completed","usage":{"input_tokens":1,"output_tokens":1}}`))
	default:
		first.steps = []step{{text: chunk(`"content":"a"`) + finish("stop") + openaiUsage(`{"prompt_tokens":1,"completion_tokens":1}`) + done}}
	}
	for i := range first.steps {
		first.steps[i].at = 0
	}
	return first
}

// median is the median of a time over a server's answers.
func (f *fakes) median(name string, of func(timing) float64) float64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []float64
	for _, t := range f.times[name] {
		all = append(all, of(t))
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// prompts is how many each stream is asked.
const prompts = 3

func TestStreamsOfRealServers(t *testing.T) {
	t.Setenv("FIELD_KEY", "k")
	for _, group := range [][]streamCase{slices.Concat(contentCases(), usageCases()), slices.Concat(endCases(), errorCases()), anthropicCases(), responsesCases()} {
		problems := runStreams(t, group, 1)
		for _, again := range []struct {
			together int
			patience float64
		}{{8, 2}, {3, 4}, {1, 10}, {1, 10}, {1, 10}, {1, 10}} { // a busy machine delays what is sent: fewer at once, with more patience
			var late []streamCase
			for _, c := range group {
				if slices.ContainsFunc(problems, func(p problem) bool { return p.server == c.name && p.ofTime }) {
					late = append(late, c)
				}
			}
			problems = slices.DeleteFunc(problems, func(p problem) bool { return p.ofTime })
			for some := range slices.Chunk(late, again.together) {
				problems = append(problems, runStreams(t, some, again.patience)...)
			}
		}
		for _, p := range problems {
			t.Errorf("%s: %s", p.server, p.text)
		}
	}
}

// problem is what is wrong with an arm.
type problem struct {
	server, text string
	// ofTime says that a delay may explain it.
	ofTime bool
}

// runStreams measures the cases side by side, each an arm. Times may be off by so many times
// what they may be on a quiet machine.
func runStreams(t *testing.T, cases []streamCase, patience float64) (all []problem) {
	f := &fakes{streams: map[string]stream{}, seen: map[string]bool{}, times: map[string][]timing{}}
	s := serve(t, f.handle)
	levels := ""
	for _, c := range cases {
		end, dialect := "strict", c.dialect
		if c.lenient {
			end = "lenient"
		}
		if dialect == "" {
			dialect = "openai"
		}
		f.streams[c.name] = c.stream
		levels += fmt.Sprintf("    %s: {target.dialect: %s, target.url: %q, target.stream_end: %s}\n", c.name, dialect, s.URL+"/"+c.name, end)
	}
	rec := run(t, fmt.Sprintf(`
name: streams
target: {dialect: openai, stream: true, model: m, auth: {key: "${env:FIELD_KEY}"}}
load: {warmup: 0s, open: {rate: 10, arrivals: constant, duration: 300ms}}
experiment: {order: concurrent}
matrix:
  server:
%s`, levels))
	sum := summarize(t, rec)
	for i, c := range cases {
		all = append(all, c.check(f, patience, rec.Arms[i].Blocks[0].Open, sum.Arms[i])...)
	}
	return all
}
