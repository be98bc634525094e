package doctor

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"math"
	"net/http"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
	"weighbridge/bench/schedule"
	"weighbridge/target"
	"weighbridge/target/budget"
	"weighbridge/target/limits"
	"weighbridge/target/prices"
	"weighbridge/target/transport"
)

// What keeps the request cheap.
const (
	// maxTokens is the most output tokens that it asks for: OpenAI's Responses refuses fewer.
	maxTokens = 16
	// maxCharacters is where its prompts are cut, and maxPrompts how many there are of a batch.
	maxCharacters = 400
	maxPrompts    = 2
)

// examination is the examination of one arm.
type examination struct {
	arm     *attack.Arm
	way     attack.Way
	now     func() time.Time
	secrets *target.Redactor
	seen    Arm
	// header and body are the response's; nil if there was none.
	header http.Header
	body   []byte
}

// limit reserves the arm's attempts in an account.
func (e *examination) limit(account *budget.Account, price *prices.Price) {
	content := e.content()
	asked, known := e.arm.Target.AskedTokens(content.MaxTokens)
	if !known {
		asked = uint64(content.MaxTokens)
	}
	e.arm.Limit(account.Meter(budget.Arm{MaxOutput: asked * e.arm.Target.Choices(), Price: price}))
}

// content is what the request sends: prompts of the arm, cut short.
func (e *examination) content() transport.Request {
	prompts := e.way.Work.Sample(phase, min(e.arm.Target.Batch.Size, maxPrompts))
	for i := range prompts {
		prompts[i] = cheaper(prompts[i], e.arm.Target.Dialect)
	}
	r := attack.Content(e.arm.Target, prompts)
	r.Phase = phase
	return r
}

func cheaper(p schedule.Prompt, dialect string) schedule.Prompt {
	p.MaxTokens = min(p.MaxTokens, maxTokens)
	if text := []rune(p.Text); dialect != "http" && len(text) > maxCharacters { // a body of another API may need all of it
		p.Text = string(text[:maxCharacters])
	}
	return p
}

// asWritten is the server of a URL, with the host as the scenario names it.
func asWritten(text string) string {
	u, err := target.ParseURL(text)
	if err != nil {
		return target.ServerOf(text)
	}
	return u.Scheme + "://" + u.Host
}

// examine goes the way of a request, stage by stage, up to the first that fails.
func (e *examination) examine(ctx context.Context) Arm {
	cfg := e.arm.Target
	e.seen = Arm{Arm: e.arm.Name, Server: target.Mock, Credential: Credential{Scheme: cfg.Auth.Scheme}, Limits: []Limit{}}
	if !e.way.Mocked {
		e.seen.Server = asWritten(cfg.URL)
	}
	if e.open(ctx) && e.authorize(ctx) {
		e.request(ctx)
	}
	e.seen.Error = reasons.OneLine(e.secrets.Redact(e.seen.Error))
	return e.seen
}

// fail notes the stage that failed, and why.
func (e *examination) fail(stage string, err error) bool {
	e.seen.Failed, e.seen.Error = stage, err.Error()
	return false
}

// open opens a connection.
func (e *examination) open(ctx context.Context) bool {
	o, err := e.way.Connections.Examine(ctx, e.way.Base)
	e.seen.Proxy = o.Proxy
	if o.Addresses != nil {
		e.seen.DNS = &DNS{Host: o.Host, TookMS: record.Milliseconds(o.Lookup)}
		for _, address := range o.Addresses {
			e.seen.DNS.Addresses = append(e.seen.DNS.Addresses, address.String())
		}
	}
	if o.Address != "" {
		e.seen.Connect = &Connect{o.Address, record.Milliseconds(o.Connect)}
	}
	if o.TLS != nil && len(o.TLS.PeerCertificates) > 0 {
		e.seen.TLS = tlsOf(o, e.now())
		e.seen.TLS.Verified = e.seen.TLS.Verified && !e.arm.Client.TLS.Insecure
	}
	if err != nil {
		return e.fail(o.Failed, err)
	}
	return true
}

func tlsOf(o transport.Opening, now time.Time) *TLS {
	cert := o.TLS.PeerCertificates[0]
	return &TLS{
		Version: tls.VersionName(o.TLS.Version), ALPN: o.TLS.NegotiatedProtocol, TookMS: record.Milliseconds(o.Handshake),
		Subject: cmp.Or(cert.Subject.String(), "no name"), Issuer: cmp.Or(cert.Issuer.String(), "no name"),
		NotAfter: cert.NotAfter.UTC(), DaysLeft: cert.NotAfter.Sub(now).Hours() / 24,
		SelfSigned: cert.CheckSignatureFrom(cert) == nil || string(cert.RawIssuer) == string(cert.RawSubject), Verified: o.Failed == "",
	}
}

