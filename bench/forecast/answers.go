package forecast

import (
	"fmt"
	"math"
	"net/http"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/schedule"
	"weighbridge/target/cache"
	"weighbridge/target/transport"
)

// forgetAnswers empties the client's cache, as a new server does.
func (a *armForecaster) forgetAnswers() {
	if c := a.arm.Client.Cache; c.Entries > 0 {
		a.answers = cache.New[struct{}](c.Entries, c.TTL, false)
	}
}

// find reports whether the client's cache answers a request that is due so long after the first block
// began, if each is answered at once. Those of conversations are taken not to be found: what they say
// depends on answers.
func (a *armForecaster) find(prompts []schedule.Prompt, due time.Duration) (bool, error) {
	if a.answers == nil || prompts[0].Conversation != nil {
		return false, nil
	}
	content := attack.Content(a.arm.Target, prompts)
	req, err := a.built(&content)
	if err != nil {
		return false, err
	}
	key, err := cache.KeyOf(req)
	if err != nil {
		return false, err
	}
	now := time.Time{}.Add(due)
	if found, _ := a.answers.Find(key, now); found != nil {
		return true, nil
	}
	a.answers.Keep(key, struct{}{}, now)
	return false, nil
}

func (a *armForecaster) built(content *transport.Request) (*http.Request, error) {
	req, err := transport.NewRequest(a.dialect, a.base, content)
	if err != nil {
		return nil, fmt.Errorf("build the request: %w", err)
	}
	return req, nil
}

// retried adds the most retries that requests may take: each takes all its attempts, but all together
// take no more than the retry budget allows. A request whose credential is refused, and can be renewed,
// is tried again at once.
func (a *armForecaster) retried(d drawn) drawn {
	r, each := a.arm.Client.Retry, 0.0
	if r.Policy != "none" && r.Policy != "" {
		each = float64(max(r.Attempts, 1) - 1)
	}
	if requests := float64(d.requests); r.Budget.Share > 0 && requests > 0 {
		each = min(each, math.Floor(r.Budget.Share*requests+math.Max(float64(r.Budget.Burst), 1))/requests)
	}
	if scheme := a.arm.Target.Auth.Scheme; scheme != "none" && scheme != "apikey" {
		each++
	}
	return d.scaledBy(1 + each)
}
