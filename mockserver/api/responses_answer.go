package api

import "encoding/json"

// response is Response of the SDK.
type response struct {
	ID                string              `json:"id"`
	Object            string              `json:"object"`
	AccessPrograms    responseAccess      `json:"access_programs"`
	CreatedAt         int64               `json:"created_at"`
	Status            string              `json:"status"`
	Background        bool                `json:"background"`
	Error             *struct{}           `json:"error"`
	IncompleteDetails *responseIncomplete `json:"incomplete_details"`
	Instructions      *string             `json:"instructions"`
	MaxOutputTokens   *uint64             `json:"max_output_tokens"`
	Metadata          struct{}            `json:"metadata"`
	Model             string              `json:"model"`
	Output            []responseMessage   `json:"output"`
	ParallelToolCalls bool                `json:"parallel_tool_calls"`
	PreviousResponse  *string             `json:"previous_response_id"`
	ServiceTier       string              `json:"service_tier"`
	Temperature       float64             `json:"temperature"`
	Text              responseText        `json:"text"`
	ToolChoice        string              `json:"tool_choice"`
	Tools             []struct{}          `json:"tools"` // always empty, so its element type does not matter
	TopP              float64             `json:"top_p"`
	Truncation        string              `json:"truncation"`
	Usage             *responseUsage      `json:"usage"`
}

type responseAccess struct {
	Cyber string `json:"cyber"`
}

type responseIncomplete struct {
	Reason string `json:"reason"`
}

type responseText struct {
	Format responseFormat `json:"format"`
}

type responseFormat struct {
	Type string `json:"type"`
}

// responseMessage is ResponseOutputMessage of the SDK.
type responseMessage struct {
	ID      string         `json:"id"`
	Type    string         `json:"type"`
	Role    string         `json:"role"`
	Status  string         `json:"status"`
	Content []responsePart `json:"content"`
}

// responsePart is ResponseOutputText of the SDK.
type responsePart struct {
	Type        string     `json:"type"`
	Annotations []struct{} `json:"annotations"` // always empty, as Logprobs
	Logprobs    []struct{} `json:"logprobs"`
	Text        string     `json:"text"`
}

// responseUsage is ResponseUsage of the SDK. The mock does not reason.
type responseUsage struct {
	Input         uint64                `json:"input_tokens"`
	InputDetails  responseInputDetails  `json:"input_tokens_details"`
	Output        uint64                `json:"output_tokens"`
	OutputDetails responseOutputDetails `json:"output_tokens_details"`
	Total         uint64                `json:"total_tokens"`
}

type responseInputDetails struct {
	Cached      uint64 `json:"cached_tokens"`
	CacheWrites uint64 `json:"cache_write_tokens"`
}

type responseOutputDetails struct {
	Reasoning uint64 `json:"reasoning_tokens"`
}

// The values of a response's status.
const (
	responseInProgress  = "in_progress"
	responseCompleted   = "completed"
	responseIncompleted = "incomplete"
)

// newResponse returns a response that is in progress: without output and usage.
func newResponse(a Answer) response {
	out := response{
		ID: formatID("resp_", a.ID), Object: "response", AccessPrograms: responseAccess{"standard"}, CreatedAt: a.Created.Unix(),
		Status: responseInProgress, Model: a.Call.Model, Output: []responseMessage{}, ParallelToolCalls: true, ServiceTier: chatTier,
		Temperature: 1, Text: responseText{responseFormat{"text"}}, ToolChoice: "auto", Tools: []struct{}{}, TopP: 1, Truncation: "disabled",
	}
	if a.Call.MaxTokens > 0 {
		out.MaxOutputTokens = &a.Call.MaxTokens
	}
	return out
}

// finished returns the response that is complete with an item.
func (r response) finished(a Answer, item Item) response {
	r.Status = responseCompleted
	if item.Truncated {
		r.Status, r.IncompleteDetails = responseIncompleted, &responseIncomplete{"max_output_tokens"}
	}
	r.Output = []responseMessage{newResponseMessage(a, r.Status, newResponsePart(item.Completion))}
	r.Usage = &responseUsage{Input: item.Usage.Input, InputDetails: responseInputDetails{Cached: item.Usage.Cached}, Output: item.Usage.Output, Total: saturatingAdd(item.Usage.Input, item.Usage.Output)}
	return r
}

func newResponseMessage(a Answer, status string, content ...responsePart) responseMessage {
	if content == nil {
		content = []responsePart{}
	}
	return responseMessage{ID: formatID("msg_", a.ID), Type: "message", Role: "assistant", Status: status, Content: content}
}

func newResponsePart(text string) responsePart {
	return responsePart{Type: "output_text", Annotations: []struct{}{}, Logprobs: []struct{}{}, Text: text}
}

func renderResponse(a Answer) ([]byte, error) {
	item, err := singleItem(a)
	if err != nil {
		return nil, err
	}
	return json.Marshal(newResponse(a).finished(a, item))
}
