package scenarios

import (
	"regexp"
	"strings"

	"weighbridge/scenarios/rule"
	"weighbridge/scenarios/tree"
)

// Matrix is the axes of a scenario in the order written.
type Matrix []Axis

// Axis is one thing that arms differ in. Its levels are in the order written; the first is
// the base of comparisons.
type Axis struct {
	Name   string
	Levels []Level

	// added says that the command line added it.
	added bool
}

// Level is one setting of an axis: the patches that make it. Without any it is the scenario as written.
type Level struct {
	Name    string
	Patches []tree.Patch
}

// maxArms is the largest number of arms: each needs a mock, a transport and histograms.
const maxArms = 256

// label matches the names of axes and levels, which arm names (axis=level,axis=level) are made
// of.
var label = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

const labelRule = "expected 1 to 64 of A-Z, a-z, 0-9, _, . and -"

// FromNode reads axis → level → {path: value} in the order written.
func (m *Matrix) FromNode(d *tree.Decoder, n *tree.Node, path string) {
	if n.Kind != tree.Mapping && n.Kind != tree.Nothing {
		d.Problems.Add(n.At, path, "expected a mapping of axes, found %s", n)
		return
	}
	arms := 1
	for _, f := range d.Unique(n, path) {
		axis := readAxis(d, f, path)
		m.reportOverlaps(axis, tree.Join(path, axis.Name), d.Problems)
		*m = append(*m, axis)
		arms = min(arms*max(1, len(axis.Levels)), maxArms+1)
	}
	if arms > maxArms {
		d.Problems.Add(n.At, path, "too many arms: expected at most %d", maxArms)
	}
}

func readAxis(d *tree.Decoder, f tree.Entry, path string) Axis {
	axis := Axis{Name: f.Key}
	at := tree.Join(path, f.Key)
	switch {
	case !label.MatchString(f.Key):
		d.Problems.Add(f.At, path, "invalid axis name %q: %s", f.Key, labelRule)
	case f.Value.Kind == tree.Scalar || f.Value.Kind == tree.List:
		d.Problems.Add(f.Value.At, at, "expected a mapping of levels, found %s", f.Value)
	case len(f.Value.Entries) == 0:
		d.Problems.Add(f.At, at, "no levels: expected at least one")
	}
	for _, level := range d.Unique(f.Value, at) {
		axis.Levels = append(axis.Levels, readLevel(d, level, at))
	}
	return axis
}

func readLevel(d *tree.Decoder, f tree.Entry, path string) Level {
	level := Level{Name: f.Key}
	at := tree.Join(path, f.Key)
	switch {
	case !label.MatchString(f.Key):
		d.Problems.Add(f.At, path, "invalid level name %q: %s", f.Key, labelRule)
	case f.Value.Kind == tree.Scalar || f.Value.Kind == tree.List:
		d.Problems.Add(f.Value.At, at, "expected a mapping of paths and their values, found %s", f.Value)
	case f.Value.Kind == tree.Nothing:
		d.Problems.Add(f.At, at, "nothing is set: expected paths and their values, or {} for a level without any")
	}
	for _, p := range d.Unique(f.Value, at) {
		patch := tree.Patch{Path: p.Key, Value: p.Value, At: p.At}
		if err := patch.Check(language(), armSections()); err != nil {
			d.Problems.Add(p.At, at, "%v", err)
			continue
		}
		level.Patches = append(level.Patches, patch)
	}
	return level
}

// reportOverlaps reports each field of an axis that an earlier axis also sets: the arm would be
// named after a level whose value it does not have.
func (m Matrix) reportOverlaps(axis Axis, path string, p *tree.Problems) {
	told := map[string]bool{}
	axis.leaves(func(patch tree.Patch, leaf string, _ *tree.Node) {
		if other, set, taken := m.setterOf(leaf); taken && !told[patch.Path] {
			told[patch.Path] = true
			p.Add(patch.At, path, "axis %s already sets %s: expected each field to be set by one axis only", other, set)
		}
	})
}

// setterOf returns the first axis that sets the field at a path, or a part of it, and the path
// it sets.
func (m Matrix) setterOf(path string) (axis, set string, ok bool) {
	for _, a := range m {
		a.leaves(func(_ tree.Patch, leaf string, _ *tree.Node) {
			if !ok && tree.Overlap(leaf, path) {
				axis, set, ok = a.Name, leaf, true
			}
		})
	}
	return axis, set, ok
}

// leaves calls visit for every value that the levels of the axis set, with the patch that sets
// it.
func (a Axis) leaves(visit func(p tree.Patch, leaf string, value *tree.Node)) {
	for _, level := range a.Levels {
		for _, patch := range level.Patches {
			patch.Leaves(func(leaf string, value *tree.Node) { visit(patch, leaf, value) })
		}
	}
}

// Sets returns what each level sets, by path: numbers and durations as text, and "" for anything
// else.
func (a Axis) Sets() []map[string]string {
	out := make([]map[string]string, len(a.Levels))
	for i, level := range a.Levels {
		out[i] = map[string]string{}
		for _, patch := range level.Patches {
			patch.Leaves(func(leaf string, value *tree.Node) {
				out[i][leaf] = ""
				if _, ok := rule.Quantity(value.Text); ok && value.Kind == tree.Scalar {
					out[i][leaf] = value.Text
				}
			})
		}
	}
	return out
}

// patchedBy returns the first axis with a patch that overlaps a path, and the path of the
// patch.
func (m Matrix) patchedBy(path string) (axis, patched string, ok bool) {
	for _, a := range m {
		for _, level := range a.Levels {
			for _, patch := range level.Patches {
				if tree.Overlap(patch.Path, path) {
					return a.Name, patch.Path, true
				}
			}
		}
	}
	return "", "", false
}

// armName returns axis=level for each axis, joined by commas.
func armName(axes Matrix, levels []Level) string {
	if len(axes) == 0 {
		return "all"
	}
	parts := make([]string, len(axes))
	for i, axis := range axes {
		parts[i] = axis.Name + "=" + levels[i].Name
	}
	return strings.Join(parts, ",")
}
