package dialect

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"weighbridge/target"
)

// article is the API of the article: POST /v1/completions {"prompt"} for one
// prompt, POST /v1/batch {"prompts"} for several. A batch is answered with one
// result per prompt, in order, each succeeded or failed on its own.
type article struct{ batched bool }

// Request carries one prompt as it stands, or a batch, even of one, where the arm batches.
func (a article) Request(ctx context.Context, base *url.URL, prompts []string, _ int) (*http.Request, error) {
	path, body := "/v1/completions", ""
	if a.batched {
		path, body = "/v1/batch", marshal(map[string][]string{"prompts": prompts})
	} else {
		body = marshal(map[string]string{"prompt": prompts[0]})
	}
	return post(ctx, base, path, body, typeJSON)
}

// articleUsage is what an answer, or one result of a batch, billed.
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

// Judge reads the whole answer: a status alone never means success.
func (a article) Judge(status int, header http.Header, body []byte, prompts int) target.Outcome {
	if out, refused := refusal(status, header, body, prompts, typeJSON); refused {
		return out
	}
	if a.batched {
		return judgeBatch(body, prompts)
	}
	return judgeCompletion(body)
}

func judgeCompletion(body []byte) target.Outcome {
	var answer articleCompletion
	if err := json.Unmarshal(body, &answer); err != nil {
		return failed(target.Contract, 1, "the answer is not a completion: %v", err)
	}
	if problem := answer.problem(); problem != "" {
		return failed(target.Contract, 1, "the completion has no %s", problem)
	}
	return target.Outcome{InputTokens: *answer.Usage.InputTokens, OutputTokens: *answer.Usage.OutputTokens}
}

// problem names the first field that a completion lacks.
func (c articleCompletion) problem() string {
	switch {
	case c.Completion == nil:
		return "completion"
	case c.Usage == nil || c.Usage.InputTokens == nil || c.Usage.OutputTokens == nil:
		return "usage"
	}
	return ""
}

// judgeBatch counts prompt by prompt. An answer with results missing, too many,
// or out of order breaks the contract as a whole.
func judgeBatch(body []byte, prompts int) target.Outcome {
	var answer articleBatch
	if err := json.Unmarshal(body, &answer); err != nil {
		return failed(target.Contract, prompts, "the answer is not a batch: %v", err)
	}
	if len(answer.Results) != prompts {
		return failed(target.Contract, prompts, "expected %d results, found %d", prompts, len(answer.Results))
	}
	var out target.Outcome
	for i, r := range answer.Results {
		if r.Index == nil || *r.Index != i {
			return failed(target.Contract, prompts, "result %d does not carry its index", i)
		}
		class, detail := r.verdict()
		if class == target.Success {
			out.InputTokens += *r.Usage.InputTokens
			out.OutputTokens += *r.Usage.OutputTokens
			continue
		}
		out.FailedAt = append(out.FailedAt, i)
		out.Failed++
		out.Class, out.Detail = class, detail
	}
	return out
}

// verdict classes one result.
func (r articleResult) verdict() (target.Class, string) {
	switch {
	case r.Status == "succeeded" && r.problem() == "":
		return target.Success, ""
	case r.Status != "failed" || r.Error == nil:
		return target.Contract, "a result neither succeeded with a completion nor failed with an error"
	}
	return r.Error.class(), "a prompt of the batch failed: " + r.Error.Type
}
