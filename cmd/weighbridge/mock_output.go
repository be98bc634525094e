package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/HdrHistogram/hdrhistogram-go"

	"weighbridge/mockserver"
	"weighbridge/mockserver/callback"
	"weighbridge/mockserver/ledger"
)

// printAddresses prints the mock's addresses and a curl command for each dialect.
func printAddresses(w io.Writer, info mockserver.Info, to callback.Delivery) error {
	arm := info.Arms[0]
	insecure := ""
	if strings.HasPrefix(arm.URL, "https:") {
		insecure = "-k "
	}
	curl := func(path, headers, body string) string {
		return fmt.Sprintf("curl -s %s%s%s -H 'Content-Type: application/json' %s -d '%s'", insecure, arm.URL, path, headers, body)
	}
	const messages = `"messages":[{"role":"user","content":"hello"}]`
	told := ""
	if to.URL != "" {
		told = fmt.Sprintf("callbacks go to %s, signed with %s\n", to.URL, to.Secret)
	}
	_, err := fmt.Fprintf(w, `API      %s
control  %s/_mock/
%s
# article
%s
# anthropic
%s
# openai
%s
# responses
%s
# OAuth; the client secret is in %s/_mock/credentials
curl -s %s%s/oauth2/token -d grant_type=client_credentials -d client_id=%s -d client_secret=…
curl -s %s -u %s:… -d token=…
# its ledger, and a change of settings for a minute
curl -s %s/_mock/ledger
curl -s -X PATCH '%s/_mock/settings?ttl=1m' -d '{"faults":{"reset":0.1}}'
`,
		arm.URL, info.Control, told,
		curl("/v1/completions", "-H 'X-Api-Key: any'", `{"prompt":"hello"}`),
		curl("/v1/messages", "-H 'X-Api-Key: any' -H 'anthropic-version: 2023-06-01'", `{"model":"mock-model","max_tokens":16,`+messages+`}`),
		curl("/v1/chat/completions", "-H 'Authorization: Bearer any'", `{"model":"mock-model",`+messages+`}`),
		curl("/v1/responses", "-H 'Authorization: Bearer any'", `{"model":"mock-model","input":"hello"}`),
		info.Control, insecure, arm.URL, arm.ClientID, arm.Introspection, arm.ClientID, info.Control, info.Control)
	return err
}

// printLedger prints a summary of the mock's ledger.
func printLedger(w io.Writer, host *mockserver.Host) error {
	snapshot, err := host.Ledger("mock")
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%d attempts, %d prompts, %d input and %d output tokens, %d token requests\n",
		snapshot.Attempts, snapshot.Prompts, snapshot.Tokens.Input, snapshot.Tokens.Output, snapshot.TokenRequests)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	if len(snapshot.Routes) > 0 {
		fmt.Fprintln(table, "p50 ms\tp99 ms\tattempts\t  route and statuses")
	}
	for _, name := range slices.Sorted(maps.Keys(snapshot.Routes)) {
		if err := routeLine(table, name, snapshot.Routes[name]); err != nil {
			return err
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	var dealt []string
	for _, name := range slices.Sorted(maps.Keys(snapshot.Faults)) {
		if n := snapshot.Faults[name]; n > 0 {
			dealt = append(dealt, fmt.Sprintf("%s %d", name, n))
		}
	}
	if len(dealt) > 0 {
		_, err = fmt.Fprintln(w, "faults dealt: "+strings.Join(dealt, ", "))
	}
	return err
}

func routeLine(w io.Writer, name string, route ledger.Route) error {
	served, err := hdrhistogram.Decode([]byte(route.Served)) // in µs
	if err != nil {
		return fmt.Errorf("route %s: %w", name, err)
	}
	var statuses []string
	for _, status := range slices.Sorted(maps.Keys(route.Statuses)) {
		statuses = append(statuses, fmt.Sprintf("%s×%d", status, route.Statuses[status]))
	}
	ms := func(q float64) string {
		if served.TotalCount() == 0 {
			return "–"
		}
		return fmt.Sprintf("%.2f", float64(served.ValueAtQuantile(q))/1000)
	}
	_, err = fmt.Fprintf(w, "%s\t%s\t%d\t  %s  %s\n", ms(50), ms(99), route.Attempts, name, strings.Join(statuses, " "))
	return err
}
