package attack

import "sync"

// crew hands requests over to the workers of an attack, and knows which are not counted yet. It is
// safe for concurrent use.
type crew struct {
	mu sync.Mutex
	// sent is how many requests were handed over, and open those of them that are not counted yet,
	// by block.
	sent uint64
	open map[int]int
	// idle are the workers that wait for a request; the one that began last is first to get one.
	idle []chan *request
	// firsts are the requests of workers that are being started, in order, and started is how many
	// were.
	firsts  []*request
	started int
	// dismissed says that no request will follow.
	dismissed bool
}

func newCrew() *crew { return &crew{open: map[int]int{}} }

// give hands a request over to an idle worker, or else to the next to be started: then it returns
// false.
func (c *crew) give(r *request) (taken bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(r)
	last := len(c.idle) - 1
	if last < 0 {
		c.firsts = append(c.firsts, r)
		return false
	}
	c.idle[last] <- r // it has room for one
	c.idle = c.idle[:last]
	return true
}

// enter notes a request that a worker has taken itself.
func (c *crew) enter(r *request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(r)
}

func (c *crew) add(r *request) {
	r.seq = c.sent
	c.sent++
	c.open[r.Prompts[0].Block]++
}

// first returns the first request of a worker that was started.
func (c *crew) first() *request {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started++
	r := c.firsts[0]
	c.firsts = append(c.firsts[:0], c.firsts[1:]...)
	return r
}

// wait waits for a request, which is sent to idle; nil if there will be none.
func (c *crew) wait(idle chan *request) *request {
	c.mu.Lock()
	if c.dismissed {
		c.mu.Unlock()
		return nil
	}
	c.idle = append(c.idle, idle)
	c.mu.Unlock()
	return <-idle
}

// dismiss ends the wait of all workers.
func (c *crew) dismiss() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dismissed = true
	for _, idle := range c.idle {
		close(idle)
	}
	c.idle = nil
}

// counted says that a request was counted.
func (c *crew) counted(r *request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	block := r.Prompts[0].Block
	if c.open[block]--; c.open[block] == 0 {
		delete(c.open, block)
	}
}

// oldestBlock returns the first block of a request that is not counted yet, or newest if all are.
func (c *crew) oldestBlock(newest int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	for block := range c.open {
		newest = min(newest, block)
	}
	return newest
}
