package mockserver

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"weighbridge/mockserver/dist"
)

// Edge is a cache of whole answers in front of the model, as a content delivery network or a gateway has.
type Edge struct {
	// Entries is the number of answers that the cache holds, 0…1000000; default 0, no cache. When it is full, the least recently used answer is dropped. A request with the same method, path, query and body as one that succeeded is answered from the cache after its credential is checked: it takes no slot, counts against no limit, does not reach the model and is not billed. Answers say so in Age, X-Cache and Cache-Status (RFC 9211). Streams, and batches in which a prompt failed, are not cached.
	Entries int `yaml:"entries" check:"min=0,max=1000000"`
	// TTL is how long an answer is kept, 1ms…8760h; default 1m.
	TTL time.Duration `yaml:"ttl" check:"min=1ms,max=8760h"`
	// Latency is the time that an answer from the cache takes, at least 0; default 1ms.
	Latency dist.Duration `yaml:"latency"`
}

// Content sets how the content of the model's answers changes over time.
type Content struct {
	// ChangesEvery is the time after which the content of answers changes, 0…8760h; default 0, never. Answers then carry their version and when it changes in the header Weighbridge-Content, from which stale_answers is computed.
	ChangesEvery time.Duration `yaml:"changes_every" check:"min=0,max=8760h"`
}

// contentHeader has the version of an answer's content, the time in ms until it changes (negative once it
// has), and when the header was written, in ms since 1970, because other caches hand it on unchanged.
const contentHeader = "Weighbridge-Content"

// version is a version of the content.
type version struct {
	number int64
	// until is when it changes; zero if it never does.
	until time.Time
}

// versionAt returns the content's version at a moment.
func (s *Server) versionAt(c Content, now time.Time) version {
	if c.ChangesEvery == 0 {
		return version{}
	}
	n := int64(now.Sub(s.started) / c.ChangesEvery)
	return version{n, s.started.Add(time.Duration(n+1) * c.ChangesEvery)}
}

// tell sets contentHeader, if the content changes at all.
func (v version) tell(h http.Header, now time.Time) {
	if !v.until.IsZero() {
		ms := float64(v.until.Sub(now)) / float64(time.Millisecond)
		h.Set(contentHeader, "version="+strconv.FormatInt(v.number, 10)+", changes_in_ms="+strconv.FormatFloat(ms, 'f', 3, 64)+
			", told_at_ms="+strconv.FormatInt(now.UnixMilli(), 10))
	}
}

// edgeKey identifies requests that get the same answer. A request that is not cached has the zero key.
type edgeKey [sha256.Size]byte

// edgeKeyOf returns the key of a request.
func edgeKeyOf(r *http.Request, body []byte) (key edgeKey) {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q\n", r.Method, r.URL.RequestURI()) // a hash returns no errors
	sum.Write(body)
	sum.Sum(key[:0])
	return key
}

// edgeCache holds answers. It is safe for concurrent use.
type edgeCache struct {
	mu      sync.Mutex
	answers *simplelru.LRU[edgeKey, edgeAnswer]
}

// edgeAnswer is the body of an answer in JSON, and when it was kept.
type edgeAnswer struct {
	body    []byte
	at      time.Time
	version version
}

func newEdgeCache() *edgeCache { return &edgeCache{answers: newLRU[edgeKey, edgeAnswer]()} }

// find returns the answer under a key, if it is not older than the TTL. expired says that there was one.
func (c *edgeCache) find(key edgeKey, ttl time.Duration, now time.Time) (found edgeAnswer, ok, expired bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok = c.answers.Get(key)
	if ok && now.Sub(found.at) >= ttl {
		c.answers.Remove(key)
		return edgeAnswer{}, false, true
	}
	return found, ok, false
}

// keep stores an answer, and drops the oldest beyond the given number of entries.
func (c *edgeCache) keep(key edgeKey, answer edgeAnswer, entries int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers.Add(key, answer)
	for c.answers.Len() > entries {
		c.answers.RemoveOldest()
	}
}

func (c *edgeCache) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers.Purge()
}

// atEdge is the error that ends an exchange with an answer from the cache.
type atEdge struct{ answer edgeAnswer }

func (*atEdge) Error() string { return "the edge cache has the answer" }

// The words of X-Cache, and the name of the cache in Cache-Status.
const (
	edgeHit  = "HIT"
	edgeMiss = "MISS"
	edgeName = "weighbridge-mock"
)

// askEdge ends the exchange if the cache has the answer. If not, it says so in the answer's header.
func (s *Server) askEdge(x *exchange) error {
	edge := x.setup.config.Edge
	if edge.Entries == 0 || x.route.Complete == nil {
		return nil
	}
	h := x.w.Header()
	if x.edge == (edgeKey{}) {
		h.Set("X-Cache", edgeMiss)
		h.Set("Cache-Status", edgeName+"; fwd=bypass")
		return nil
	}
	now := s.clock.Now()
	found, ok, expired := s.edge.find(x.edge, edge.TTL, now)
	if !ok {
		why := "miss"
		if expired {
			why = "stale"
		}
		h.Set("X-Cache", edgeMiss)
		h.Set("Cache-Status", edgeName+"; fwd="+why)
		return nil
	}
	if err := s.wait(x, edge.Latency.Quantile(x.setup.random.edge.At(x.id))); err != nil {
		return err
	}
	return &atEdge{found}
}

// serveFromEdge answers an exchange from the cache.
func (s *Server) serveFromEdge(x *exchange, answer edgeAnswer) {
	now := s.clock.Now()
	age := max(now.Sub(answer.at), 0)
	h := x.w.Header()
	h.Set("Age", strconv.FormatInt(int64(age/time.Second), 10))
	h.Set("X-Cache", edgeHit)
	h.Set("Cache-Status", fmt.Sprintf("%s; hit; ttl=%d", edgeName, max(x.setup.config.Edge.TTL-age, 0)/time.Second))
	answer.version.tell(h, now)
	x.entry.FromEdge, x.entry.Stale = true, !answer.version.until.IsZero() && !now.Before(answer.version.until)
	x.setReply(http.StatusOK, "", answer.body)
	x.setup.faults.applyTo(x, &x.reply)
	s.send(x)
}

// keepAtEdge keeps the answer to an exchange, which is whole, in the cache.
func (s *Server) keepAtEdge(x *exchange, v version, now time.Time) {
	edge := x.setup.config.Edge
	if edge.Entries == 0 || x.edge == (edgeKey{}) || x.entry.Faults["item_errors"] > 0 {
		return
	}
	s.edge.keep(x.edge, edgeAnswer{x.singlePart[0].Bytes, now, v}, edge.Entries)
	if h := x.w.Header(); h.Get("Cache-Status") != "" {
		h.Set("Cache-Status", h.Get("Cache-Status")+"; stored")
	}
}
