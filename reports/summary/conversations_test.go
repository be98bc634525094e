package summary

import (
	"slices"
	"testing"
)

func TestConversationWarnings(t *testing.T) {
	for _, c := range []struct {
		name string
		of   *Conversations
		want []string
	}{
		{"prompts of no conversation", nil, nil},
		{"nothing lost", &Conversations{Started: 10, Finished: 5, Open: 5, UnsentAtEnd: 9}, nil},
		{"failures", &Conversations{Started: 10, Finished: 8, Failed: 2, UnsentAfterFailure: 3}, []string{"2 of 10 conversations ended early with a turn that failed: 3 of their turns were not sent"}},
		{"silence", &Conversations{Started: 10, Finished: 9, Silent: 1, UnsentAfterFailure: 3}, []string{"1 of 10 conversations ended early with a turn that failed or was answered without text: 3 of their turns were not sent"}},
		{"a short slice", &Conversations{Started: 10, Finished: 4, Open: 6, UnsentAtEnd: 1200}, []string{
			"6 of 10 conversations were under way when their slice ended, with 1,200 turns not sent: later turns are rarer in the figures than in conversations (longer slices hold more of them)",
		}},
	} {
		if got := conversationWarnings(c.of); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
