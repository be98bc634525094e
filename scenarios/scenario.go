// Package scenarios is the scenario language: it reads a YAML file, checks it and expands
// it into the arms of an experiment.
package scenarios

import (
	"time"

	"weighbridge/mockserver"
	"weighbridge/mockserver/dist"
	"weighbridge/target"
	"weighbridge/target/budget"
	"weighbridge/target/prices"
)

// Scenario is one experiment: which target is asked, with which prompts, by which client,
// under which load, and along which axes the arms differ.
type Scenario struct {
	// Name identifies the scenario: 1 to 64 of a-z, 0-9 and -; required.
	Name string `yaml:"name"`
	// Title is the question in one line; default empty.
	Title string `yaml:"title"`
	// About is a longer description; default empty.
	About string `yaml:"about"`
	// Preset is a named set of settings that come before this scenario's own, which override them: article-2023 (mock: a service with the article's figures for single requests); default none.
	Preset string `yaml:"preset" check:"enum=article-2023"`
	// Target is the API that requests are sent to.
	Target target.Config `yaml:"target"`
	// Prompts are the texts sent to the target.
	Prompts Prompts `yaml:"prompts"`
	// Client sets how requests are sent.
	Client target.Client `yaml:"client"`
	// Load is the load on each arm: one or more of open, closed and capacity; default open.
	Load Load `yaml:"load"`
	// Budget is what all arms of a run may use up together. At the budget the run ends, with a record of what was measured; default no limit. A target that is not loopback needs one.
	Budget budget.Config `yaml:"budget"`
	// Prices are what models charge for tokens. With them a report says what each arm cost.
	Prices prices.Config `yaml:"prices"`
	// Experiment sets the order and number of measurements, and the seed.
	Experiment Experiment `yaml:"experiment"`
	// Objectives are the latencies that a good answer stays within, for goodput.
	Objectives Objectives `yaml:"objectives"`
	// Alert is an alert on the success rate, for the metric alert_share.
	Alert Alert `yaml:"alert"`
	// Validity sets the thresholds beyond which the figures describe the harness or the machine rather than the target.
	Validity Validity `yaml:"validity"`
	// Mock configures the bundled mock: its latency, limits, faults, clocks and authentication. It applies where target.url is mock.
	Mock mockserver.Config `yaml:"mock"`
	// Matrix holds the axes in the order written; default none, which makes one arm.
	Matrix Matrix `yaml:"matrix"`
	// Rules are conditions that the result is judged by; default none.
	Rules []Rule `yaml:"rules"`
	// Claims are stated figures that the run checks; default none.
	Claims []Claim `yaml:"claims"`

	// quick says that Quick was called: loads that levels add get its bounds too.
	quick bool
	// literalSecrets says that credentials may be written out.
	literalSecrets bool
	// arms caches the result of Arms.
	arms []Arm
}

