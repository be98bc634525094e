package main

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"text/template"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"weighbridge/scenarios/tree"
	"weighbridge/target"
)

// stdio is the standard input, output and error of a verb.
type stdio struct {
	in       io.Reader
	out, err io.Writer
	// console prints messages that are not errors to err.
	console *console
	// secrets are kept out of what is printed to err.
	secrets *target.Redactor
}

// usage is the template of --help.
const usage = `Usage:
  {{if .HasAvailableSubCommands}}{{.CommandPath}} VERB [flags]{{else}}{{.UseLine}}{{end}}
{{- if .HasExample}}

Examples:
{{.Example}}{{end}}
{{- if .HasAvailableSubCommands}}

Verbs:{{range .Commands}}{{if .IsAvailableCommand}}
  {{printf "%-*s" .NamePadding .Name}} {{.Short}}{{end}}{{end}}

{{.CommandPath}} VERB --help describes a verb.{{end}}
{{- if .HasAvailableFlags}}

Flags:
{{describe .Flags}}{{end}}
`

// printUsage prints the usage of a verb.
func printUsage(cmd *cobra.Command) error {
	t, err := template.New("usage").Funcs(template.FuncMap{"describe": describeFlags}).Parse(usage)
	if err != nil {
		return err
	}
	return t.Execute(cmd.OutOrStderr(), cmd)
}

// describeFlags lists flags as pflag does, but without the [=true|false] that it adds to every switch.
func describeFlags(flags *pflag.FlagSet) string {
	var listed pflag.FlagSet
	flags.VisitAll(func(f *pflag.Flag) {
		one := *f
		if f.Value.Type() == "bool" {
			one.Value = struct{ pflag.Value }{f.Value} // hides the method by which pflag knows a switch
		}
		listed.AddFlag(&one)
	})
	return strings.TrimRight(listed.FlagUsages(), "\n")
}

func newRoot(s stdio) *cobra.Command {
	root := &cobra.Command{
		Use:   "weighbridge",
		Short: "Measure an API under load, arm against arm, with figures that can be trusted",
		Long: `Weighbridge puts every arm of a scenario under the same load, against a real API or the
bundled mock, and reports how the arms differ: TPS, latency percentiles and error rates,
each difference with its confidence interval.

Exit codes: 0 done or pass, 1 could not run, 2 wrong usage, 3 interrupted or stopped, by a
failure or at the budget, with the record kept. A gate also has 10 regression,
11 inconclusive and 12 invalid.`,
		Example: `  weighbridge run                        # the scenario matrix: 8 arms against the mock
  weighbridge run matrix --quick         # the same in 15 s, only indicative
  weighbridge list                       # the built-in scenarios`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch version, err := cmd.Flags().GetBool("version"); {
			case err != nil:
				return err
			case len(args) > 0:
				return unknownVerb(cmd, args[0])
			case version:
				return printVersion(s.out)
			}
			return cmd.Help()
		},
	}
	root.Flags().Bool("version", false, "print the version, as the verb does")
	root.SetHelpCommand(newHelp())
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(wrongFlag)
	root.SetUsageFunc(printUsage)
	s.console = newConsole(s.err, os.Getenv)
	s.console.secrets = s.secrets
	root.PersistentFlags().BoolVarP(&s.console.quiet, "quiet", "q", false, "print nothing but the requested output and errors")
	root.PersistentFlags().BoolVarP(&s.console.verbose, "verbose", "v", false, "print more on stderr, such as the figures of each block")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if s.console.quiet && s.console.verbose {
			return usagef("--quiet and --verbose: expected at most one of them")
		}
		return nil
	}
	root.AddCommand(
		newRun(s), newDoctor(s), newClaims(s), newSelftest(s, measureForSelftest),
		newReport(s), newCompare(s), newGate(s), newBaseline(s),
		newList(s), newShow(s), newValidate(s), newExplain(s), newSchema(s),
		newMock(s), newMockHost(s), newPlainHost(s), newVersion(s), newCompletion(s),
	)
	addCompletions(root)
	return root
}

// newHelp returns the verb help, which does what --help does.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:    "help [VERB]",
		Short:  "Describe a verb",
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			switch {
			case err != nil:
				return err
			case len(rest) > 0 && found == cmd.Root():
				return unknownVerb(found, rest[0])
			case len(rest) > 0:
				return usagef("help: expected a verb, found %q", strings.Join(args, " "))
			}
			found.InitDefaultHelpFlag() // as --help lists itself
			return found.Help()
		},
	}
}

// unknownVerb returns the error for an unknown verb, with the most similar one.
func unknownVerb(root *cobra.Command, verb string) error {
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

// unknownBeforeHelp returns the error for --help of an unknown verb, for which cobra would print that of
// the program.
func unknownBeforeHelp(root *cobra.Command, args []string) error {
	if !slices.Contains(args, "--help") && !slices.Contains(args, "-h") {
		return nil
	}
	found, rest, err := root.Find(args)
	if err != nil || found != root {
		return nil
	}
	for _, arg := range rest {
		switch {
		case arg == "--", strings.HasPrefix(arg, "__"): // cobra's own
			return nil
		case !strings.HasPrefix(arg, "-"):
			return unknownVerb(root, arg)
		}
	}
	return nil
}

// wrongFlag returns the error for an unknown flag, with the most similar one.
func wrongFlag(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usageError{err}
	}
	flag := "--" + unknown.GetSpecifiedName()
	var flags []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, "--"+f.Name) })
	if near, ok := tree.Suggest(flag, flags); ok {
		return usagef("unknown flag %s: did you mean %s?", flag, near)
	}
	return usagef("unknown flag %s: %s --help lists them", flag, cmd.CommandPath())
}

// exactlyOne refuses a call with no or several arguments, as wrong usage.
func exactlyOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usagef("%s: expected one %s, found %d", cmd.Name(), what, len(args))
		}
		return nil
	}
}

// atLeastOne refuses a call without arguments, as wrong usage.
func atLeastOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("%s: expected at least one %s, found none", cmd.Name(), what)
		}
		return nil
	}
}

// noArguments refuses any argument.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s: expected no arguments, found %q", cmd.Name(), args[0])
	}
	return nil
}
