package mockserver

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"weighbridge/mockserver/fault"
)

// Faults says what goes wrong. Each fault hits requests by share, route or time, or
// because they ask for it by name in the header Weighbridge-Fault.
type Faults struct {
	// Errors maps error statuses, 400…599, to the share of requests that are answered with them, 0…1; default none.
	Errors fault.Errors `yaml:"errors"`
	// ItemErrors is the share of prompts in batches that fail, 0…1; default 0.
	ItemErrors fault.ItemErrors `yaml:"item_errors"`
	// FailFirst fails the first requests that arrive and no others.
	FailFirst fault.FailFirst `yaml:"fail_first"`
	// Outage fails every request while it lasts.
	Outage fault.Outage `yaml:"outage"`
	// Delay delays answers, without occupying a slot.
	Delay fault.Delay `yaml:"delay"`
	// Stall delays all answers until it is over.
	Stall fault.Stall `yaml:"stall"`
	// SlowFirstByte sends the header at once and delays the body.
	SlowFirstByte fault.SlowFirstByte `yaml:"slow_first_byte"`
	// SlowBody sends the body in small pieces with pauses between them.
	SlowBody fault.SlowBody `yaml:"slow_body"`
	// Bandwidth limits how fast the body is sent.
	Bandwidth fault.Bandwidth `yaml:"bandwidth"`
	// Reset is the share of requests whose connection (or HTTP/2 stream) is reset, 0…1; default 0.
	Reset fault.Reset `yaml:"reset"`
	// RSTStream resets HTTP/2 streams with a given error code.
	RSTStream fault.RSTStream `yaml:"rst_stream"`
	// RefusedStream refuses HTTP/2 streams as not processed.
	RefusedStream fault.RefusedStream `yaml:"refused_stream"`
	// Goaway closes the connection after the answer.
	Goaway fault.Goaway `yaml:"goaway"`
	// Truncate sends only the first part of the body.
	Truncate fault.Truncate `yaml:"truncate"`
	// TruncateStream drops the last events of a stream.
	TruncateStream fault.TruncateStream `yaml:"truncate_stream"`
	// StreamError ends a stream early with an error event.
	StreamError fault.StreamError `yaml:"stream_error"`
	// Malformed sends invalid JSON.
	Malformed fault.Malformed `yaml:"malformed"`
	// ContentType declares a wrong Content-Type.
	ContentType fault.ContentType `yaml:"content_type"`
	// ContentLength declares a wrong Content-Length.
	ContentLength fault.ContentLength `yaml:"content_length"`
	// Duplicate sends the answer twice.
	Duplicate fault.Duplicate `yaml:"duplicate"`
}

// faultNames returns the names that the ledger counts: the keys of Faults, and limit and
// queue for refusals by a limit and by a full queue.
func faultNames() []string {
	return append([]string{"limit", "queue"}, requestableFaults()...)
}

// requestableFaults returns the names by which a request can ask for a fault: the keys of Faults.
func requestableFaults() (names []string) {
	for _, key := range (Faults{}).keys() {
		names = append(names, key.name)
	}
	return names
}

// checkRequested refuses a request that asks for a fault that the mock does not have: a
// misspelt one would otherwise go unnoticed.
func checkRequested(names []string) error {
	if len(names) == 0 {
		return nil
	}
	known := requestableFaults()
	for _, name := range names {
		if name == "" || slices.Contains(known, name) || fault.IsErrorName(name) {
			continue
		}
		return &refusal{
			status:  http.StatusBadRequest,
			message: fmt.Sprintf("%s: unknown fault %.40q: expected one or more of %s, or errors.STATUS such as errors.503", FaultHeader, name, strings.Join(known, ", ")),
		}
	}
	return nil
}

// faultKey is the config key of a fault.
type faultKey struct {
	name     string
	validate func() error
}