// Prompts are the texts sent to the target.
type Prompts struct {
	// Length is the number of characters in a prompt, at least 0; default 400.
	Length mockserver.Number `yaml:"length"`
	// Tokens is the number of tokens in a generated prompt, by the tokenizer, in place of the length, at least 0; default 0, none. Of a distribution, a number is drawn for each prompt and cut to 1…200000.
	Tokens mockserver.Number `yaml:"tokens"`
	// Tokenizer counts the tokens of prompts.tokens, of prompts.prefix.tokens and of traces whose lengths are in tokens: o200k_base or cl100k_base (OpenAI's), the path of a Hugging Face tokenizer.json with byte-level BPE, or calibrated (eight warm-up requests measure how many tokens the server counts in a text, and prompts are sized accordingly; the report says how exact that is); default none.
	Tokenizer string `yaml:"tokenizer"`
	// Distinct is the number of different prompts, 1…1000000; default 1000.
	Distinct int `yaml:"distinct" check:"min=1,max=1000000"`
	// Order is how prompts are chosen: zipf (at random, the i-th 1/i^zipf times as often as the first), shuffle (each once, in an order drawn for each slice, then all over again) or sequential (in order from the first: open load continues from block to block, each closed slice starts over); default zipf.
	Order string `yaml:"order" check:"enum=zipf|shuffle|sequential"`
	// Zipf is the exponent of the Zipf distribution that prompts are chosen by, 0…10; default 0, all equally often.
	Zipf float64 `yaml:"zipf" check:"min=0,max=10"`
	// MaxTokens is the maximum length of an answer that requests ask for, in tokens, 1…1000000; default 64. Of a distribution, whose values are at least 0, a number is drawn for each prompt and cut to that range.
	MaxTokens mockserver.Number `yaml:"max_tokens"`
	// Prefix is a beginning that prompts share, as a system prompt or a document is.
	Prefix Prefix `yaml:"prefix"`
	// CacheBust puts a short text before the prompts, and before target.system, so that the provider's prompt cache does not recognize their beginning. The text is different for each request (request), each block of an arm (block) or each arm (arm); none adds no text; default arm if arms share a server that is not on loopback, else none.
	CacheBust string `yaml:"cache_bust" check:"enum=none|request|block|arm"`
	// File is a file of prompts in UTF-8, at most 256 MiB and 1000000 prompts; default none, which generates prompts.
	File string `yaml:"file"`
	// Format is the format of the file: text (a prompt per line), jsonl, csv, sharegpt, or messages (conversations of several turns, each of which waits for the answer before it); default by the file's ending and content, never messages.
	Format string `yaml:"format" check:"enum=text|jsonl|csv|sharegpt|messages"`
	// History is which answers the later turns of a conversation are sent with: real (those that the target gave) or file (those in the file); default real.
	History string `yaml:"history" check:"enum=real|file"`
	// Think is the pause between an answer and the next turn of the conversation, at least 0; default 0. It is part of no latency.
	Think dist.Duration `yaml:"think"`
	// Turns is the number of turns of a conversation that are sent at most, 0…1000; default 0, all.
	Turns int `yaml:"turns" check:"min=0,max=1000"`
}

// Converses reports whether prompts are the turns of conversations.
func (p Prompts) Converses() bool { return p.Format == FormatMessages }

// The values of prompts.order.
const (
	OrderZipf       = "zipf"
	OrderShuffle    = "shuffle"
	OrderSequential = "sequential"
)

// FormatMessages is the value of prompts.format for conversations, and HistoryFile that of
// prompts.history for the answers of the file.
const (
	FormatMessages = "messages"
	HistoryFile    = "file"
)

// MaxPromptTokens is the most that prompts.tokens may ask for.
const MaxPromptTokens = 200_000

// tokenizerCalibrated is the value of prompts.tokenizer by which the server's own count decides.
const tokenizerCalibrated = "calibrated"

// Calibrated reports whether the server is asked how many tokens it counts in a text.
func (p Prompts) Calibrated() bool { return p.Tokenizer == tokenizerCalibrated }

// NamesTokenizer reports whether a value of prompts.tokenizer is a name, and not a file's.
func NamesTokenizer(value string) bool {
	return value == "o200k_base" || value == "cl100k_base" || value == tokenizerCalibrated
}

// CharactersPerToken is how many characters stand for a token in generated texts.
const CharactersPerToken = 4

// Prefix is a beginning that prompts share.
type Prefix struct {
	// Tokens is its length, by prompts.tokenizer or else at 4 characters per token, 0…200000; default 0, none.
	Tokens int `yaml:"tokens" check:"min=0,max=200000"`
	// Pool is the number of different ones, of which each prompt begins with one, drawn at random, 1…10000; default 1.
	Pool int `yaml:"pool" check:"min=1,max=10000"`
}

