package api

// streamMessage renders an answer as the events of a stream. output_tokens is 1 in
// message_start, as in recorded traffic, and the total in message_delta: a client
// that adds the two counts one token too many.
func streamMessage(a Answer) ([]Event, error) {
	item, err := singleItem(a)
	if err != nil {
		return nil, err
	}
	pieces := chunks(item, a.Chunk)
	out := make([]Event, 0, len(pieces)+6)
	out = append(out, messageStart(a, item), blockStart(), newEvent("ping", typeOnly{"ping"}))
	for _, piece := range pieces {
		out = append(out, blockDelta(piece))
	}
	out = append(out, blockStop(), messageDelta(item), newEvent("message_stop", typeOnly{"message_stop"}))
	out[len(out)-1].Last = true
	return out, nil
}

// typeOnly is the data of an event that has a type and nothing else.
type typeOnly struct {
	Type string `json:"type"`
}

func newEvent(name string, data any) Event { return Event{Name: name, Data: mustMarshal(data)} }

func messageStart(a Answer, item Item) Event {
	message := newAnthropicMessage(a.ID, a.Call.Model, tierStandard, item)
	message.Content = []anthropicBlock{}
	message.StopReason, message.StopSequence = nil, nil
	message.Usage.Output = min(message.Usage.Output, 1)
	return newEvent("message_start", struct {
		Type    string           `json:"type"`
		Message anthropicMessage `json:"message"`
	}{"message_start", message})
}

func blockStart() Event {
	return newEvent("content_block_start", struct {
		Type  string         `json:"type"`
		Index int            `json:"index"`
		Block anthropicBlock `json:"content_block"`
	}{"content_block_start", 0, anthropicBlock{Type: "text"}})
}

func blockDelta(piece chunk) Event {
	out := newEvent("content_block_delta", struct {
		Type  string         `json:"type"`
		Index int            `json:"index"`
		Delta anthropicBlock `json:"delta"`
	}{"content_block_delta", 0, anthropicBlock{"text_delta", piece.text}})
	out.Tokens = piece.tokens
	return out
}

func blockStop() Event {
	return newEvent("content_block_stop", struct {
		Type  string `json:"type"`
		Index int    `json:"index"`
	}{"content_block_stop", 0})
}

// anthropicStop is MessageDeltaEventDelta of the SDK.
type anthropicStop struct {
	Reason    string    `json:"stop_reason"`
	Sequence  *string   `json:"stop_sequence"`
	Details   *struct{} `json:"stop_details"`
	Container *struct{} `json:"container"`
}

// anthropicDeltaUsage is MessageDeltaUsage of the SDK; all counts are cumulative.
type anthropicDeltaUsage struct {
	Input         uint64    `json:"input_tokens"`
	Output        uint64    `json:"output_tokens"`
	CacheCreation uint64    `json:"cache_creation_input_tokens"`
	CacheRead     uint64    `json:"cache_read_input_tokens"`
	OutputDetails *struct{} `json:"output_tokens_details"`
	ServerToolUse *struct{} `json:"server_tool_use"`
}

func messageDelta(item Item) Event {
	return newEvent("message_delta", struct {
		Type  string              `json:"type"`
		Delta anthropicStop       `json:"delta"`
		Usage anthropicDeltaUsage `json:"usage"`
	}{
		"message_delta",
		anthropicStop{Reason: stopReason(item), Sequence: nullIfEmpty(item.StopSequence)},
		anthropicDeltaUsage{Input: item.Usage.Input - item.Usage.Cached, Output: item.Usage.Output, CacheRead: item.Usage.Cached},
	})
}