func (f Faults) keys() []faultKey {
	return []faultKey{
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

// Validate checks what the tags of single fields cannot express.
func (f Faults) Validate() error {
	var invalid []error
	for _, key := range f.keys() {
		if err := key.validate(); err != nil {
			invalid = append(invalid, fmt.Errorf("faults.%s: %w", key.name, err))
		}
	}
	return errors.Join(invalid...)
}

// replyFault is a fault that changes an answer, or replaces it by a reset.
type replyFault struct {
	trigger fault.Trigger
	apply   func(*fault.Reply, fault.Draw)
}

// faults are the faults of a setup, with their random sources.
type faults struct {
	config               Faults
	outage, delay, stall fault.Trigger
	errors               fault.ErrorPicker
	items                fault.ItemPicker
	failFirst            *fault.Countdown
	// noAnswer lists the faults that leave no answer and so apply before authentication, onAnswer
	// the faults that change the answer.
	noAnswer, onAnswer replyFaults
}

// replyFaults are faults in the order in which they apply.
type replyFaults struct {
	all []replyFault
	// withShare lists the faults that may hit requests that did not ask for them. It is usually
	// empty, and every request checks it.
	withShare []replyFault
}

func (s *replyFaults) add(one replyFault) {
	s.all = append(s.all, one)
	if one.trigger.HasShare() {
		s.withShare = append(s.withShare, one)
	}
}

// candidates returns the faults that may hit a request.
func (s *replyFaults) candidates(m fault.Moment) []replyFault {
	if len(m.Requested) > 0 {
		return s.all
	}
	return s.withShare
}

// newFaults returns the faults that c configures. Those on the answer are in this order:
// faults of its content, its header, its timing, its end.
func newFaults(seed uint64, c Faults) faults {
	trigger := func(name string, when fault.When) fault.Trigger { return fault.NewTrigger(seed, name, when) }
	f := faults{
		config:    c,
		outage:    c.Outage.Trigger(seed),
		delay:     trigger("delay", c.Delay.When),
		stall:     c.Stall.Trigger(seed),
		errors:    fault.NewErrorPicker(seed, c.Errors),
		items:     c.ItemErrors.Picker(seed),
		failFirst: c.FailFirst.Countdown(seed),
	}
	for _, change := range []replyFault{
		{trigger("stream_error", c.StreamError.When), c.StreamError.Apply},
		{trigger("truncate_stream", c.TruncateStream.When), c.TruncateStream.Apply},
		{trigger("malformed", c.Malformed.When), c.Malformed.Apply},
		{trigger("duplicate", c.Duplicate.When), c.Duplicate.Apply},
		{trigger("truncate", c.Truncate.When), c.Truncate.Apply},
		{trigger("content_type", c.ContentType.When), c.ContentType.Apply},
		{trigger("content_length", c.ContentLength.When), c.ContentLength.Apply},
		{trigger("slow_first_byte", c.SlowFirstByte.When), c.SlowFirstByte.Apply},
		{trigger("slow_body", c.SlowBody.When), c.SlowBody.Apply},
		{trigger("bandwidth", c.Bandwidth.When), c.Bandwidth.Apply},
		{trigger("goaway", c.Goaway.When), c.Goaway.Apply},
	} {
		f.onAnswer.add(change)
	}
	for _, reset := range []replyFault{
		{trigger("reset", c.Reset.When), c.Reset.Apply},
		{trigger("rst_stream", c.RSTStream.When), c.RSTStream.Apply},
		{trigger("refused_stream", c.RefusedStream.When), c.RefusedStream.Apply},
	} {
		if reset.leavesNoAnswer() {
			f.noAnswer.add(reset)
		} else {
			f.onAnswer.add(reset)
		}
	}
	return f
}

// leavesNoAnswer reports whether the fault leaves nothing of an answer.
func (s replyFault) leavesNoAnswer() bool { return s.emptyReply().Status == 0 }

// emptyReply returns what the fault makes of an empty reply.
func (s replyFault) emptyReply() *fault.Reply {
	reply := &fault.Reply{Status: http.StatusOK}
	s.apply(reply, s.trigger.Draw(fault.Moment{}))
	return reply
}

// injectEarlyFaults applies the faults that come before authentication.
func (s *Server) injectEarlyFaults(x *exchange) error {
	f := &x.setup.faults
	if f.outage.Hits(x.moment) {
		x.entry.AddFault("outage", 1)
		if status := f.config.Outage.Status; status != 0 {
			return injectedRefusal(status)
		}
		return &drop{&fault.Reply{}}
	}
	for _, reset := range f.noAnswer.candidates(x.moment) {
		if reset.trigger.Hits(x.moment) {
			reply := reset.emptyReply()
			noteInjected(x, reply)
			return &drop{reply}
		}
	}
	if f.failFirst.Fails(x.moment) {
		x.entry.AddFault("fail_first", 1)
		return injectedRefusal(f.config.FailFirst.Status)
	}
	return nil
}

// injectedError returns the refusal by the fault errors, nil if it does not hit.
func (f *faults) injectedError(x *exchange) *refusal {
	status, one := f.errors.Pick(x.moment)
	if status == 0 {
		return nil
	}
	x.entry.AddFault("errors", 1)
	refused := injectedRefusal(status)
	refused.header = one.Headers
	if one.Body != "" {
		refused.body = []byte(one.Body)
	}
	return refused
}

// injectedRefusal returns a refusal whose only reason is a fault.
func injectedRefusal(status int) *refusal {
	return &refusal{status: status, message: "injected: " + cmp.Or(http.StatusText(status), strconv.Itoa(status))}
}

// applyTo applies the faults that hit the exchange to its reply.
func (f *faults) applyTo(x *exchange, reply *fault.Reply) {
	for _, s := range f.onAnswer.candidates(x.moment) {
		if s.trigger.Hits(x.moment) {
			s.apply(reply, s.trigger.Draw(x.moment))
		}
	}
	noteInjected(x, reply)
}

// noteInjected adds the faults that changed a reply to the ledger entry.
func noteInjected(x *exchange, reply *fault.Reply) {
	for _, name := range reply.Injected {
		x.entry.AddFault(name, 1)
	}
}
