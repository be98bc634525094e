package transport

import (
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"weighbridge/target/regions"
)

// SessionHeader names the session of a request to the bundled mock. In an answer, it says in which state the
// mock found the session: SessionNew, SessionKept, SessionStale or SessionLost.
const SessionHeader = "Weighbridge-Session"

// The states of a session: new, there was none anywhere; kept, it was up to date; stale, it was an older one;
// lost, there was none in the region, although another region has one.
const (
	SessionNew   = "new"
	SessionKept  = "kept"
	SessionStale = "stale"
	SessionLost  = "lost"
)

// Regions are the servers that attempts are sent to, and what chooses among them.
type Regions struct {
	Router *regions.Router
	// Names and Bases are the names and base URLs of the regions, in the router's order.
	Names []string
	Bases []*url.URL
	// Sessions is the number of sessions that requests belong to in turn; 0 is none.
	Sessions uint64

	last atomic.Uint64
}

// session returns the session of the next request, from 1; 0 for none.
func (r *Regions) session() uint64 {
	if r == nil || r.Sessions == 0 {
		return 0
	}
	return (r.last.Add(1)-1)%r.Sessions + 1
}

// inRegion chooses the region of an attempt at r, and returns r as it is sent there. A Call goes to
// the client's own base URL.
func (c *Client) inRegion(r *Request, x *Exchange) *Request {
	if c.Regions == nil || r.Call != nil {
		return r
	}
	failed := regions.None
	if len(x.Attempts) > 0 {
		failed = x.region
	}
	x.region = c.Regions.Router.Choose(time.Now(), x.Session, failed)
	there := *r
	there.built, there.message, there.stream = nil, nil, nil
	c.build(&there, c.Regions.Bases[x.region])
	if there.failed != nil { // not expected, as it could be built for the client's own base URL
		return r
	}
	return &there
}

// note adds to an attempt which region it went to, and what the answer says of the session.
func (c *Client) note(a *Attempt, x *Exchange, said string) {
	if c.Regions == nil {
		return
	}
	a.Region = c.Regions.Names[x.region]
	switch said {
	case SessionNew, SessionKept, SessionStale, SessionLost:
		a.Session = said
	}
}

// sessionText is the value of SessionHeader for a request.
func sessionText(session uint64) string { return strconv.FormatUint(session, 10) }
