package main

import (
	"errors"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"weighbridge/scenarios/tree"
)

// streams are the standard ones, as parameters.
type streams struct {
	in       io.Reader
	out, err io.Writer
	// console is err, for what is not an error.
	console *console
}

// notBuilt are verbs and flags of the contract that are still to come: they are
// refused by name rather than as a misspelling.
func notBuilt() []string {
	return []string{
		"doctor", "claims",
		"--allow-host", "--budget", "--dry-run", "--yes", "--like", "--prometheus",
	}
}

// usage is the layout of --help, in our words for a command line's parts.
const usage = `Usage:
  {{if .HasAvailableSubCommands}}{{.CommandPath}} VERB [flags]{{else}}{{.UseLine}}{{end}}
{{- if .HasExample}}

Examples:
{{.Example}}{{end}}
{{- if .HasAvailableSubCommands}}

Verbs:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}

{{.CommandPath}} VERB --help says more of each.{{end}}
{{- if .HasAvailableFlags}}

Flags:
{{.Flags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`

func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "weighbridge",
		Short: "Measure an API under load, arm against arm, with figures that can be trusted",
		Long: `Weighbridge drives every arm of a scenario under the same load, against a real API
or a bundled mock, and says how the arms differ: TPS, latency percentiles, error rates,
each difference with its interval.

Exit codes: 0 done or pass, 1 could not run, 2 wrong usage, 3 interrupted with the record kept;
of a gate 10 regression, 11 inconclusive, 12 invalid.`,
		Example: `  weighbridge run                        # the scenario matrix: 8 arms against the mock
  weighbridge run matrix --quick         # the same in 15 s, indicative only
  weighbridge list                       # the scenarios that come with it`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownVerb(cmd, args[0])
		},
	}
	root.SetHelpCommand(&cobra.Command{Hidden: true, Use: "no-help"})
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(wrongFlag)
	root.SetUsageTemplate(usage)
	s.console = newConsole(s.err, os.Getenv)
	root.PersistentFlags().BoolVarP(&s.console.quiet, "quiet", "q", false, "no progress and no prose: what was asked for, and errors")
	root.PersistentFlags().BoolVarP(&s.console.verbose, "verbose", "v", false, "say more on stderr, such as each block's figures")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if s.console.quiet && s.console.verbose {
			return usagef("--quiet and --verbose: expected one of them")
		}
		return nil
	}
	root.AddCommand(newRun(s), newReport(s), newList(s), newShow(s), newValidate(s), newSchema(s), newVersion(s), newCompletion(s), newMock(s), newSelftest(s), newGate(s), newCompare(s), newBaseline(s), newMockHost(s))
	addCompletions(root)
	return root
}

// unknownVerb refuses a verb, with the one that was probably meant.
func unknownVerb(root *cobra.Command, verb string) error {
	if slices.Contains(notBuilt(), verb) {
		return usagef("%s is not built yet", verb)
	}
	var verbs []string
	for _, c := range root.Commands() {
		if !c.Hidden {
			verbs = append(verbs, c.Name())
		}
	}
	if near, ok := tree.Suggest(verb, verbs); ok {
		return usagef("unknown verb %q: did you mean %q?", verb, near)
	}
	return usagef("unknown verb %q: weighbridge --help lists them", verb)
}

// wrongFlag refuses a flag, with the one that was probably meant.
func wrongFlag(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usageError{err}
	}
	flag := "--" + unknown.GetSpecifiedName()
	if slices.Contains(notBuilt(), flag) {
		return usagef("%s is not built yet", flag)
	}
	var flags []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, "--"+f.Name) })
	if near, ok := tree.Suggest(flag, flags); ok {
		return usagef("unknown flag %s: did you mean %s?", flag, near)
	}
	return usagef("unknown flag %s: weighbridge %s --help lists them", flag, cmd.Name())
}

// atLeastOne refuses a call without arguments by the contract's exit code.
func atLeastOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("%s: expected at least one %s, found none", cmd.Name(), what)
		}
		return nil
	}
}

// none refuses any argument.
func none(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s: expected no argument, found %q", cmd.Name(), args[0])
	}
	return nil
}
