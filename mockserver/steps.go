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

// findRoute finds the endpoint that a request is for, and checks the faults that it asks for.
func (s *Server) findRoute(x *exchange) error {
	route, allow := s.routes.find(x.r)
	if route == nil {
		x.dialect = s.routes.dialectFor(x.r.URL.Path, x.r.Header)
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
	return checkRequested(x.moment.Requested)
}

func (s *Server) authorize(x *exchange) error {
	who, err := s.regionOf(x.region).authorizer.Check(x.r.Context(), x.r.Header)
	if x.identity = who; err == nil {
		return nil
	}
	var refused authz.Refusal
	if errors.As(err, &refused) {
		return &refusal{
			status: http.StatusUnauthorized, message: refused.Error(),
			header: map[string]string{"WWW-Authenticate": "Bearer"},
		}
	}
	return err
}

// regionOf returns the region of a name; unknown ones count as none.
func (s *Server) regionOf(name string) region {
	if region, known := s.regions[name]; known {
		return region
	}
	return s.regions[""]
}

// applyLimits takes a request from the spend limit and the token buckets.
func (s *Server) applyLimits(x *exchange) error {
	if s.allowance.Spent() {
		x.entry.AddFault("limit", 1)
		return &refusal{status: http.StatusTooManyRequests, kind: api.SpendLimit, message: "the spend limit has been reached"}
	}
	usage := x.answer.Usage()
	ok, wait, bucket := s.limiter.Take(s.clock.Now(), usage.Input, usage.Output)
	if ok {
		return nil
	}
	x.entry.AddFault("limit", 1)
	refused := &refusal{status: http.StatusTooManyRequests, message: fmt.Sprintf("the limit on %s has been reached", bucket)}
	if strings.HasSuffix(bucket, "tokens") {
		refused.kind = api.TokenLimit
	}
	if wait == fault.Never {
		refused.message = fmt.Sprintf("this request exceeds the limit on %s; waiting does not help", bucket)
		return refused
	}
	seconds, milliseconds := fault.RetryAfter(wait)
	refused.header = map[string]string{
		"Retry-After":    strconv.FormatInt(seconds, 10),
		"Retry-After-Ms": strconv.FormatInt(milliseconds, 10),
	}
	return refused
}

// enqueue takes a slot if the request has prompts, after waiting in the queue if necessary.
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

// waitForModel waits as long as the latency model says. An injected error takes the time
// per request, but none for prompts and tokens. A stream keeps its slot until its end,
// because the time for its output tokens passes between its events.
func (s *Server) waitForModel(x *exchange) error {
	refused := x.setup.faults.injectedError(x)
	var cost time.Duration
	if x.route.Complete != nil {
		cost = x.setup.cost.Request(x.id)
	}
	if refused == nil {
		cost += s.workCost(x)
	}
	err := s.wait(x, cost)
	if refused != nil || !x.answer.Call.Stream {
		x.release()
	}
	if err == nil && refused != nil {
		return refused
	}
	return err
}

// workCost returns the time for the prompts and tokens of an exchange before the first byte.
func (s *Server) workCost(x *exchange) time.Duration {
	usage, others := x.answer.Usage(), 0
	if x.slots != nil {
		others = x.slots.InService() - 1
	}
	if x.answer.Call.Stream {
		x.gap = x.setup.cost.OutputToken(x.id, others)
		usage.Output = 0
	}
	return x.setup.cost.Work(x.id, len(x.answer.Items), usage.Input-usage.Cached, usage.Output, others)
}

// injectDelay waits for the fault delay.
func (s *Server) injectDelay(x *exchange) error {
	f := &x.setup.faults
	if !f.delay.Hits(x.moment) {
		return nil
	}
	x.entry.AddFault("delay", 1)
	return s.wait(x, f.config.Delay.Duration(f.delay.Draw(x.moment)))
}
