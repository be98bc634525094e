package attack

import (
	"time"

	"weighbridge/bench/record"
)

// addStreamTimes adds when the content of a streamed answer (SSE) arrived. It adds
// nothing for an answer that was not streamed. A streaming request carries one prompt.
func addStreamTimes(s *record.Slice, x *exchange, due time.Time) {
	if len(x.Content) == 0 {
		return
	}
	s.AddStreamHists()
	first, last := x.Content[0], x.Content[len(x.Content)-1]
	s.TTFT.Record(x.Sent.Add(first).Sub(due))
	s.FirstContent.Record(first)
	for i, moment := range x.Content[1:] {
		s.ChunkGap.Record(moment - x.Content[i])
	}
	if tokens := x.Outcome.OutputTokens; tokens > 1 && len(x.Content) > 1 {
		s.TPOT.Record((last - first) / time.Duration(tokens-1))
	}
}
