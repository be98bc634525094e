package budget

import (
	"math"
	"net/http"
	"sync"

	"weighbridge/target"
	"weighbridge/target/prices"
)

// Meter reserves the attempts of one arm. It is safe for concurrent use; a nil Meter refuses
// nothing and counts nothing.
type Meter struct {
	account *Account
	arm     Arm

	mu sync.Mutex
	// perByte is the most input tokens per byte of a request body that answers have shown, mostOutput
	// the most output tokens per prompt of an attempt that had more than it asked for; output is the
	// sum over answered prompts.
	perByte         float64
	mostOutput      uint64
	output, answers uint64
}

// Arm is what is known of an arm's attempts before they are sent.
type Arm struct {
	// MaxOutput is how many output tokens a prompt asks for at most.
	MaxOutput uint64
	// Asks is how many output tokens a prompt asks for whose request sends so many max_tokens; nil
	// says that every prompt asks for MaxOutput.
	Asks func(maxTokens int) uint64
	// Expected reserves the mean output of the answers so far, once there are some, in place of
	// MaxOutput.
	Expected bool
	// Price is the model's; nil if it is unknown, and then attempts cost nothing.
	Price *prices.Price
}

const (
	// firstPerByte is the input tokens per byte of a request's body before answers show more: texts
	// in English have a quarter of a token per byte, code and other scripts a third.
	firstPerByte = 1.0 / 3
	// fewestAnswers is the number of answered prompts on which the mean output may rest.
	fewestAnswers = 10
)

// InputTokens is how many input tokens are reserved for a body of so many bytes before any answer
// tells.
func InputTokens(body int64) uint64 { return uint64(math.Ceil(firstPerByte * float64(max(body, 0)))) }

// Meter returns the meter of an arm.
func (a *Account) Meter(arm Arm) *Meter {
	return &Meter{account: a, arm: arm, perByte: firstPerByte}
}

// Ask is what an attempt asks for, with a body of so many bytes. MaxTokens is how many output tokens
// each of its prompts asks for; 0 if that is not known.
type Ask struct {
	Prompts   int
	MaxTokens int
	Body      int64
}

// Reservation is one attempt that may leave.
type Reservation struct {
	meter   *Meter
	amount  Amount
	prompts uint64
	body    int64
	asked   uint64 // output tokens, by each prompt
}

// Reserve reserves an attempt. The error is Exhausted if it would exceed a limit: then it must not
// be sent.
func (m *Meter) Reserve(a Ask) (*Reservation, error) {
	if m == nil {
		return nil, nil
	}
	r := &Reservation{meter: m, prompts: uint64(a.Prompts), body: max(a.Body, 0), asked: m.arm.asked(a.MaxTokens)}
	r.amount = m.estimate(r)
	if err := m.account.reserve(r.amount); err != nil {
		return nil, err
	}
	return r, nil
}

// asked is how many output tokens a prompt asks for.
func (a Arm) asked(maxTokens int) uint64 {
	if a.Asks == nil || maxTokens <= 0 {
		return a.MaxOutput
	}
	return a.Asks(maxTokens)
}

// Expect returns the tokens that an attempt may use.
func (m *Meter) Expect(a Ask) (input, output uint64) {
	if m == nil {
		return 0, 0
	}
	of := m.estimate(&Reservation{prompts: uint64(a.Prompts), body: max(a.Body, 0), asked: m.arm.asked(a.MaxTokens)})
	return of.InputTokens, of.OutputTokens
}

// estimate is what an attempt uses up at most or, with Expected, about.
func (m *Meter) estimate(r *Reservation) Amount {
	m.mu.Lock()
	defer m.mu.Unlock()
	output := max(r.asked, m.mostOutput)
	if m.arm.Expected && m.answers >= fewestAnswers {
		output = (m.output + m.answers - 1) / m.answers
	}
	return m.amount(1, r.prompts, uint64(math.Ceil(m.perByte*float64(r.body))), output*r.prompts)
}

// amount is some tokens with the highest price that they may have.
func (m *Meter) amount(requests, prompts, input, output uint64) Amount {
	a := Amount{Requests: requests, Prompts: prompts, InputTokens: input, OutputTokens: output}
	if m.arm.Price != nil {
		a.Cost = m.arm.Price.Most(input, output)
	}
	return a
}

// Again reserves that the attempt is sent once more, because the server has not processed it.
func (r *Reservation) Again() error {
	if r == nil {
		return nil
	}
	once := Amount{Requests: 1, Prompts: r.prompts}
	if err := r.meter.account.reserve(once); err != nil {
		return err
	}
	r.amount = r.amount.plus(once)
	return nil
}

// Release gives a reservation back, for an attempt that was not sent.
func (r *Reservation) Release() {
	if r != nil {
		r.meter.account.settle(r.amount, Amount{}, Amount{})
	}
}

// Settle replaces the reservation by what the answer reports; status is 0 if there was none. An
// attempt that never had a connection used no tokens, and neither did one that was refused before
// any work: with a status 4xx, 503 or 529. Anything else that is not reported is settled as it was
// reserved.
func (r *Reservation) Settle(connected bool, status int, o target.Outcome) {
	if r == nil {
		return
	}
	used, assumed := r.amount, Amount{}
	used.InputTokens, used.OutputTokens, used.Cost = 0, 0, 0
	free := !connected || status >= http.StatusBadRequest && status < http.StatusInternalServerError ||
		status == http.StatusServiceUnavailable || status == target.StatusOverloaded
	outputKnown := o.OutputByPrompt != nil
	if !free || o.InputKnown || outputKnown {
		used.InputTokens, used.OutputTokens = o.InputTokens, o.OutputTokens
		if !o.InputKnown {
			used.InputTokens, assumed.InputTokens = r.amount.InputTokens, r.amount.InputTokens
		}
		if !outputKnown {
			used.OutputTokens, assumed.OutputTokens = r.amount.OutputTokens, r.amount.OutputTokens
		}
		r.meter.price(&used, &assumed, o)
		r.meter.learn(r, o)
	}
	r.meter.account.settle(r.amount, used, assumed)
}

// price sets the cost of what an attempt used: of what is reported by its kind, of the rest the
// most that it may be.
func (m *Meter) price(used, assumed *Amount, o target.Outcome) {
	p := m.arm.Price
	if p == nil {
		return
	}
	assumed.Cost = p.Most(assumed.InputTokens, assumed.OutputTokens)
	billed := prices.Tokens{Input: o.InputTokens, Output: o.OutputTokens, CacheWrite: o.CacheWriteTokens}
	if o.CachedTokens != nil {
		billed.CacheRead = *o.CachedTokens
	}
	used.Cost = assumed.Cost + p.Cost(billed)
}

// learn takes the estimates of the next attempts from what an answer reports.
func (m *Meter) learn(r *Reservation, o target.Outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o.InputKnown && r.body > 0 {
		m.perByte = max(m.perByte, float64(o.InputTokens)/float64(r.body))
	}
	sum, answers := uint64(0), uint64(len(o.OutputByPrompt))
	for _, output := range o.OutputByPrompt {
		sum += output
	}
	m.output += sum
	m.answers += answers
	if sum > r.asked*answers {
		m.mostOutput = max(m.mostOutput, (sum+answers-1)/answers)
	}
}
