package dialect

import (
	"slices"

	"weighbridge/target"
)

// ended finishes the outcome of an answer by the reason why it ended: some make it a failure.
// It remarks on refusals, on answers that a filter ended and on empty ones.
func ended(out target.Outcome, reason string, content generated) target.Outcome {
	out.Finish = reason
	var remark target.Remark
	switch {
	case slices.Contains(failedReasons(), reason):
		return errorInside(apiError{Message: "the answer ended with the reason " + reason}, 1)
	case content.refusal, reason == "refusal":
		remark = target.Refused
	case slices.Contains(filteredReasons(), reason):
		remark = target.Filtered
	case !content.any():
		remark = target.Empty
	default:
		return out
	}
	out.Remarks = append([]target.Remark{remark}, out.Remarks...)
	return out
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
	return []string{"content_filter", "sensitive"} // the latter is Zhipu's
}
