package mockserver

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"weighbridge/mockserver/api"
	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/fault"
)

// find finds the endpoint that a request is for.
func (s *Server) find(x *exchange) error {
	route, allow := s.routes.find(x.r)
	if route == nil {
		x.dialect = s.routes.owner(x.r.URL.Path, x.r.Header)
		if len(allow) == 0 {
			return &refusal{status: http.StatusNotFound, message: "no such path: " + x.r.URL.Path}
		}
		return &refusal{
			status: http.StatusMethodNotAllowed, message: "the method must be " + strings.Join(allow, " or "),
			header: map[string]string{"Allow": strings.Join(allow, ", ")},
		}
	}
	x.route, x.dialect = route, route.dialect
	x.moment.Route, x.entry.Route = route.Path, route.name
	return nil
}

func (s *Server) authorize(x *exchange) error {
	who, err := s.regionOf(x.r.Header).authorizer.Check(x.r.Context(), x.r.Header)
	if x.who = who; err == nil {
		return nil
	}
	var no authz.Refusal
	if errors.As(err, &no) {
		return &refusal{
			status: http.StatusUnauthorized, message: no.Error(),
			header: map[string]string{"WWW-Authenticate": "Bearer"},
		}
	}
	return err
}

// regionOf is the region that a request is for; an unknown one is none.
func (s *Server) regionOf(h http.Header) region {
	if region, known := s.regions[own(h, RegionHeader)]; known {
		return region
	}
	return s.regions[""]
}

// limit takes what a request needs from the budgets.
func (s *Server) limit(x *exchange) error {
	if s.allowance.Spent() {
		x.entry.AddFault("limit", 1)
		return &refusal{status: http.StatusTooManyRequests, kind: api.SpendLimit, message: "the spend limit is reached"}
	}
	usage := x.answer.Usage()
	ok, wait, bucket := s.limiter.Take(s.clock.Now(), usage.Input, usage.Output)
	if ok {
		return nil
	}
	x.entry.AddFault("limit", 1)
	no := &refusal{status: http.StatusTooManyRequests, message: fmt.Sprintf("the limit of %s is reached", bucket)}
	if strings.HasSuffix(bucket, "tokens") {
		no.kind = api.TokenLimit
	}
	if wait == fault.Never {
		no.message = fmt.Sprintf("the limit of %s is under what this request needs; waiting does not help", bucket)
		return no
	}
	seconds, milliseconds := fault.RetryAfter(wait)
	no.header = map[string]string{
		"Retry-After":    strconv.FormatInt(seconds, 10),
		"Retry-After-Ms": strconv.FormatInt(milliseconds, 10),
	}
	return no
}

// enqueue takes a slot for prompts that the model serves.
func (s *Server) enqueue(x *exchange) error {
	if x.route.Complete == nil {
		return nil
	}
	slots := x.setup.slots
	err := slots.Acquire(x.r.Context())
	if errors.Is(err, fault.ErrQueueFull) {
		x.entry.AddFault("queue", 1)
		return &refusal{status: x.dialect.Overloaded, message: err.Error()}
	}
	if err == nil {
		x.slots = slots
	}
	return err
}

// serve takes as long as the cost model says. An injected error costs what any
// request costs, but no work. A stream keeps its slot until its end: what its
// output costs is spent between its events.
func (s *Server) serve(x *exchange) error {
	no := x.setup.faults.fails(x)
	var cost time.Duration
	if x.route.Complete != nil {
		cost = x.setup.cost.Request(x.id)
	}
	if no == nil {
		cost += s.work(x)
	}
	err := s.wait(x, cost)
	if no != nil || !x.answer.Call.Stream {
		x.release()
	}
	if err == nil && no != nil {
		return no
	}
	return err
}

// work is what the prompts of an exchange cost before the first byte.
func (s *Server) work(x *exchange) time.Duration {
	usage := x.answer.Usage()
	if x.answer.Call.Stream {
		x.gap = x.setup.cost.OutputToken(x.id)
		usage.Output = 0
	}
	return x.setup.cost.Work(x.id, len(x.answer.Items), usage.Input, usage.Output)
}

// hold adds the latency that faults add.
func (s *Server) hold(x *exchange) error {
	f := &x.setup.faults
	if !f.delay.Hits(x.moment) {
		return nil
	}
	x.entry.AddFault("delay", 1)
	return s.wait(x, f.config.Delay.Duration(f.delay.Draw(x.moment)))
}
