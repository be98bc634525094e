package scenarios

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"weighbridge/scenarios/tree"
	"weighbridge/target/budget"
)

// Changes are the changes that a command line makes to a scenario.
type Changes struct {
	// Set sets fields, each entry as PATH=VALUE.
	Set []string `json:"set"`
	// Axes appends axes to the matrix, each entry as NAME=PATH:VALUE,VALUE. The axis has one level
	// for each value, named after it, which sets the path. Values are YAML; commas inside brackets
	// or quotes do not separate them.
	Axes []string `json:"axis"`
	// AllowLiteralSecrets allows credentials to be written out where a reference is expected.
	AllowLiteralSecrets bool `json:"allow_literal_secrets,omitempty"`
}

// change applies the changes of the command line. The position of an error is the flag it is
// in.
func (s *Scenario) change(c Changes, at tree.Positions, p *tree.Problems) {
	for _, text := range c.Axes {
		s.addAxis(text, p)
	}
	for _, text := range c.Set {
		s.set(text, at, p)
	}
}

func (s *Scenario) set(text string, at tree.Positions, p *tree.Problems) {
	patch, err := parseSet(text)
	var wrong tree.Errors
	if errors.As(err, &wrong) {
		p.AddAll(wrong)
		return
	}
	if err := patch.Check(language(), append(armSections(), "budget", "prices", "experiment", "validity", "objectives", "alert")); err != nil {
		p.Add(patch.At, "", "%v", err)
		return
	}
	if axis, patched, taken := s.Matrix.patchedBy(patch.Path); taken {
		p.Add(patch.At, "", "conflicts with axis %s, whose levels set %s", axis, patched)
		return
	}
	patch.Apply(s, s.decoder(at, p))
}

// literal returns the value of a path of text that YAML would take for something else: one that is
// left out, or JSON, or begins with an action of a template; ok is false for any other.
func literal(path, value string, at tree.Position) (n *tree.Node, ok bool) {
	field := tree.TypeAt(language(), strings.Split(path, "."))
	value = strings.TrimSpace(value)
	if field == nil || field.Kind() != reflect.String || value != "" && value[0] != '{' && value[0] != '[' {
		return nil, false
	}
	return &tree.Node{Kind: tree.Scalar, At: at, Text: value, Quoted: true}, true
}

// maxFlagText is the number of characters of a flag that an error shows.
const maxFlagText = 80

// flagPosition is the position of an error in a flag.
func flagPosition(flag, text string) tree.Position {
	if runes := []rune(text); len(runes) > maxFlagText {
		text = string(runes[:maxFlagText-1]) + "…"
	}
	return tree.Position{File: flag + text}
}

// parseSet reads a patch from PATH=VALUE, where the value is YAML, or literal. It does not check that the
// path exists.
func parseSet(set string) (tree.Patch, error) {
	path, value, ok := strings.Cut(set, "=")
	path = strings.TrimSpace(path)
	at := flagPosition("--set ", set)
	if ok && !public(path) {
		at = flagPosition("--set ", path+"=…")
	}
	if !ok || path == "" {
		return tree.Patch{}, tree.Errors{{File: at.File, Message: "expected PATH=VALUE"}}
	}
	if n, ok := literal(path, value, at); ok {
		return tree.Patch{Path: path, Value: n, At: at}, nil
	}
	var p tree.Problems
	n := tree.Parse(at, value, &p)
	return tree.Patch{Path: path, Value: n, At: at}, p.Err()
}

// addAxis adds the axis of an --axis flag, or reports what is wrong with it.
func (s *Scenario) addAxis(text string, p *tree.Problems) {
	name, rest, _ := strings.Cut(text, "=")
	path, values, ok := strings.Cut(rest, ":")
	name, path = strings.TrimSpace(name), strings.TrimSpace(path)
	at := flagPosition("--axis ", text)
	if ok && !public(path) {
		at = flagPosition("--axis ", name+"="+path+":…")
	}
	before := p.Len()
	switch err := (tree.Patch{Path: path}).Check(language(), armSections()); {
	case !ok:
		p.Add(at, "", "expected NAME=PATH:VALUE,VALUE")
	case !label.MatchString(name):
		p.Add(at, "", "invalid axis name %q: %s", name, labelRule)
	case slices.ContainsFunc(s.Matrix, func(a Axis) bool { return a.Name == name }):
		p.Add(at, "", "axis %s already exists", name)
	case err != nil:
		p.Add(at, "", "%v", err)
	}
	if p.Len() > before {
		return
	}
	axis := Axis{Name: name, Levels: levelsOf(path, values, at, p), added: true}
	s.Matrix.reportOverlaps(axis, "", p)
	if s.Matrix.arms()*len(axis.Levels) > maxArms {
		p.Add(at, "", "too many arms: expected at most %d", maxArms)
	}
	if p.Len() == before {
		s.Matrix = append(s.Matrix, axis)
	}
}

