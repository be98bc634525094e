package mockserver

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"weighbridge/mockserver/fault"
)

// Faults is what goes wrong: each by share of requests, by route, by phase of the
// mock's life, or because a request asks for it by name in Weighbridge-Fault.
type Faults struct {
	// Errors maps a status, 400…599, to the share of requests that get it, 0…1; default none.
	Errors fault.Errors `yaml:"errors"`
	// ItemErrors is the share of prompts that fail inside a batch, 0…1; default 0.
	ItemErrors fault.ItemErrors `yaml:"item_errors"`
	// FailFirst fails the first requests there are, and none after them.
	FailFirst fault.FailFirst `yaml:"fail_first"`
	// Outage fails every request while it lasts.
	Outage fault.Outage `yaml:"outage"`
	// Delay adds to the latency of a request, on no slot.
	Delay fault.Delay `yaml:"delay"`
	// Stall holds all answers back while it lasts.
	Stall fault.Stall `yaml:"stall"`
	// SlowFirstByte sends the header at once and the body later.
	SlowFirstByte fault.SlowFirstByte `yaml:"slow_first_byte"`
	// SlowBody sends a body in small pieces.
	SlowBody fault.SlowBody `yaml:"slow_body"`
	// Bandwidth caps how fast a body is sent.
	Bandwidth fault.Bandwidth `yaml:"bandwidth"`
	// Reset is the share of attempts whose connection is reset, 0…1; default 0.
	Reset fault.Reset `yaml:"reset"`
	// RSTStream resets HTTP/2 streams in place of an answer.
	RSTStream fault.RSTStream `yaml:"rst_stream"`
	// RefusedStream refuses HTTP/2 streams unprocessed.
	RefusedStream fault.RefusedStream `yaml:"refused_stream"`
	// Goaway closes the connection after an answer.
	Goaway fault.Goaway `yaml:"goaway"`
	// Truncate ends a body before its end.
	Truncate fault.Truncate `yaml:"truncate"`
	// TruncateStream ends a stream before its last event.
	TruncateStream fault.TruncateStream `yaml:"truncate_stream"`
	// StreamError ends a stream with an error event.
	StreamError fault.StreamError `yaml:"stream_error"`
	// Malformed breaks the JSON of an answer.
	Malformed fault.Malformed `yaml:"malformed"`
	// ContentType declares a wrong Content-Type.
	ContentType fault.ContentType `yaml:"content_type"`
	// ContentLength declares a wrong Content-Length.
	ContentLength fault.ContentLength `yaml:"content_length"`
	// Duplicate sends an answer twice.
	Duplicate fault.Duplicate `yaml:"duplicate"`
}

// faultNames are those the ledger counts: the keys of Faults, and the refusals of
// limits and of a full queue.
func faultNames() []string {
	names := []string{"limit", "queue"}
	for _, key := range (Faults{}).keys() {
		names = append(names, key.name)
	}
	return names
}

// key is one fault's config.
type key struct {
	name     string
	validate func() error
}

func (f Faults) keys() []key {
	return []key{
		{"errors", f.Errors.Validate},
		{"item_errors", f.ItemErrors.Validate},
		{"fail_first", f.FailFirst.Validate},
		{"outage", f.Outage.Validate},
		{"delay", f.Delay.Validate},
		{"stall", f.Stall.Validate},
		{"slow_first_byte", f.SlowFirstByte.Validate},
		{"slow_body", f.SlowBody.Validate},
		{"bandwidth", f.Bandwidth.Validate},
		{"reset", f.Reset.Validate},
		{"rst_stream", f.RSTStream.Validate},
		{"refused_stream", f.RefusedStream.Validate},
		{"goaway", f.Goaway.Validate},
		{"truncate", f.Truncate.Validate},
		{"truncate_stream", f.TruncateStream.Validate},
		{"stream_error", f.StreamError.Validate},
		{"malformed", f.Malformed.Validate},
		{"content_type", f.ContentType.Validate},
		{"content_length", f.ContentLength.Validate},
		{"duplicate", f.Duplicate.Validate},
	}
}

// Validate checks what one field alone cannot show.
func (f Faults) Validate() error {
	var wrong []error
	for _, key := range f.keys() {
		if err := key.validate(); err != nil {
			wrong = append(wrong, fmt.Errorf("faults.%s: %w", key.name, err))
		}
	}
	return errors.Join(wrong...)
}

// spoiler is a fault that spoils an answer.
type spoiler struct {
	trigger fault.Trigger
	spoil   func(*fault.Reply, fault.Draw)
}

// faults decide by one seed.
type faults struct {
	config               Faults
	outage, delay, stall fault.Trigger
	errors               fault.ErrorPicker
	items                fault.ItemPicker
	failFirst            *fault.Countdown
	// strikers end a request before its answer, spoilers spoil that.
	strikers, spoilers spoilers
}

