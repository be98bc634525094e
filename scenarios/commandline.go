package scenarios

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"weighbridge/scenarios/tree"
)

// Changes is what a command line changes of a scenario.
type Changes struct {
	// Set sets fields, each as PATH=VALUE.
	Set []string `json:"set"`
	// Axes adds axes behind those of the matrix, each as NAME=PATH:V1,V2: a level
	// for every value, named after it, that sets the path. Values are YAML; commas
	// in brackets or quotes are theirs.
	Axes []string `json:"axis"`
}

// change applies what the command line changes: what is wrong with it stands
// where the flag is named.
func (s *Scenario) change(c Changes, at tree.Places, p *tree.Problems) {
	for _, text := range c.Axes {
		s.addAxis(text, p)
	}
	for _, text := range c.Set {
		s.set(text, at, p)
	}
}

func (s *Scenario) set(text string, at tree.Places, p *tree.Problems) {
	patch, err := ParseSet(text)
	var wrong tree.Errors
	if errors.As(err, &wrong) {
		p.AddAll(wrong)
		return
	}
	if err := patch.Check(language(), append(armSections(), "experiment", "validity")); err != nil {
		p.Add(patch.At, "", "%v", err)
		return
	}
	if axis, patched, taken := s.Matrix.patchedBy(patch.Path); taken {
		p.Add(patch.At, "", "conflicts with axis %s, whose levels set %s", axis, patched)
		return
	}
	patch.Apply(s, s.decoder(at, p))
}

// maxPlace is the most of a flag that is repeated to say where something is wrong.
const maxPlace = 80

// place is a flag as the place of what is wrong with it.
func place(flag, text string) tree.Position {
	if runes := []rune(text); len(runes) > maxPlace {
		text = string(runes[:maxPlace-1]) + "…"
	}
	return tree.Position{File: flag + text}
}

// ParseSet reads a patch from the command line, as path=value with a value in
// YAML. Whether the path names a field is for Parse to say.
func ParseSet(set string) (tree.Patch, error) {
	path, value, ok := strings.Cut(set, "=")
	path = strings.TrimSpace(path)
	at := place("--set ", set)
	if ok && !public(path) {
		at = place("--set ", path+"=…")
	}
	if !ok || path == "" {
		return tree.Patch{}, tree.Errors{{File: at.File, Message: "expected PATH=VALUE"}}
	}
	var p tree.Problems
	n := tree.Parse(at, value, &p)
	return tree.Patch{Path: path, Value: n, At: at}, p.Err()
}

// addAxis adds the axis that --axis spells, or says why it cannot.
func (s *Scenario) addAxis(text string, p *tree.Problems) {
	name, rest, _ := strings.Cut(text, "=")
	path, values, ok := strings.Cut(rest, ":")
	name, path = strings.TrimSpace(name), strings.TrimSpace(path)
	at := place("--axis ", text)
	if ok && !public(path) {
		at = place("--axis ", name+"="+path+":…")
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
	axis := Axis{Name: name, Levels: levelsOf(path, values, at, p)}
	s.Matrix.refuseOverlap(axis, "", p)
	if s.Matrix.arms()*len(axis.Levels) > maxArms {
		p.Add(at, "", "too many arms: expected at most %d", maxArms)
	}
	if p.Len() == before {
		s.Matrix = append(s.Matrix, axis)
	}
}

// levelsOf is a level for each of the values.
func levelsOf(path, values string, at tree.Position, p *tree.Problems) []Level {
	var levels []Level
	taken := map[string]bool{}
	for _, text := range splitValues(values) {
		value := tree.Parse(at, text, p)
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
		name := freeName(levelName(text), taken)
		taken[name] = true
		levels = append(levels, Level{Name: name, Patches: []tree.Patch{{Path: path, Value: value, At: at}}})
	}
	return levels
}

// splitValues parts a text at its commas, but not inside brackets or a value
// in quotes.
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

// maxLabel is the longest name of a level.
const maxLabel = 64

// levelName makes a level's name of the value it sets: http/2 is http-2.
func levelName(value string) string {
	value = strings.TrimFunc(value, func(r rune) bool { return unfit.MatchString(string(r)) })
	name := unfit.ReplaceAllString(value, "-")
	if name == "" {
		return "value"
	}
	return name[:min(len(name), maxLabel)]
}

// freeName numbers a name that is taken: the same value twice is an A/A, and allowed.
func freeName(name string, taken map[string]bool) string {
	free := name
	for n := 2; taken[free]; n++ {
		suffix := fmt.Sprintf("-%d", n)
		free = name[:min(len(name), maxLabel-len(suffix))] + suffix
	}
	return free
}
