package api

import (
	"encoding/json"
	"net/http"
)

// chatCompletion is ChatCompletion of the SDK.
type chatCompletion struct {
	ID                string       `json:"id"`
	Object            string       `json:"object"`
	Created           int64        `json:"created"`
	Model             string       `json:"model"`
	Choices           []chatChoice `json:"choices"`
	Usage             chatUsage    `json:"usage"`
	ServiceTier       string       `json:"service_tier"`
	SystemFingerprint string       `json:"system_fingerprint"`
}

type chatChoice struct {
	Index        int         `json:"index"`
	Message      chatMessage `json:"message"`
	Logprobs     *struct{}   `json:"logprobs"`
	FinishReason string      `json:"finish_reason"`
}

type chatMessage struct {
	Role        string   `json:"role"`
	Content     string   `json:"content"`
	Refusal     *string  `json:"refusal"`
	Annotations []string `json:"annotations"` // always empty, so its element type does not matter
}

// chatUsage is CompletionUsage of the SDK. The mock does not reason.
type chatUsage struct {
	Prompt           uint64                `json:"prompt_tokens"`
	Completion       uint64                `json:"completion_tokens"`
	Total            uint64                `json:"total_tokens"`
	PromptDetail     chatPromptDetail      `json:"prompt_tokens_details"`
	CompletionDetail chatCompletionDetails `json:"completion_tokens_details"`
}

type chatPromptDetail struct {
	Cached uint64 `json:"cached_tokens"`
	Audio  uint64 `json:"audio_tokens"`
}

type chatCompletionDetails struct {
	Reasoning          uint64 `json:"reasoning_tokens"`
	Audio              uint64 `json:"audio_tokens"`
	AcceptedPrediction uint64 `json:"accepted_prediction_tokens"`
	RejectedPrediction uint64 `json:"rejected_prediction_tokens"`
}

// The backend and the service tier named in answers; they are always the same.
const (
	chatFingerprint = "fp_mock"
	chatTier        = "default"
)

func chatID(id uint64) string { return formatID("chatcmpl-", id) }

func newChatUsage(u Usage) chatUsage {
	return chatUsage{Prompt: u.Input, Completion: u.Output, Total: saturatingAdd(u.Input, u.Output), PromptDetail: chatPromptDetail{Cached: u.Cached}}
}

func finishReason(item Item) string {
	if item.Truncated && item.StopSequence == "" {
		return "length"
	}
	return "stop"
}

func renderChat(a Answer) ([]byte, error) {
	item, err := singleItem(a)
	if err != nil {
		return nil, err
	}
	return json.Marshal(chatCompletion{
		ID: chatID(a.ID), Object: "chat.completion", Created: a.Created.Unix(), Model: a.Call.Model,
		Choices: []chatChoice{{
			Message:      chatMessage{Role: "assistant", Content: item.Completion, Annotations: []string{}},
			FinishReason: finishReason(item),
		}},
		Usage: newChatUsage(item.Usage), ServiceTier: chatTier, SystemFingerprint: chatFingerprint,
	})
}

// openAIModel is Model of the SDK.
type openAIModel struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

func newOpenAIModel(id string) openAIModel {
	return openAIModel{ID: id, Object: "model", Created: 0, OwnedBy: "weighbridge"}
}

func listOpenAIModels(Query) (Response, error) {
	list := struct {
		Object string        `json:"object"`
		Data   []openAIModel `json:"data"`
	}{Object: "list"}
	for _, id := range models() {
		list.Data = append(list.Data, newOpenAIModel(id))
	}
	return Response{Body: mustMarshal(list)}, nil
}

func getOpenAIModel(q Query) (Response, error) {
	id := q.Request.PathValue("model")
	if id == "" {
		return Response{}, &Refusal{Status: http.StatusNotFound, Kind: "model_not_found", Param: "model", Message: "no model given"}
	}
	return Response{Body: mustMarshal(newOpenAIModel(id))}, nil
}
