package mockserver

import (
	"container/list"
	"hash/fnv"
	"sync"
	"unicode/utf8"

	"weighbridge/mockserver/api"
)

// PromptCache is a cache of the beginnings of prompts, as providers and inference servers have.
type PromptCache struct {
	// Blocks is the number of blocks of tokens that the cache holds, 0…1000000; default 0, no cache. When it is full, the least recently used block is dropped. The blocks at the beginning of a prompt that are in the cache take no time, and their tokens are reported as cached.
	Blocks int `yaml:"blocks" check:"min=0,max=1000000"`
	// BlockTokens is the number of tokens in a block, 1…100000; default 16. Only whole blocks are cached.
	BlockTokens int `yaml:"block_tokens" check:"min=1,max=100000"`
}

// promptCache holds blocks, each known by the hash of the prompt up to its end. It is safe for
// concurrent use.
type promptCache struct {
	mu     sync.Mutex
	recent *list.List // of uint64, the last used first
	blocks map[uint64]*list.Element
}

func newPromptCache() *promptCache {
	return &promptCache{recent: list.New(), blocks: map[uint64]*list.Element{}}
}

// take returns the number of blocks at the beginning of a prompt that the cache holds, and puts
// all of its whole blocks into the cache. A block has so many characters, at least 1.
func (c *promptCache) take(prompt string, characters, most int) (held int) {
	ends := blockEnds(prompt, characters)
	c.mu.Lock()
	defer c.mu.Unlock()
	hit := true
	for _, end := range ends {
		element := c.blocks[end]
		if hit = hit && element != nil; hit {
			held++
		}
		if element != nil {
			c.recent.MoveToFront(element)
		} else {
			c.blocks[end] = c.recent.PushFront(end)
		}
	}
	for c.recent.Len() > most {
		last := c.recent.Back()
		delete(c.blocks, last.Value.(uint64))
		c.recent.Remove(last)
	}
	return held
}

// blockEnds returns the hash of a prompt up to the end of each of its whole blocks.
func blockEnds(prompt string, characters int) (ends []uint64) {
	sum := fnv.New64a()
	for from := 0; ; {
		to := from
		for range characters {
			if to == len(prompt) {
				return ends
			}
			_, size := utf8.DecodeRuneInString(prompt[to:])
			to += size
		}
		_, _ = sum.Write([]byte(prompt[from:to]))
		ends, from = append(ends, sum.Sum64()), to
	}
}

func (c *promptCache) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.recent.Init()
	clear(c.blocks)
}

// usePromptCache looks the prompts of an exchange up in the prompt cache.
func (s *Server) usePromptCache(x *exchange) error {
	s.addCached(x.setup, &x.answer)
	return nil
}

// addCached sets the input tokens of an answer that its prompts' beginnings have in the cache.
func (s *Server) addCached(now *setup, answer *api.Answer) {
	cache, perChar := now.config.PromptCache, now.config.Tokens.PerChar
	if cache.Blocks == 0 || perChar == 0 {
		return
	}
	characters := max(int(float64(cache.BlockTokens)/perChar), 1)
	for i, prompt := range answer.Call.Prompts {
		if usage := &answer.Items[i].Usage; answer.Items[i].Failed == "" {
			held := s.promptCache.take(prompt, characters, cache.Blocks)
			usage.Cached = min(uint64(held)*uint64(cache.BlockTokens), usage.Input)
		}
	}
}
