package api

import "encoding/json"

// chatChunk is ChatCompletionChunk of the SDK. Usage is absent unless the client
// requested it; then it is null in all chunks but the last.
type chatChunk struct {
	ID                string            `json:"id"`
	Object            string            `json:"object"`
	Created           int64             `json:"created"`
	Model             string            `json:"model"`
	ServiceTier       string            `json:"service_tier"`
	SystemFingerprint string            `json:"system_fingerprint"`
	Choices           []chatChunkChoice `json:"choices"`
	Usage             json.RawMessage   `json:"usage,omitempty"`
}

type chatChunkChoice struct {
	Index        int       `json:"index"`
	Delta        chatDelta `json:"delta"`
	Logprobs     *struct{} `json:"logprobs"`
	FinishReason *string   `json:"finish_reason"`
}

// chatDelta holds only what is new: the first delta has a role and empty content, the
// last has neither.
type chatDelta struct {
	Role    string  `json:"role,omitempty"`
	Content *string `json:"content,omitempty"`
}

func streamChat(a Answer) ([]Event, error) {
	item, err := singleItem(a)
	if err != nil {
		return nil, err
	}
	pieces := chunks(item, a.Chunk)
	empty, reason := "", finishReason(item)
	out := make([]Event, 0, len(pieces)+4)
	out = append(out, chatEvent(a, chatChunkChoice{Delta: chatDelta{Role: "assistant", Content: &empty}}))
	for _, piece := range pieces {
		content := chatEvent(a, chatChunkChoice{Delta: chatDelta{Content: &piece.text}})
		content.Tokens = piece.tokens
		out = append(out, content)
	}
	out = append(out, chatEvent(a, chatChunkChoice{FinishReason: &reason}))
	if a.Call.IncludeUsage {
		last := newChatChunk(a)
		last.Usage = mustMarshal(newChatUsage(item.Usage))
		out = append(out, Event{Data: mustMarshal(last)})
	}
	return append(out, Event{Data: []byte("[DONE]"), Last: true}), nil
}

// newChatChunk returns a chunk without choices or usage.
func newChatChunk(a Answer) chatChunk {
	out := chatChunk{
		ID: chatID(a.ID), Object: "chat.completion.chunk", Created: a.Created.Unix(), Model: a.Call.Model,
		ServiceTier: chatTier, SystemFingerprint: chatFingerprint, Choices: []chatChunkChoice{},
	}
	if a.Call.IncludeUsage {
		out.Usage = json.RawMessage("null")
	}
	return out
}

func chatEvent(a Answer, choice chatChunkChoice) Event {
	out := newChatChunk(a)
	out.Choices = append(out.Choices, choice)
	return Event{Data: mustMarshal(out)}
}
