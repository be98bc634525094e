package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weighbridge/bench"
	"weighbridge/bench/doctor"
	"weighbridge/bench/forecast"
	"weighbridge/bench/hosted"
	"weighbridge/bench/machine"
	"weighbridge/reports/format"
)

// doctorFormats returns the formats of doctor.
func doctorFormats() []string { return []string{"text", "json"} }

func newDoctor(s stdio) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "doctor SCENARIO",
		Short: "Send one cheap request per arm and say what would go wrong in a run",
		Long: `Send one cheap request for each arm of a scenario, one after another, and say what was seen on the way and what would go wrong
in a run. SCENARIO is a name from the catalog (see weighbridge list) or a YAML file.

It checks the DNS lookup, the connection, TLS and the certificate, the protocol, whether the credential is accepted, the
server's clock (from Date, so within half a second at best), the rate limits in the answer's headers, the latency, the
model, whether max_tokens was honoured, whether tokens are reported, and whether a stream arrives in pieces.

A request asks for at most 16 output tokens, its prompt is cut at 400 characters, and it is not retried. It counts
against the scenario's budget like any attempt. Hosts off loopback need --allow-host and a confirmation, as for run.

Exit codes: 0 no certain problem, 1 the run would go wrong, 2 wrong usage, 3 interrupted.`,
		Example: `  weighbridge doctor matrix
  weighbridge doctor my.yaml --format json
  weighbridge doctor my.yaml --allow-host api.example.com --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("doctor: expected one SCENARIO, found %d", len(args))
			}
			return examine(cmd.Context(), s, f, args[0])
		},
	}
	addChanges(cmd, &f.changes)
	cmd.Flags().StringVar(&f.budget, "budget", "", "the run's budget, which also limits these requests, as `KEY=NUMBER,…` with the keys requests, prompts, input_tokens, output_tokens and usd")
	cmd.Flags().StringVar(&f.format, "format", "text", "what to print: text or json")
	addAllowHost(cmd, &f.allowHosts)
	addYes(cmd, &f.yes)
	return cmd
}

// errWouldFail ends a doctor that found a problem, which it has printed.
var errWouldFail = errors.New("the run would go wrong")

// examine sends a request for each arm and prints what was seen.
func examine(ctx context.Context, s stdio, f runFlags, ref string) error {
	if err := checkFormat(f.format, doctorFormats()); err != nil {
		return err
	}
	if err := f.addBudget(); err != nil {
		return err
	}
	p, told, err := prepareDoctor(s, f, ref)
	if err != nil {
		return err
	}
	if !f.yes && len(told.Hosts) > 0 {
		if err := s.confirm(ctx, []string{fmt.Sprintf("doctor will send %d requests, one for each arm, to %s", len(told.Arms), strings.Join(told.Hosts, ", "))}); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	defer s.console.clearProgress()
	each := func(i int, arm string) {
		s.console.showProgress(fmt.Sprintf("arm %d of %d: %s", i+1, len(told.Arms), arm))
	}
	report, err := doctor.Examine(ctx, doctor.Options{Forecast: told, Each: each, FreeFiles: freeFiles(), Options: bench.Options{
		Scenario: p.scenario, Secrets: s.secrets, Allowed: p.allowed, UserAgent: userAgent(thisBuild()),
		Servers: &hosted.Mocks{Job: p.job, Command: []string{self, mockHostVerb}, Started: func(arm, url string) { s.console.verbosef("mock %s: %s", arm, url) }},
	}})
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("%w: there is no report", errInterrupted)
	case err != nil:
		return err
	}
	s.console.clearProgress()
	if f.format == "json" {
		err = s.writeIndented(report)
	} else {
		_, err = io.WriteString(s.out, s.secrets.Redact(reportText(report)))
	}
	if err != nil {
		return fmt.Errorf("print the %s: %w", f.format, err)
	}
	if report.Fails() {
		return errWouldFail
	}
	return nil
}

// freeFiles is how many more files this process may open; 0 if that is not known.
func freeFiles() uint64 {
	took := machine.NewProcess().Took()
	if took.FilesPeak == nil || *took.FilesPeak >= took.FilesLimit {
		return 0
	}
	return took.FilesLimit - *took.FilesPeak
}

// prepareDoctor reads and checks a scenario, and forecasts what its run will do.
func prepareDoctor(s stdio, f runFlags, ref string) (preparedRun, *forecast.Forecast, error) {
	runs, err := prepareRuns(runFlags{
		changes: f.changes, allowHosts: f.allowHosts, unasked: !f.yes && !s.asksFirst(), noBudget: true,
	}, []string{ref}, nil, gateSetup{})
	if err != nil {
		return preparedRun{}, nil, err
	}
	p := runs[0]
	told, err := forecast.New(p.scenario)
	if err != nil {
		return p, nil, err
	}
	if err := checkBudget(ref, p.scenario); err != nil {
		told.Warnings, told.EndsEarly = append(told.Warnings, "the run would be refused: "+err.Error()), true
	}
	return p, told, nil
}

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
