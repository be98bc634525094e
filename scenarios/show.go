package scenarios

import (
	"bytes"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"

	"weighbridge/scenarios/rule"
	"weighbridge/scenarios/tree"
	"weighbridge/target"
)

// Show returns the scenario as YAML with the value of every key, defaults included; keys
// without a value are comments. Parsing it gives the same scenario, whose Show is the same
// text. The arms follow as comments, each with the values that not all arms share. Secrets
// remain references, and those written out are masked. Rules and claims that --axis has made
// impossible to decide are left out, and named in a comment.
func (s *Scenario) Show() []byte {
	arms := s.Arms()
	whole := *s
	whole.agree(arms)
	undecidable := whole.dropUndecidable()
	var b bytes.Buffer
	tree.WriteEntries(&b, whole.node().Entries, "")
	writeArms(&b, arms)
	if len(undecidable) > 0 {
		fmt.Fprintf(&b, "\n# Left out, because they are about one arm, and name no level of an axis that --axis has added:\n")
	}
	for _, name := range undecidable {
		fmt.Fprintf(&b, "#   %s\n", name)
	}
	return b.Bytes()
}

// dropUndecidable removes the rules and claims whose expression names one arm without a level of an added
// axis, which the language allows only while the axis is a flag. It returns their names.
func (s *Scenario) dropUndecidable() (dropped []string) {
	written := s.Matrix.axes()
	for i := range written {
		written[i].Added = false
	}
	var rules []Rule
	for _, r := range s.Rules {
		if _, err := rule.ParseCondition(r.Assert, written); r.Assert != "" && err != nil {
			dropped = append(dropped, oneLine("rule "+r.Name))
			continue
		}
		rules = append(rules, r)
	}
	var claims []Claim
	for _, c := range s.Claims {
		if _, err := rule.ParseNumber(c.Measure, written); err != nil {
			dropped = append(dropped, oneLine("claim "+c.ID+": "+c.Says))
			continue
		}
		claims = append(claims, c)
	}
	s.Rules, s.Claims = rules, claims
	return dropped
}

// oneLine returns a text without line breaks, which would end a comment.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// node returns the scenario as written.
func (s *Scenario) node() *tree.Node {
	all := tree.Encode(reflect.ValueOf(*s), tree.Check{})
	for i, f := range all.Entries {
		if f.Key == "matrix" {
			all.Entries[i].Value = s.Matrix.node()
			continue
		}
		all.Entries[i].Value = shown(f.Value, f.Key)
	}
	return all
}

func (m Matrix) node() *tree.Node {
	axes := &tree.Node{Kind: tree.Mapping}
	for _, axis := range m {
		levels := &tree.Node{Kind: tree.Mapping}
		for _, level := range axis.Levels {
			patches := &tree.Node{Kind: tree.Mapping}
			for _, p := range level.Patches {
				patches.Entries = append(patches.Entries, tree.Entry{Key: p.Path, Value: shown(p.Value, p.Path)})
			}
			levels.Entries = append(levels.Entries, tree.Entry{Key: level.Name, Value: patches})
		}
		axes.Entries = append(axes.Entries, tree.Entry{Key: axis.Name, Value: levels})
	}
	return axes
}

// shown returns n with the file names in it made absolute and the credentials in it masked.
func shown(n *tree.Node, path string) *tree.Node {
	switch {
	case n == nil:
	case n.Kind == tree.Mapping:
		same := *n
		same.Entries = nil
		for _, f := range n.Entries {
			f.Value = shown(f.Value, tree.Join(path, f.Key))
			same.Entries = append(same.Entries, f)
		}
		return &same
	case secretNode(path, n):
		return &tree.Node{Kind: tree.Scalar, Text: target.MaskCredentials(path, n.Text), Quoted: true}
	case isFile(path) && n.Text != "" && !NamesTokenizer(n.Text):
		if file, err := filepath.Abs(n.Text); err == nil {
			return &tree.Node{Kind: tree.Scalar, Text: file, Quoted: true}
		}
	}
	return n
}

// agree sets each field of the scenario to the value that all arms share, so that Show includes
// defaults that depend on other keys. Fields in which arms differ stay as they are.
func (s *Scenario) agree(arms []Arm) {
	own := Arm{Target: tree.Clone(s.Target), Prompts: tree.Clone(s.Prompts), Client: tree.Clone(s.Client), Load: tree.Clone(s.Load), Mock: tree.Clone(s.Mock)}
	var all []reflect.Value
	for i := range arms {
		all = append(all, reflect.ValueOf(&arms[i]).Elem())
	}
	tree.Agree(reflect.ValueOf(&own).Elem(), all, s.decoder(tree.Positions{}, &tree.Problems{}))
	s.Target, s.Prompts, s.Client, s.Load, s.Mock = own.Target, own.Prompts, own.Client, own.Load, own.Mock
}

// writeArms writes the arms as comments, each with the values that not all arms share.
func writeArms(b *bytes.Buffer, arms []Arm) {
	if len(arms) == 1 {
		fmt.Fprintf(b, "\n# One arm: %s\n", arms[0].Name)
		return
	}
	fmt.Fprintf(b, "\n# %d arms, and what differs between them:\n", len(arms))
	type value struct{ path, text string }
	having := map[value]int{}
	for _, arm := range arms {
		arm.values(func(path string, n *tree.Node) { having[value{path, n.Flow()}]++ })
	}
	for _, arm := range arms {
		own := &tree.Node{Kind: tree.Mapping}
		arm.values(func(path string, n *tree.Node) {
			if having[value{path, n.Flow()}] < len(arms) {
				own.Entries = append(own.Entries, tree.Entry{Key: path, Value: n})
			}
		})
		fmt.Fprintf(b, "#   %s: %s\n", arm.Name, own.Flow())
	}
}

// values calls visit for each value of an arm with its path.
func (a Arm) values(visit func(path string, n *tree.Node)) {
	tree.Leaves(reflect.ValueOf(a), "", tree.Check{}, func(path string, n *tree.Node) { visit(path, shown(n, path)) })
}
