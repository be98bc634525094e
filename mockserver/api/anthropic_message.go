package api

import (
	"encoding/json"
)

// anthropicMessage is Message of the SDK. The fields that are always null here
// are ones that the SDK says are always there.
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

// anthropicUsage is Usage of the SDK. The mock has no cache, so all input is input_tokens.
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

// The service tiers that usage tells.
const (
	tierStandard = "standard"
	tierBatch    = "batch"
)

// newAnthropicMessage words an item; id is the number of the message.
func newAnthropicMessage(id uint64, model, tier string, item Item) anthropicMessage {
	reason := stopReason(item)
	return anthropicMessage{
		ID: named("msg_", id), Type: "message", Role: "assistant", Model: model,
		Content:    []anthropicBlock{{"text", item.Completion}},
		StopReason: &reason, StopSequence: pointer(item.Stopped),
		Usage: anthropicUsage{Input: item.Usage.Input, Output: item.Usage.Output, ServiceTier: tier},
	}
}

func stopReason(item Item) string {
	switch {
	case item.Stopped != "":
		return "stop_sequence"
	case item.Cut:
		return "max_tokens"
	}
	return "end_turn"
}

func wordMessage(a Answer) ([]byte, error) {
	item, err := only(a)
	if err != nil {
		return nil, err
	}
	return json.Marshal(newAnthropicMessage(a.ID, a.Call.Model, tierStandard, item))
}
