package api

import (
	"encoding/json"
)

// anthropicMessage is Message of the SDK. Some fields are always null in the mock,
// but the SDK expects them in every message.
type anthropicMessage struct {
	ID           string           `json:"id"`
	Type         string           `json:"type"`
	Role         string           `json:"role"`
	Model        string           `json:"model"`
	Content      []anthropicBlock `json:"content"`
	StopReason   *string          `json:"stop_reason"`
	StopSequence *string          `json:"stop_sequence"`
	StopDetails  *struct{}        `json:"stop_details"`
	Container    *struct{}        `json:"container"`
	Diagnostics  *struct{}        `json:"diagnostics"`
	Usage        anthropicUsage   `json:"usage"`
}

type anthropicBlock struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// anthropicUsage is Usage of the SDK. Input that was read from the prompt cache is not in input_tokens.
type anthropicUsage struct {
	Input          uint64         `json:"input_tokens"`
	Output         uint64         `json:"output_tokens"`
	CacheCreation  uint64         `json:"cache_creation_input_tokens"`
	CacheRead      uint64         `json:"cache_read_input_tokens"`
	CacheBreakdown cacheBreakdown `json:"cache_creation"`
	OutputDetails  *struct{}      `json:"output_tokens_details"`
	ServerToolUse  *struct{}      `json:"server_tool_use"`
	ServiceTier    string         `json:"service_tier"`
	InferenceGeo   *string        `json:"inference_geo"`
	Speed          *string        `json:"speed"`
}

type cacheBreakdown struct {
	FiveMinutes uint64 `json:"ephemeral_5m_input_tokens"`
	OneHour     uint64 `json:"ephemeral_1h_input_tokens"`
}

// The values of service_tier in usage.
const (
	tierStandard = "standard"
	tierBatch    = "batch"
)

// newAnthropicMessage makes the message that answers one prompt; its ID is made of id.
func newAnthropicMessage(id uint64, model, tier string, item Item) anthropicMessage {
	reason := stopReason(item)
	return anthropicMessage{
		ID: formatID("msg_", id), Type: "message", Role: "assistant", Model: model,
		Content:    []anthropicBlock{{"text", item.Completion}},
		StopReason: &reason, StopSequence: nullIfEmpty(item.StopSequence),
		Usage: anthropicUsage{Input: item.Usage.Input - item.Usage.Cached, Output: item.Usage.Output, CacheRead: item.Usage.Cached, ServiceTier: tier},
	}
}

func stopReason(item Item) string {
	switch {
	case item.StopSequence != "":
		return "stop_sequence"
	case item.Truncated:
		return "max_tokens"
	}
	return "end_turn"
}

func renderMessage(a Answer) ([]byte, error) {
	item, err := singleItem(a)
	if err != nil {
		return nil, err
	}
	return json.Marshal(newAnthropicMessage(a.ID, a.Call.Model, tierStandard, item))
}