// Load is the load on each arm. In an arm at least one of Open, Closed and Capacity is set, or Batch
// alone.
type Load struct {
	// Warmup is the length of the warm-up, whose measurements are discarded, 0…1h; default 1s.
	Warmup time.Duration `yaml:"warmup" check:"min=0,max=1h"`
	// Ready is how long the warm-up tries a server that is not ready yet (425, 502, 503, 504, 52x, or a connection refused, or closed before an answer) before it gives up, 0…1h; default 1m, 0 does not wait. If no arm has an answered prompt in the warm-up, the run ends there, except on the mock, whose faults are wanted.
	Ready time.Duration `yaml:"ready" check:"min=0,max=1h"`
	// Drain is the longest wait for outstanding answers after a slice, 0…24h, where 0 stands for client.timeout; default client.timeout. A request that is still open then is cut off: it is in no error rate and no latency, and a slice with more than validity.cut_off of its prompts cut off makes the run invalid.
	Drain time.Duration `yaml:"drain" check:"min=0,max=24h"`
	// Stop ends the run early, with a record of the blocks measured until then.
	Stop Stop `yaml:"stop"`
	// RespectLimits holds requests back so that the load stays under the server's rate limits.
	RespectLimits RespectLimits `yaml:"respect_limits"`
	// Open sends prompts on a schedule. Latency and errors are measured under it.
	Open *Open `yaml:"open"`
	// Closed keeps a fixed number of requests in flight. TPS is measured under it.
	Closed *Closed `yaml:"closed"`
	// Capacity searches for the highest open rate at which every objective is met.
	Capacity *Capacity `yaml:"capacity"`
	// Batch submits batches of prompts to the provider's batch API (Anthropic's Message Batches, OpenAI's Batch API) and reads their results once they have ended; dialects anthropic, openai and responses. It is an arm's only load: a level that sets it takes the place of the scenario's open, closed and capacity, and a level that sets one of these takes its place.
	Batch *Batch `yaml:"batch"`
}

// Batch is load that is submitted as a whole and answered hours later. In each block an arm submits
// one batch and waits for its end.
type Batch struct {
	// Size is the number of prompts in a batch, 1…100000, and at most 50000 in OpenAI's API; default 100.
	Size int `yaml:"size" check:"min=1,max=100000"`
	// Poll is the time from one question whether the batch has ended to the next, 10ms…24h; default 1m. It is longer where the server asks for that (Retry-After). When a batch ended is known no more precisely than by this.
	Poll time.Duration `yaml:"poll" check:"min=10ms,max=24h"`
	// Wait is the longest wait for a batch to end, 10ms…168h; default 24h. One that has not ended then is canceled, and its prompts are cut off.
	Wait time.Duration `yaml:"wait" check:"min=10ms,max=168h"`
}

// BatchTries is how often each part of the results of a batch is asked for at most.
const BatchTries = 10

// Further is how many HTTP requests a batch takes at most beside its polls, without retries: to submit it,
// to read its results and to cancel it.
func (b Batch) Further() int {
	const submit, parts, cancel = 2, 2, 1 // Anthropic's API takes one to submit, and has one part of results
	return submit + parts*BatchTries + cancel
}

// Requests returns how many HTTP requests a batch takes at most, retries aside.
func (b Batch) Requests() int { return int((b.Wait+b.Poll-1)/b.Poll) + b.Further() }

// Stop says what ends a run early.
type Stop struct {
	// ErrorRate is the share of an arm's measured prompts that may fail, 0…1; default 1, which never ends the run.
	ErrorRate float64 `yaml:"error_rate" check:"min=0,max=1"`
	// After is the number of prompts of an arm after which error_rate counts, 1…1000000000; default 100.
	After int `yaml:"after" check:"min=1,max=1000000000"`
	// On lists the refusals that end the run at once, because no retry would help: credential (refused with 401 or 403), quota (a quota or spend limit is used up) and model (not found); default all three. The mock's refusals never end a run, and neither does the refusal of a fetched or signed credential, such as oauth's, once a request has succeeded.
	On []string `yaml:"on" check:"enum=credential|quota|model"`
}

// RespectLimits keeps the load under the server's rate limits, which it reports in the headers of its answers.
type RespectLimits struct {
	// Share is the share of each rate limit that may be used, 0…1; default 0, which keeps to none. The limits are learned from the headers of the answers, and shared by all arms with the same host, credential and model; until the first answer, one request leaves at a time. Tokens are estimated as for a budget, and corrected by what the answers report. After a 429 nothing leaves until its Retry-After has passed. The latency of a prompt that is held back still counts from when it was due. With load.batch only the requests count, not the tokens of the batch: providers limit those separately.
	Share float64 `yaml:"share" check:"min=0,max=1"`
}

