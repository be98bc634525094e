package main

import (
	"github.com/spf13/cobra"

	"weighbridge/scenarios"
)

// runFlags are the flags of run.
type runFlags struct {
	changes scenarios.Changes
	budget  string
	quick   bool
	out     string
	force   bool
	format  string
	hits    string
	like    string
	dryRun  bool
	yes     bool
	// unasked says that requests to other hosts are refused, because nobody can be asked.
	unasked bool
	// noBudget allows requests to other hosts without a budget.
	noBudget bool
	// allowHosts are the values of --allow-host.
	allowHosts []string
	gate       bool
	gating     gateFlags
	live       liveFlags
}

func newRun(s stdio) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [SCENARIO…]",
		Short: "Measure scenarios: every arm, side by side",
		Long: `Measure a scenario and write its record, report and plots to a folder.

SCENARIO is a name from the catalog (see weighbridge list) or a YAML file; without one it is matrix.
Several scenarios are all checked before the first is measured, and each is written to a folder of its name.
Progress goes to stderr; stdout gets only the table or the format asked for.

After each slice the run waits for outstanding answers, at most load.drain (default: client.timeout). Requests that
are still open then are cut off: they do not count as errors, but more than 1% of them in a slice make the run invalid.

A run that reaches its budget (--budget, or budget in the scenario) ends with exit code 3 and keeps its record. Each
attempt is reserved before it leaves, including retries and the warm-up.

Hosts off loopback need --allow-host. Before anything is sent to one, run says what it will send and asks for
confirmation; --yes skips the question, and is required without a terminal. --dry-run prints all that a run would send,
and sends nothing.

A run that is interrupted, or in which something fails after the first complete block, ends with exit code 3
and a record of what was measured, marked incomplete.`,
		Example: `  weighbridge run
  weighbridge run http1-vs-http2 --quick
  weighbridge run my.yaml --hits hits.csv.gz
  weighbridge run my.yaml replay-window --quick --out results/both
  weighbridge run my.yaml --set load.open.rate=200 --out results/wednesday --format json
  weighbridge run my.yaml --budget requests=100000 --out results/thursday
  weighbridge run my.yaml --out results/tuesday --force
  weighbridge run my.yaml --dry-run
  weighbridge run --like results/wednesday --out results/again
  weighbridge run --watch --prometheus 127.0.0.1:9464 --out results/watched
  weighbridge run --serve 127.0.0.1:8080 --out results/served
  weighbridge run my.yaml --allow-host api.example.com --budget requests=1000 --yes`,
		RunE: func(cmd *cobra.Command, args []string) error { return runScenarios(cmd.Context(), s, f, args) },
	}
	addChanges(cmd, &f.changes)
	cmd.Flags().StringVar(&f.budget, "budget", "", "end the run before it uses more than `KEY=NUMBER`, or several separated by commas; the keys are requests, prompts, input_tokens, output_tokens and usd")
	cmd.Flags().BoolVar(&f.quick, "quick", false, "3 short blocks, under 20 s for eight arms: only indicative")
	cmd.Flags().StringVar(&f.out, "out", "", "the `DIR` to write to; with several scenarios, DIR/<scenario> (default results/<scenario>-<UTC time>)")
	cmd.Flags().BoolVar(&f.force, "force", false, "overwrite the record that --out holds")
	cmd.Flags().StringVar(&f.format, "format", "table", "the `FORMAT` to print: table, markdown, json or csv")
	cmd.Flags().StringVar(&f.hits, "hits", "", "write every hit to `FILE`, which ends in .csv, .jsonl or .gob (vegeta's format), optionally followed by .gz; with several scenarios, -<scenario> is inserted before the extension")
	cmd.Flags().StringVar(&f.like, "like", "", "repeat the run of `RECORD` with its scenario, seed and changes; report what is different now, and compare both runs at the end")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "print what would be sent, how long it would take and what it would cost, expected and at most, as table or json; send nothing")
	addAllowHost(cmd, &f.allowHosts)
	addYes(cmd, &f.yes)
	cmd.Flags().StringVar(&f.live.prometheus, "prometheus", "", "serve metrics for Prometheus at http://`ADDR`/metrics while the run is on; ADDR is host:port on loopback")
	cmd.Flags().DurationVar(&f.live.linger, "prometheus-linger", 0, "after the run, keep serving until the metrics have been read once more, for at most `DURATION`")
	cmd.Flags().BoolVar(&f.live.watch, "watch", false, "serve a live page of the run on loopback, at the address of --prometheus if given")
	cmd.Flags().StringVar(&f.live.serve, "serve", "", "serve the live page at http://`ADDR`/; ADDR is host:port on loopback")
	cmd.Flags().BoolVar(&f.gate, "gate", false, "exit with the code of the verdict: 10 regression, 11 inconclusive, 12 invalid")
	addGateFlags(cmd, &f.gating)
	return cmd
}

// addAllowHost adds --allow-host to a verb that sends requests.
func addAllowHost(cmd *cobra.Command, values *[]string) {
	cmd.Flags().StringArrayVar(values, "allow-host", nil, "allow requests and credentials to be sent to `HOST[:PORT]` off loopback; repeatable: each target, token endpoint and proxy needs one")
}

// runFormats returns the formats of run; report has more.
func runFormats() []string { return []string{"table", "markdown", "json", "csv"} }

// check checks the flags that need nothing else to be read.
func (f runFlags) check() error {
	formats := runFormats()
	if f.dryRun {
		formats = dryFormats()
	}
	if err := checkFormat(f.format, formats); err != nil {
		return err
	}
	if g := f.gating; !f.gate && (g.junit != "" || g.summary != "" || g.allowInconclusive) {
		return usagef("--junit, --summary and --allow-inconclusive: expected --gate as well")
	}
	return checkHits(f.hits)
}

// addBudget adds --budget to the changes.
func (f *runFlags) addBudget() error {
	if f.budget == "" {
		return nil
	}
	sets, err := scenarios.BudgetSets(f.budget)
	if err != nil {
		return err
	}
	f.changes.Set = append(f.changes.Set, sets...)
	return nil
}