// authorize obtains the credential.
func (e *examination) authorize(ctx context.Context) bool {
	scheme := e.way.Scheme
	if scheme == nil {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, e.arm.Client.Timeout)
	defer cancel()
	header := http.Header{}
	err := scheme.Authorize(ctx, header)
	cost, c := scheme.Cost(), &e.seen.Credential
	if c.Requests = cost.Requests; c.Requests > 0 {
		c.Endpoint = target.MaskCredentials("target.auth.token_path", e.arm.Target.Auth.TokenPath)
	}
	if cost.Count > 0 {
		c.TookMS = new(record.Milliseconds(cost.Total))
	}
	if err != nil {
		return e.fail(stageCredential, err)
	}
	life := cost.Life
	if life == 0 {
		life = lifeOfJWT(header, e.now())
	}
	if life != 0 {
		c.LifeMS = new(record.Milliseconds(life))
	}
	return true
}

// request sends the request, and notes what its answer tells.
func (e *examination) request(ctx context.Context) {
	e.way.Client.Answered = func(h http.Header, body []byte) { e.header, e.body = h.Clone(), bytes.Clone(body) }
	r := e.content()
	x := e.way.Client.Do(ctx, r)
	out := x.Outcome
	e.seen.Credential.Accepted = accepted(e.way.Scheme != nil, x.Status, out)
	if len(x.Attempts) == 0 || x.Status == 0 {
		e.seen.Failed, e.seen.Error = stageRequest, out.Detail
		return
	}
	e.seen.Response = responseOf(x)
	e.seen.Response.Detail = reasons.OneLine(e.secrets.Redact(out.Detail))
	if out.Class != target.Success {
		e.seen.Failed, e.seen.Error = stageRequest, out.Detail
	}
	last := x.Attempts[len(x.Attempts)-1]
	e.seen.Clock = clockOf(e.header, x.Sent.Add(x.Connect), last.Heard)
	for _, l := range last.Limits {
		e.seen.Limits = append(e.seen.Limits, limitOf(l))
	}
	if wait, asked := limits.RetryAfter(e.header, last.Heard, last.Heard); asked {
		e.seen.Response.RetryAfterMS = new(record.Milliseconds(wait))
	}
	e.seen.Model = e.model(out)
	if out.Class != target.Success {
		return
	}
	if e.arm.Target.Dialect != "http" { // whose answers are not known to have tokens
		e.seen.Output = e.output(r, out)
	}
	if e.arm.Target.Stream {
		e.seen.Stream = streamOf(x, e.way.Mocked)
	}
}

func responseOf(x *transport.Exchange) *Response {
	out := x.Outcome
	r := &Response{Status: x.Status, Protocol: x.Protocol, ServiceMS: record.Milliseconds(x.Service - x.Connect), Class: string(out.Class), Page: out.Remarked(target.Page)}
	if out.InputKnown {
		r.InputTokens = new(out.InputTokens)
	}
	if out.OutputByPrompt != nil {
		r.OutputTokens = new(out.OutputTokens)
	}
	return r
}

// accepted tells from an answer whether the credential was accepted; nil if it does not say: a
// request may be refused for another reason before its credential is looked at.
func accepted(sent bool, status int, out target.Outcome) *bool {
	switch {
	case !sent:
		return nil
	case out.Class == target.Success, out.Fatal == target.FatalQuota, out.Fatal == target.FatalModel:
		return new(true)
	case status == http.StatusUnauthorized, out.Fatal == target.FatalCredential:
		return new(false)
	}
	return nil
}

// clockOf compares the server's clock with this machine's: the answer was dated between when the
// request was sent and when the answer was heard, and Date leaves out the fraction of a second. An
// answer from a cache (Age) was dated before, and tells nothing.
func clockOf(h http.Header, sent, heard time.Time) *Clock {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Age") != "" || sent.IsZero() || heard.Before(sent) {
		return nil
	}
	const fraction = time.Second / 2
	taken := heard.Sub(sent)
	offset := date.Add(fraction).Sub(sent.Add(taken / 2))
	return &Clock{OffsetMS: math.Round(record.Milliseconds(offset)), ErrorMS: math.Ceil(record.Milliseconds(fraction + taken/2))}
}