// Open is load on a fixed schedule, which does not slow down with the server.
type Open struct {
	// Rate is the mean number of prompts per second for each arm (with prompts.format: messages, of conversations that begin), 0.001…1000000; default the mean of the ramp or steps that shape gives, otherwise 50.
	Rate float64 `yaml:"rate" check:"min=0.001,max=1000000"`
	// Arrivals is how prompts are spaced: constant (evenly), poisson (independently of each other) or gamma (in bursts); default poisson.
	Arrivals string `yaml:"arrivals" check:"enum=constant|poisson|gamma"`
	// Burstiness is the coefficient of variation of the gaps between gamma arrivals, 0.01…100; default 2. 1 is the same as poisson.
	Burstiness float64 `yaml:"burstiness" check:"min=0.01,max=100"`
	// Shape is how the rate changes within a block: flat, ramp, steps or sine. Every block repeats it; default flat.
	Shape Shape `yaml:"shape"`
	// Trace is a file with the times at which prompts are due; default none. Each line is CSV, an offset from the start (seconds, or a duration such as 1.5s) and optionally a length in characters, or JSON such as {"at_ms": 1500, "length": 400}. Consecutive blocks continue where the last one ended; after its last line the trace repeats, with a mean gap in between. It replaces rate, arrivals, burstiness and shape.
	Trace string `yaml:"trace"`
	// TraceFormat is the format of the trace: own, as above, or that of the public traces of mooncake, azure and burstgpt, whose prompts get the lengths of the trace at 4 characters per token, and whose answers are asked for as many tokens as the trace has, at least 1; default by its first line.
	TraceFormat string `yaml:"trace_format" check:"enum=own|mooncake|azure|burstgpt"`
	// Speed is how many times as fast as recorded the trace runs, 0.001…1000; default 1.
	Speed float64 `yaml:"speed" check:"min=0.001,max=1000"`
	// Duration is the length of the open slice in each block, 1ms…24h; default 10s.
	Duration time.Duration `yaml:"duration" check:"min=1ms,max=24h"`
}

// Closed is load from a fixed number of workers. Each sends its next request once the last
// one is answered and its think time is over.
type Closed struct {
	// InFlight is the number of workers, and so of concurrent requests (with prompts.format: messages, of conversations under way), 1…100000; default 50.
	InFlight int `yaml:"in_flight" check:"min=1,max=100000"`
	// Duration is the length of the closed slice of each arm in each block, without the ramp, 1ms…24h; default 5s.
	Duration time.Duration `yaml:"duration" check:"min=1ms,max=24h"`
	// Ramp is the lead-in before a slice, in which workers start and nothing is counted, 0…1h; default 100ms. It is extended to the time that one request and the think time after it take.
	Ramp time.Duration `yaml:"ramp" check:"min=0,max=1h"`
	// Think is how long a worker waits between an answer and its next request (with prompts.format: messages, between two conversations), at least 0; default 0. It is part of no latency.
	Think dist.Duration `yaml:"think"`
}

// The orders of an experiment.
const (
	Concurrent = "concurrent"
	Sequential = "sequential"
)

// Experiment sets the order and number of measurements, and the seed.
type Experiment struct {
	// Order is how the open slices of a block run: concurrent (all arms at once) or sequential (one arm at a time, in an order drawn for each block); default concurrent, but sequential if there are several arms and one has a target.url off loopback or two share a server. Arms that share a server cannot run concurrently if an axis sets load.
	Order string `yaml:"order" check:"enum=concurrent|sequential"`
	// Blocks is the number of blocks, in each of which every arm is measured, 1…1000; default 1.
	Blocks int `yaml:"blocks" check:"min=1,max=1000"`
	// MaxBlocks is the number of blocks that a gate may extend the run to, 0…1000; default 0, the same as blocks.
	MaxBlocks int `yaml:"max_blocks" check:"min=0,max=1000"`
	// RestartEvery is the number of blocks after which the mocks are restarted and warmed up again,
	// 0…1000; default 0, never. It needs the mock as the target of every arm.
	RestartEvery int `yaml:"restart_every" check:"min=0,max=1000"`
	// Seed is the seed of schedules, prompts and faults; default 1.
	Seed uint64 `yaml:"seed"`
}

