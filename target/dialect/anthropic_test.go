package dialect

import (
	"strings"
	"testing"

	"weighbridge/bench/golden"
	"weighbridge/target"
)

// modelConfig is the target section of a dialect that names a model.
func modelConfig(dialect string, stream bool) target.Config {
	cfg := config(dialect, 1)
	cfg.Model, cfg.Stream, cfg.StreamOptions = "mock-model", stream, true
	return cfg
}

func TestAnthropicRequestOnTheWire(t *testing.T) {
	odd := "a \"quoted\" line\nand <html> & ünïcode  "
	golden.Check(t, "testdata/anthropic.golden", wire(t, newDialect(t, modelConfig("anthropic", false)), "https://127.0.0.1:4711", odd))
	golden.Check(t, "testdata/anthropic-stream.golden", wire(t, newDialect(t, modelConfig("anthropic", true)), "https://127.0.0.1:4711/behind/a/gateway", "one"))
}

// The events of a stream. The output_tokens of usage are a running total.
const (
	messageStart = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"type\":\"message\",\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":5,\"output_tokens\":1}}}\n\n"
	blockStart   = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
	ping         = "event: ping\ndata: {\"type\":\"ping\"}\n\n"
	delta        = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n"
	emptyDelta   = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\"}}\n\n"
	thinking     = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"Hm\"}}\n\n"
	messageDelta = "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":7}}\n\n"
	messageStop  = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
	overloaded   = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}\n\n"
	limited      = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"m\"}}\n\n"
)

func TestAnthropicJudge(t *testing.T) {
	const (
		start   = messageStart + blockStart
		message = `{"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":10,"cache_creation_input_tokens":2,"output_tokens":3}}`
	)
	broken := target.Outcome{Class: target.Contract, Failed: 1}
	testJudge(t, "anthropic", []judgeCase{
		{"a message", 200, typeJSON, message, written(tokens(12, 3), 2)},
		{"no stop reason", 200, typeJSON, `{"type":"message","content":[],"usage":{"input_tokens":1,"output_tokens":3}}`, broken},
		{"no content", 200, typeJSON, `{"type":"message","stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":3}}`, broken},
		{"usage without output tokens", 200, typeJSON, `{"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1}}`, target.Outcome{
			InputTokens: 1, InputKnown: true, Remarks: []target.Remark{target.NoUsage},
		}},
		{"an empty message", 200, typeJSON, `{"type":"message","content":[],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":0}}`, tokens(1, 0, target.Empty)},
		{"a refusal", 200, typeJSON, `{"type":"message","content":[],"stop_reason":"refusal","usage":{"input_tokens":1,"output_tokens":0}}`, tokens(1, 0, target.Refused)},
		{"a call of a tool", 200, typeJSON, `{"type":"message","content":[{"type":"tool_use","id":"t","name":"f","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":9}}`, tokens(1, 9)},
		{"an error in a 200", 200, typeJSON, `{"type":"error","error":{"type":"api_error"}}`, target.Outcome{Class: target.Server, Failed: 1}},
		{"cut off", 200, typeJSON, message[:50], broken},
		{"an HTML page", 200, "text/html", "<html>", broken},
		{"a message of another type", 200, "text/html", message, written(tokens(12, 3, target.OddType), 2)},
		{"529", 529, typeJSON, `{"type":"error","error":{"type":"overloaded_error"}}`, target.Outcome{Class: target.Server, Failed: 1}},
		{"429", 429, typeJSON, `{"type":"error","error":{"type":"rate_limit_error"}}`, target.Outcome{Class: target.RateLimit, Failed: 1}},
	}, []judgeCase{
		{"a stream", 200, "text/event-stream; charset=utf-8", start + ping + delta + delta + messageDelta + messageStop, withContent(cached(tokens(15, 7), 5), target.Piece{End: len(start + ping + delta), Output: 2}, target.Piece{End: len(start + ping + delta + delta), Output: 2})},
		{"an empty delta only", 200, typeEvents, start + emptyDelta + messageDelta + messageStop, cached(tokens(15, 7, target.Empty), 5)},
		{"thinking", 200, typeEvents, start + thinking + messageDelta + messageStop, withContent(cached(tokens(15, 7), 5), target.Piece{End: len(start + thinking), Reasoning: 2})},
		{"an unknown event type", 200, typeEvents, start + "event: news\ndata: {\"type\":\"news\"}\n\n" + messageDelta + messageStop, cached(tokens(15, 7, target.Empty), 5)},
		{"cut off", 200, typeEvents, start + delta + messageDelta, broken},
		{"cut off inside the last event", 200, typeEvents, start + delta + messageDelta + messageStop[:len(messageStop)-4], broken},
		{"no empty line after the last event", 200, typeEvents, start + delta + messageDelta + strings.TrimSpace(messageStop), withContent(cached(tokens(15, 7), 5), target.Piece{End: len(start + delta), Output: 2})},
		{"no stop reason in the stream", 200, typeEvents, start + delta + messageStop, broken},
		{"no message_start", 200, typeEvents, delta + messageDelta + messageStop, broken},
		{"an error event", 200, typeEvents, start + delta + overloaded, target.Outcome{Class: target.Server, Failed: 1}},
		{"a rate limit error event", 200, typeEvents, start + limited + messageDelta + messageStop, target.Outcome{Class: target.RateLimit, Failed: 1}},
		{"an event that is not JSON", 200, typeEvents, start + "data: {\n\n" + messageDelta + messageStop, broken},
		{"a message instead of a stream", 200, typeJSON, message, broken},
		{"401", 401, typeJSON, `{"type":"error","error":{"type":"authentication_error"}}`, target.Outcome{Class: target.AuthError, Failed: 1, Fatal: target.FatalCredential}},
	})
}
