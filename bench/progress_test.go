package bench

import (
	"testing"
	"time"
)

func TestProgressSaysWhatIsLeft(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }
	for _, c := range []struct {
		name        string
		watch       *watch
		now         time.Time
		block, left int
	}{
		{"warm-up: the plan", &watch{planned: 100 * time.Second, now: Progress{Blocks: 10}}, at(3), 0, 97},
		{
			"block 1: the plan",
			&watch{planned: 100 * time.Second, now: Progress{Block: 1, Blocks: 10}, firstBlock: at(5), thisBlock: at(5)},
			at(10), 1, 90,
		},
		{
			"later: the pace so far",
			&watch{planned: 100 * time.Second, now: Progress{Block: 3, Blocks: 10}, firstBlock: at(5), thisBlock: at(45)},
			at(55), 3, 8*20 - 10,
		},
		{
			"a stretch: block by block",
			&watch{planned: 100 * time.Second, now: Progress{Phase: "open", Block: 1, Blocks: 10}, thisBlock: at(5), each: 10 * time.Second},
			at(27), 3, 73,
		},
		{
			"blocks before searches",
			&watch{planned: 400 * time.Second, searches: 300 * time.Second, now: Progress{Block: 3, Blocks: 10}, firstBlock: at(5), thisBlock: at(45)},
			at(55), 3, 8*20 - 10 + 300,
		},
		{
			"a search",
			&watch{planned: 400 * time.Second, searches: 300 * time.Second, now: Progress{Phase: "capacity", Probe: 2}, searching: at(105)},
			at(115), 0, 290,
		},
		{
			"a stretch that drains",
			&watch{planned: 100 * time.Second, now: Progress{Phase: "open", Block: 1, Blocks: 10}, thisBlock: at(5), each: 10 * time.Second},
			at(106), 10, 0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := c.watch
			w.began = began
			p := w.progress(c.now)
			if p.Block != c.block || p.Left != time.Duration(c.left)*time.Second {
				t.Errorf("block %d, %v left; want block %d, %ds", p.Block, p.Left, c.block, c.left)
			}
		})
	}
}