// Objectives are latencies that an answer must stay within, all of them, to count for goodput.
type Objectives struct {
	// TTFT is the longest time to first token, counted from the moment the prompt was due, 0…24h; default 0, no objective. It and tpot need target.stream.
	TTFT time.Duration `yaml:"ttft" check:"min=0,max=24h"`
	// TPOT is the longest time per output token after the first, of one answer, 0…24h; default 0, no objective.
	TPOT time.Duration `yaml:"tpot" check:"min=0,max=24h"`
	// Response is the longest response latency, 0…24h; default 0, no objective.
	Response time.Duration `yaml:"response" check:"min=0,max=24h"`
}

// Validity is the thresholds beyond which a run is invalid, because the harness or the
// machine limited what was measured. A protocol other than the requested one and a ledger
// mismatch have no threshold: they always make a run invalid.
type Validity struct {
	// SendLag is the maximum p99 send lag of an arm (how late requests leave), 0…1h; default 5ms. The larger of this and send_lag_share applies.
	SendLag time.Duration `yaml:"send_lag" check:"min=0,max=1h"`
	// SendLagShare is the maximum p99 send lag as a share of the arm's response p99, or of its TTFT p99 where answers are streams, 0…1; default 0.1.
	SendLagShare float64 `yaml:"send_lag_share" check:"min=0,max=1"`
	// ReadLag is the maximum p99 read lag of an arm under open load (how late the harness reads answers that the kernel has received, known on Linux), 0…1h; default 5ms. The larger of this and read_lag_share applies. The limit at p50 is a fifth of it.
	ReadLag time.Duration `yaml:"read_lag" check:"min=0,max=1h"`
	// ReadLagShare is the maximum read lag as a share of the arm's service latency, or of the time to the first content where answers are streams, at p99 and at p50, 0…1; default 0.1.
	ReadLagShare float64 `yaml:"read_lag_share" check:"min=0,max=1"`
	// HandedOver is the minimum share of an arm's due prompts that are sent, 0…1; default 0.99.
	HandedOver float64 `yaml:"handed_over" check:"min=0,max=1"`
	// CutOff is the maximum share of a slice's due prompts that are still open when its drain ends, 0…1; default 0.01.
	CutOff float64 `yaml:"cut_off" check:"min=0,max=1"`
	// Generator is the maximum share of a slice's due prompts that are not sent for lack of an open file, a port or a connection, 0…1; default 0.001.
	Generator float64 `yaml:"generator" check:"min=0,max=1"`
	// CPU is the maximum share of the machine's CPU that the harness and the mocks use while arms run concurrently, 0…1; default 0.7.
	CPU float64 `yaml:"cpu" check:"min=0,max=1"`
	// ClosedCPU is the share of all cores that the harness may use under closed load, 0.01…1; default 0.5. Beyond it, or beyond two thirds of it on a machine that is full, TPS is at least what was measured: a warning says so, and rules about it are inconclusive.
	ClosedCPU float64 `yaml:"closed_cpu" check:"min=0.01,max=1"`
	// GCPause is the maximum time that garbage collection stops the harness or the mocks, at p99.9 over the whole run, 0…1h; default 5ms.
	GCPause time.Duration `yaml:"gc_pause" check:"min=0,max=1h"`
	// Files is the maximum share of the limit on open files that the harness or the mocks' process uses, 0…1; default 0.9.
	Files float64 `yaml:"files" check:"min=0,max=1"`
	// ClockStep is the maximum step of the wall clock against the monotonic clock, 0…1h; default 50ms.
	ClockStep time.Duration `yaml:"clock_step" check:"min=0,max=1h"`
}