// levelsOf returns a level for each of the comma-separated values.
func levelsOf(path, values string, at tree.Position, p *tree.Problems) []Level {
	var levels []Level
	taken := map[string]bool{}
	for _, text := range splitValues(values) {
		value, ok := literal(path, text, at)
		if !ok || value.Text == "" {
			value = tree.Parse(at, text, p)
		}
		if value == nil {
			continue
		}
		if value.Kind == tree.Nothing {
			p.Add(at, "", "missing value: expected NAME=PATH:VALUE,VALUE")
			continue
		}
		if value.Kind == tree.Scalar {
			text = value.Text
		}
		if secretNode(path, value) {
			text = "literal" // a name stands in every report
		}
		name := freeName(levelName(text), taken)
		taken[name] = true
		levels = append(levels, Level{Name: name, Patches: []tree.Patch{{Path: path, Value: value, At: at}}})
	}
	return levels
}

// splitValues splits a text at its commas, except those inside brackets or quotes.
func splitValues(text string) []string {
	var values []string
	var quote rune
	start, depth, before := 0, 0, ','
	for i, r := range text {
		switch {
		case quote != 0:
			if r == quote && (quote == '\'' || before != '\\') {
				quote = 0
			}
		case (r == '"' || r == '\'') && strings.ContainsRune(",[{:", before):
			quote = r
		case strings.ContainsRune("[{(", r):
			depth++
		case strings.ContainsRune("]})", r):
			depth--
		case r == ',' && depth <= 0:
			values, start = append(values, text[start:i]), i+1
		}
		if r != ' ' {
			before = r
		}
	}
	return append(values, text[start:])
}

var unfit = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// maxLabel is the length of the longest level name.
const maxLabel = 64

// levelName derives the name of a level from the value it sets: http/2 becomes http-2.
func levelName(value string) string {
	value = strings.TrimFunc(value, func(r rune) bool { return unfit.MatchString(string(r)) })
	name := unfit.ReplaceAllString(value, "-")
	if name == "" {
		return "value"
	}
	return name[:min(len(name), maxLabel)]
}

// freeName appends a number to a name that is taken. The same value twice is an A/A test, which
// is allowed.
func freeName(name string, taken map[string]bool) string {
	free := name
	for n := 2; taken[free]; n++ {
		suffix := fmt.Sprintf("-%d", n)
		free = name[:min(len(name), maxLabel-len(suffix))] + suffix
	}
	return free
}

// BudgetSets returns the changes that a budget in one text makes, such as requests=100,usd=2: an
// entry of Changes.Set for each of its keys. An error is of type tree.Errors.
func BudgetSets(text string) ([]string, error) {
	known := tree.Keys(reflect.TypeFor[budget.Config]())
	var sets []string
	var p tree.Problems
	for part := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		key = strings.TrimSpace(key)
		switch at := flagPosition("--budget ", text); {
		case !ok || strings.TrimSpace(value) == "":
			p.Add(at, "", "expected KEY=NUMBER,KEY=NUMBER, such as requests=1000,usd=2, found %q", part)
		case !slices.Contains(known, key):
			p.Add(at, "", "unknown key %q: expected one of %s%s", key, strings.Join(known, ", "), tree.DidYouMean(key, known))
		default:
			patch := tree.Patch{Path: "budget." + key, Value: tree.Parse(at, value, &p), At: at}
			patch.Apply(&Scenario{}, (&Scenario{}).decoder(tree.Positions{}, &p))
			sets = append(sets, patch.Path+"="+value)
		}
	}
	return sets, p.Err()
}
