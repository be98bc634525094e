package main

import (
	"fmt"
	"strings"
	"time"

	"weighbridge/bench/doctor"
	"weighbridge/reports/format"
)

// reportText is a doctor's report for people.
func reportText(r *doctor.Report) string {
	var b strings.Builder
	for _, arm := range r.Arms {
		fmt.Fprintf(&b, "%s → %s\n", arm.Arm, arm.Server)
		for _, line := range armLines(arm) {
			fmt.Fprintf(&b, "  %-11s %s\n", line[0], line[1])
		}
		b.WriteString("\n")
	}
	findings := func(heading string, list []doctor.Finding) {
		if len(list) == 0 {
			return
		}
		fmt.Fprintf(&b, "%s\n", heading)
		for _, f := range list {
			const named = 3 // at most
			who := strings.Join(f.Arms[:min(len(f.Arms), named)], ", ") + ": "
			switch {
			case len(f.Arms) == 0, len(f.Arms) == len(r.Arms):
				who = ""
			case len(f.Arms) > named:
				who = fmt.Sprintf("%d of %d arms, the first of them %s: ", len(f.Arms), len(r.Arms), f.Arms[0])
			}
			fmt.Fprintf(&b, "  %s%s\n", who, f.Says)
		}
	}
	findings("What would go wrong:", r.Problems)
	findings("What may go wrong:", r.Doubts)
	if len(r.Problems)+len(r.Doubts) == 0 {
		b.WriteString("Nothing was found that would go wrong.\n")
	}
	return b.String()
}

// armLines are the lines on one arm: what was looked at, and what was seen.
func armLines(a doctor.Arm) (lines [][2]string) {
	add := func(what, seen string) {
		if seen != "" {
			lines = append(lines, [2]string{what, seen})
		}
	}
	add("proxy", a.Proxy)
	if d := a.DNS; d != nil {
		add("DNS", fmt.Sprintf("%s is %s (%s)", d.Host, strings.Join(d.Addresses, ", "), ms(d.TookMS)))
	}
	if c := a.Connect; c != nil {
		add("connect", fmt.Sprintf("%s in %s", c.Address, ms(c.TookMS)))
	}
	if t := a.TLS; t != nil {
		add("TLS", tlsText(*t))
	}
	if r := a.Response; r != nil {
		add("protocol", r.Protocol)
	}
	add("credential", credentialText(a.Credential))
	if c := a.Clock; c != nil {
		add("clock", clockText(*c))
	}
	for _, l := range a.Limits {
		add("limit", limitText(l))
	}
	if r := a.Response; r != nil {
		add("answer", fmt.Sprintf("%d in %s", r.Status, ms(r.ServiceMS)))
	}
	if m := a.Model; m != nil {
		add("model", modelText(*m))
	}
	if o := a.Output; o != nil && (o.Asked != nil || o.Finish != "") {
		add("max_tokens", outputText(*o, a.Response.OutputTokens))
	}
	if r := a.Response; r != nil && r.Class == "" && a.Output != nil {
		add("usage", usageText(*r))
	}
	if s := a.Stream; s != nil {
		add("stream", streamText(*s))
	}
	if a.Failed != "" {
		add("failed", a.Failed+": "+a.Error)
	}
	return lines
}

func ms(v float64) string { return format.Millis(v) + " ms" }

func tlsText(t doctor.TLS) string {
	text := fmt.Sprintf("%s, certificate of %s by %s, valid for %.0f more days", t.Version, t.Subject, t.Issuer, t.DaysLeft)
	switch {
	case t.DaysLeft < 0:
		text = fmt.Sprintf("%s, certificate of %s by %s, expired %s", t.Version, t.Subject, t.Issuer, t.NotAfter.Format(time.DateTime))
	case t.DaysLeft < 2:
		text = fmt.Sprintf("%s, certificate of %s by %s, valid for %.1f more hours", t.Version, t.Subject, t.Issuer, t.DaysLeft*24)
	}
	if t.SelfSigned {
		text += ", self-signed"
	}
	if !t.Verified {
		text += ", NOT verified"
	}
	return text
}

func credentialText(c doctor.Credential) string {
	if c.Scheme == "none" {
		return "none"
	}
	text := c.Scheme
	if c.TookMS != nil {
		text += ", obtained in " + ms(*c.TookMS)
		if c.Requests > 0 {
			text += " from " + c.Endpoint
		}
	}
	if c.LifeMS != nil {
		text += ", valid for " + millisText(*c.LifeMS)
	}
	switch {
	case c.Accepted == nil:
		return text + ", not known whether it is accepted"
	case *c.Accepted:
		return text + ", accepted"
	}
	return text + ", REFUSED"
}

func clockText(c doctor.Clock) string {
	side := "ahead of"
	if c.OffsetMS < 0 {
		side = "behind"
	}
	size := max(c.OffsetMS, -c.OffsetMS)
	if size <= c.ErrorMS {
		return fmt.Sprintf("the same as this machine's, to within %s", millisText(size+c.ErrorMS))
	}
	return fmt.Sprintf("%s %s this machine's, ± %s", millisText(size), side, millisText(c.ErrorMS))
}

func limitText(l doctor.Limit) string {
	text := l.Name + ": "
	switch {
	case l.Limit == nil:
		text += format.Count(*l.Remaining) + " left"
	case l.Remaining == nil:
		text += format.Count(*l.Limit)
	default:
		text += format.Count(*l.Remaining) + " of " + format.Count(*l.Limit) + " left"
	}
	if l.ResetMS != nil {
		text += ", whole again in " + millisText(*l.ResetMS)
	}
	return text
}

func modelText(m doctor.Model) string {
	switch {
	case m.Found != nil && !*m.Found:
		return m.Asked + " is NOT found"
	case m.Answered == "":
		return m.Asked
	}
	return fmt.Sprintf("%s (asked for %s)", m.Answered, m.Asked)
}

func outputText(o doctor.Output, tokens *uint64) string {
	var text string
	switch {
	case o.Asked == nil:
		text = "not asked for"
	case o.Honoured == nil:
		text = fmt.Sprintf("%d asked for; the answer does not report how many it has", *o.Asked)
	case *o.Honoured:
		text = fmt.Sprintf("honoured, %d of %d", *tokens, *o.Asked)
	default:
		text = fmt.Sprintf("NOT honoured, %d of %d", *tokens, *o.Asked)
	}
	if o.Finish != "" {
		text += ", finish reason " + o.Finish
	}
	return text
}

func usageText(r doctor.Response) string {
	of := func(n *uint64) string {
		if n == nil {
			return "unknown"
		}
		return format.Count(*n)
	}
	if r.InputTokens == nil && r.OutputTokens == nil {
		return "not reported"
	}
	return fmt.Sprintf("%s input and %s output tokens", of(r.InputTokens), of(r.OutputTokens))
}

func streamText(s doctor.Stream) string {
	switch {
	case s.Pieces == 0:
		return "no output"
	case s.Pieces == 1:
		return fmt.Sprintf("1 piece, after %s", ms(*s.FirstMS))
	}
	return fmt.Sprintf("%d pieces, the first after %s, the last %s later", s.Pieces, ms(*s.FirstMS), ms(*s.SpreadMS))
}
