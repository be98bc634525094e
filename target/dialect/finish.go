package dialect

import (
	"slices"
	"strings"

	"weighbridge/target"
)

// ended finishes the outcome of an answer by the reason why it ended: some make it a failure.
// It remarks on refusals, on answers that a filter ended and on empty ones.
func ended(out target.Outcome, reason string, content generated) target.Outcome {
	out.Finish = reason
	var remark target.Remark
	name := plainReason(reason)
	switch {
	case slices.Contains(failedReasons(), name):
		return errorInside(apiError{Message: "the answer ended with the reason " + reason}, 1)
	case content.refusal, name == "refusal":
		remark = target.Refused
	case slices.Contains(filteredReasons(), name):
		remark = target.Filtered
	case !content.any():
		remark = target.Empty
	default:
		return out
	}
	out.Remarks = append([]target.Remark{remark}, out.Remarks...)
	return out
}

// plainReason is a reason as most servers spell it: some have capitals or hyphens, and some say more after a colon.
func plainReason(reason string) string {
	name, _, _ := strings.Cut(reason, ":")
	return strings.ReplaceAll(strings.ToLower(name), "-", "_")
}

// failedReasons are the reasons by which servers say that an answer was not finished. OpenAI
// documents none of them: vLLM and SGLang send abort, gateways error.
func failedReasons() []string {
	return []string{
		"abort", "aborted", "error", "cancelled", "canceled", "failed", "timeout",
		"insufficient_system_resource", // of DeepSeek
		"network_error",                // of Zhipu
	}
}

// filteredReasons are the reasons by which servers say that a filter ended an answer.
func filteredReasons() []string {
	return []string{
		"content_filter",
		"sensitive",                                // of Zhipu
		"content_filtered", "guardrail_intervened", // of Bedrock
		"safety", "recitation", "blocklist", "prohibited_content", "spii", // of Gemini
		"image_safety", "image_prohibited_content", "image_recitation",
	}
}
