package api

// streamMessage words an answer as the real API streams it. The output_tokens of
// message_start are 1, as in recorded traffic, and those of message_delta are all:
// who sums the two counts one too many.
func streamMessage(a Answer) ([]Event, error) {
	item, err := only(a)
	if err != nil {
		return nil, err
	}
	pieces := chunks(item, a.Chunk)
	out := make([]Event, 0, len(pieces)+6)
	out = append(out, messageStart(a, item), blockStart(), event("ping", typed{"ping"}))
	for _, piece := range pieces {
		out = append(out, blockDelta(piece))
	}
	out = append(out, blockStop(), messageDelta(item), event("message_stop", typed{"message_stop"}))
	out[len(out)-1].Last = true
	return out, nil
}

// typed is the data of an event that says nothing but its name.
type typed struct {
	Type string `json:"type"`
}

func event(name string, data any) Event { return Event{Name: name, Data: mustMarshal(data)} }

func messageStart(a Answer, item Item) Event {
	message := newAnthropicMessage(a.ID, a.Call.Model, tierStandard, item)
	message.Content = []anthropicBlock{}
	message.StopReason, message.StopSequence = nil, nil
	message.Usage.Output = min(message.Usage.Output, 1)
	return event("message_start", struct {
		Type    string           `json:"type"`
		Message anthropicMessage `json:"message"`
	}{"message_start", message})
}

func blockStart() Event {
	return event("content_block_start", struct {
		Type  string         `json:"type"`
		Index int            `json:"index"`
		Block anthropicBlock `json:"content_block"`
	}{"content_block_start", 0, anthropicBlock{Type: "text"}})
}

func blockDelta(piece chunk) Event {
	out := event("content_block_delta", struct {
		Type  string         `json:"type"`
		Index int            `json:"index"`
		Delta anthropicBlock `json:"delta"`
	}{"content_block_delta", 0, anthropicBlock{"text_delta", piece.text}})
	out.Tokens = piece.tokens
	return out
}

func blockStop() Event {
	return event("content_block_stop", struct {
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

// anthropicDeltaUsage is MessageDeltaUsage of the SDK; all of it is cumulative.
type anthropicDeltaUsage struct {
	Input         uint64    `json:"input_tokens"`
	Output        uint64    `json:"output_tokens"`
	CacheCreation uint64    `json:"cache_creation_input_tokens"`
	CacheRead     uint64    `json:"cache_read_input_tokens"`
	OutputDetails *struct{} `json:"output_tokens_details"`
	ServerToolUse *struct{} `json:"server_tool_use"`
}

func messageDelta(item Item) Event {
	return event("message_delta", struct {
		Type  string              `json:"type"`
		Delta anthropicStop       `json:"delta"`
		Usage anthropicDeltaUsage `json:"usage"`
	}{
		"message_delta",
		anthropicStop{Reason: stopReason(item), Sequence: pointer(item.Stopped)},
		anthropicDeltaUsage{Input: item.Usage.Input, Output: item.Usage.Output},
	})
}
