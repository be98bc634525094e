package dialect

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"weighbridge/target"
)

// article is the API of the article that the harness checks: POST /v1/completions
// {"prompt"} for one prompt, POST /v1/batch {"prompts"} for several. The response to
// a batch has one result per prompt, in order; each succeeds or fails on its own.
type article struct {
	batched  bool
	requests *articleRequests
}

// Request builds the request for one prompt, or for a batch if the arm's batch size
// is over 1, even if this batch holds a single prompt.
func (a article) Request(ctx context.Context, base *url.URL, prompts []string, _ int) (*http.Request, error) {
	if a.batched {
		return a.requests.build(ctx, base, "/batch", "prompts", prompts)
	}
	return a.requests.build(ctx, base, "/completions", "prompt", prompts[0])
}

// articleUsage is the tokens billed for a completion or for one result of a batch.
type articleUsage struct {
	InputTokens  *uint64 `json:"input_tokens"`
	OutputTokens *uint64 `json:"output_tokens"`
}

type articleCompletion struct {
	Completion *string       `json:"completion"`
	Usage      *articleUsage `json:"usage"`
}

type articleBatch struct {
	Results []articleResult `json:"results"`
}

type articleResult struct {
	Index  *int   `json:"index"`
	Status string `json:"status"`
	articleCompletion
	Error *apiError `json:"error"`
}

// Judge reads the completion or batch: a status alone never means success.
func (a article) Judge(status int, header http.Header, body []byte, prompts int) target.Outcome {
	if out, failed := headFailure(status, header, body, prompts); failed {
		return out
	}
	if !hasContentType(header, typeJSON) {
		return failure(target.Contract, prompts, "expected content type %s, found %q", typeJSON, header.Get("Content-Type"))
	}
	if a.batched {
		return judgeBatch(body, prompts)
	}
	return judgeCompletion(body)
}

func judgeCompletion(body []byte) target.Outcome {
	var completion articleCompletion
	if err := json.Unmarshal(body, &completion); err != nil {
		return failure(target.Contract, 1, "the response is not a completion: %v", err)
	}
	if missing := completion.missingField(); missing != "" {
		return failure(target.Contract, 1, "the completion has no %s", missing)
	}
	return success(*completion.Usage.InputTokens, *completion.Usage.OutputTokens)
}

// missingField names the first required field that the completion lacks; "" if none.
func (c articleCompletion) missingField() string {
	switch {
	case c.Completion == nil:
		return "completion"
	case c.Usage == nil || c.Usage.InputTokens == nil || c.Usage.OutputTokens == nil:
		return "usage"
	}
	return ""
}

// judgeBatch judges each prompt by its own result. If results are missing, too many
// or out of order, all prompts fail.
func judgeBatch(body []byte, prompts int) target.Outcome {
	var batch articleBatch
	if err := json.Unmarshal(body, &batch); err != nil {
		return failure(target.Contract, prompts, "the response is not a batch: %v", err)
	}
	if len(batch.Results) != prompts {
		return failure(target.Contract, prompts, "expected %d results, found %d", prompts, len(batch.Results))
	}
	out := target.Outcome{InputKnown: true, OutputByPrompt: make([]uint64, prompts)}
	for i, r := range batch.Results {
		if r.Index == nil || *r.Index != i {
			return failure(target.Contract, prompts, "the index of result %d is missing or wrong", i)
		}
		class, detail := r.judge()
		if class == target.Success {
			out.InputTokens += *r.Usage.InputTokens
			out.OutputTokens += *r.Usage.OutputTokens
			out.OutputByPrompt[i] = *r.Usage.OutputTokens
			continue
		}
		out.FailedAt = append(out.FailedAt, i)
		out.Failed++
		out.Class, out.Detail = class, detail
	}
	return out
}

// judge returns the class of one result, and the detail of a failure.
func (r articleResult) judge() (target.Class, string) {
	switch {
	case r.Status == "succeeded" && r.missingField() == "":
		return target.Success, ""
	case r.Status != "failed" || r.Error == nil:
		return target.Contract, "a result is neither a success with a completion nor a failure with an error"
	}
	return r.Error.class(), "a prompt in the batch failed: " + r.Error.Type
}