// spoilers are faults in the order they strike.
type spoilers struct {
	all []spoiler
	// shared are those that strike requests which did not ask for them: mostly
	// none, and every request goes through them.
	shared []spoiler
}

func (s *spoilers) add(one spoiler) {
	s.all = append(s.all, one)
	if one.trigger.HasShare() {
		s.shared = append(s.shared, one)
	}
}

// at are those that may strike at a moment.
func (s *spoilers) at(m fault.Moment) []spoiler {
	if len(m.Requested) > 0 {
		return s.all
	}
	return s.shared
}

// newFaults are the faults at work. The spoilers strike in this order: what an
// answer says, what its header declares, how fast it comes, how it ends.
func newFaults(seed uint64, c Faults) faults {
	on := func(name string, when fault.When) fault.Trigger { return fault.NewTrigger(seed, name, when) }
	f := faults{
		config:    c,
		outage:    c.Outage.Trigger(seed),
		delay:     on("delay", c.Delay.When),
		stall:     c.Stall.Trigger(seed),
		errors:    fault.NewErrorPicker(seed, c.Errors),
		items:     c.ItemErrors.Picker(seed),
		failFirst: c.FailFirst.Countdown(seed),
	}
	for _, spoils := range []spoiler{
		{on("stream_error", c.StreamError.When), c.StreamError.Apply},
		{on("truncate_stream", c.TruncateStream.When), c.TruncateStream.Apply},
		{on("malformed", c.Malformed.When), c.Malformed.Apply},
		{on("duplicate", c.Duplicate.When), c.Duplicate.Apply},
		{on("truncate", c.Truncate.When), c.Truncate.Apply},
		{on("content_type", c.ContentType.When), c.ContentType.Apply},
		{on("content_length", c.ContentLength.When), c.ContentLength.Apply},
		{on("slow_first_byte", c.SlowFirstByte.When), c.SlowFirstByte.Apply},
		{on("slow_body", c.SlowBody.When), c.SlowBody.Apply},
		{on("bandwidth", c.Bandwidth.When), c.Bandwidth.Apply},
		{on("goaway", c.Goaway.When), c.Goaway.Apply},
	} {
		f.spoilers.add(spoils)
	}
	for _, breaks := range []spoiler{
		{on("reset", c.Reset.When), c.Reset.Apply},
		{on("rst_stream", c.RSTStream.When), c.RSTStream.Apply},
		{on("refused_stream", c.RefusedStream.When), c.RefusedStream.Apply},
	} {
		if breaks.beforeAll() {
			f.strikers.add(breaks)
		} else {
			f.spoilers.add(breaks)
		}
	}
	return f
}

// beforeAll reports whether the fault leaves nothing of an answer.
func (s spoiler) beforeAll() bool { return s.spoilt().Status == 0 }

// spoilt is what the fault leaves of an answer.
func (s spoiler) spoilt() *fault.Reply {
	reply := &fault.Reply{Status: http.StatusOK}
	s.spoil(reply, s.trigger.Draw(fault.Moment{}))
	return reply
}

// strike ends requests before anything is known of who sent them.
func (s *Server) strike(x *exchange) error {
	f := &x.setup.faults
	if f.outage.Hits(x.moment) {
		x.entry.AddFault("outage", 1)
		if status := f.config.Outage.Status; status != 0 {
			return injected(status)
		}
		return &drop{&fault.Reply{}}
	}
	for _, striker := range f.strikers.at(x.moment) {
		if striker.trigger.Hits(x.moment) {
			reply := striker.spoilt()
			deal(x, reply)
			return &drop{reply}
		}
	}
	if f.failFirst.Fails(x.moment) {
		x.entry.AddFault("fail_first", 1)
		return injected(f.config.FailFirst.Status)
	}
	return nil
}

// fails is the error status that a request is answered with, nil if none is.
func (f *faults) fails(x *exchange) *refusal {
	status, one := f.errors.Pick(x.moment)
	if status == 0 {
		return nil
	}
	x.entry.AddFault("errors", 1)
	no := injected(status)
	no.header = one.Headers
	if one.Body != "" {
		no.body = []byte(one.Body)
	}
	return no
}

// injected is a refusal that only a fault is the reason of.
func injected(status int) *refusal {
	return &refusal{status: status, message: "injected: " + cmp.Or(http.StatusText(status), strconv.Itoa(status))}
}

// spoil lets the faults at an answer.
func (f *faults) spoil(x *exchange, reply *fault.Reply) {
	for _, s := range f.spoilers.at(x.moment) {
		if s.trigger.Hits(x.moment) {
			s.spoil(reply, s.trigger.Draw(x.moment))
		}
	}
	deal(x, reply)
}

// deal notes the faults that changed a reply.
func deal(x *exchange, reply *fault.Reply) {
	for _, name := range reply.Injected {
		x.entry.AddFault(name, 1)
	}
}
