package bench

import (
	"testing"
	"time"
)

func TestProgressEstimatesTheTimeLeft(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }
	for _, c := range []struct {
		name        string
		tracker     *tracker
		now         time.Time
		block, left int
	}{
		{"warm-up: the expected duration", &tracker{expected: 100 * time.Second, now: Progress{Blocks: 10}}, at(3), 0, 97},
		{
			"block 1: the expected duration",
			&tracker{expected: 100 * time.Second, now: Progress{Block: 1, Blocks: 10}, firstBlock: at(5), thisBlock: at(5)},
			at(10), 1, 90,
		},
		{
			"later blocks: the pace so far",
			&tracker{expected: 100 * time.Second, now: Progress{Block: 3, Blocks: 10}, firstBlock: at(5), thisBlock: at(45)},
			at(55), 3, 8*20 - 10,
		},
		{
			"a stretch of blocks",
			&tracker{expected: 100 * time.Second, now: Progress{Phase: "open", Block: 1, Blocks: 10}, thisBlock: at(5), blockDuration: 10 * time.Second},
			at(27), 3, 73,
		},
		{
			"blocks before searches",
			&tracker{expected: 400 * time.Second, expectedSearches: 300 * time.Second, now: Progress{Block: 3, Blocks: 10}, firstBlock: at(5), thisBlock: at(45)},
			at(55), 3, 8*20 - 10 + 300,
		},
		{
			"a search",
			&tracker{expected: 400 * time.Second, expectedSearches: 300 * time.Second, now: Progress{Phase: "capacity", Probe: 2}, searchesBegan: at(105)},
			at(115), 0, 290,
		},
		{
			"the drain after a stretch",
			&tracker{expected: 100 * time.Second, now: Progress{Phase: "open", Block: 1, Blocks: 10}, thisBlock: at(5), blockDuration: 10 * time.Second},
			at(106), 10, 0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.tracker.began = began
			p := c.tracker.progress(c.now)
			if p.Block != c.block || p.Left != time.Duration(c.left)*time.Second {
				t.Errorf("block %d, %v left; want block %d, %ds", p.Block, p.Left, c.block, c.left)
			}
		})
	}
}
