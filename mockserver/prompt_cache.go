package mockserver

import (
	"hash/fnv"
	"math"
	"sync"
	"unicode/utf8"

	"github.com/hashicorp/golang-lru/v2/simplelru"

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
	blocks *simplelru.LRU[uint64, struct{}]
}

func newPromptCache() *promptCache { return &promptCache{blocks: newLRU[uint64, struct{}]()} }

// newLRU returns a list by recent use without a limit: each use removes the oldest beyond that of its config.
func newLRU[K comparable, V any]() *simplelru.LRU[K, V] {
	lru, err := simplelru.NewLRU[K, V](math.MaxInt32, nil)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return lru
}

// take returns the number of blocks at the beginning of a prompt that the cache holds, and puts all of
// its whole blocks into the cache, which then holds at most most blocks. A block has the given number of
// characters, at least 1.
func (c *promptCache) take(prompt string, characters, most int) (held int) {
	ends := blockEnds(prompt, characters)
	c.mu.Lock()
	defer c.mu.Unlock()
	hit := true
	for _, end := range ends {
		if hit = hit && c.blocks.Contains(end); hit {
			held++
		}
		c.blocks.Add(end, struct{}{})
	}
	for c.blocks.Len() > most {
		c.blocks.RemoveOldest()
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
	c.blocks.Purge()
}

// usePromptCache looks the prompts of an exchange up in the prompt cache.
func (s *Server) usePromptCache(x *exchange) error {
	s.addCached(x.setup, &x.answer)
	return nil
}

// addCached sets how many input tokens of an answer the cache holds: those at the beginnings of its prompts.
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
