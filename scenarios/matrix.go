package scenarios

import (
	"regexp"
	"strings"
)

// maxArms bounds a matrix: each arm holds a mock, a transport and histograms.
const maxArms = 256

// label is what axes and levels are called: arms are named axis=level,axis=level.
var label = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

const labelRule = "expected 1 to 64 of A-Z, a-z, 0-9, _, . and -"

// fromNode reads axis → level → {path: value}, in the order written.
func (m *Matrix) fromNode(d *decoder, n *node, path string) {
	if n.kind != mapping && n.kind != nothing {
		d.problems.add(n.at, path, "expected a mapping of axes, found %s", n)
		return
	}
	arms := 1
	for _, f := range d.unique(n, path) {
		axis := readAxis(d, f, path)
		m.refuseOverlap(axis, join(path, axis.Name), d.problems)
		*m = append(*m, axis)
		arms = min(arms*max(1, len(axis.Levels)), maxArms+1)
	}
	if arms > maxArms {
		d.problems.add(n.at, path, "the axes make more than %d arms", maxArms)
	}
}

func readAxis(d *decoder, f field, path string) Axis {
	axis := Axis{Name: f.key}
	at := join(path, f.key)
	switch {
	case !label.MatchString(f.key):
		d.problems.add(f.at, path, "the axis %q has no fit name: %s", f.key, labelRule)
	case f.value.kind == scalar || f.value.kind == list:
		d.problems.add(f.value.at, at, "expected a mapping of levels, found %s", f.value)
	case len(f.value.fields) == 0:
		d.problems.add(f.at, at, "an empty axis: expected at least one level")
	}
	for _, level := range d.unique(f.value, at) {
		axis.Levels = append(axis.Levels, readLevel(d, level, at))
	}
	return axis
}

func readLevel(d *decoder, f field, path string) Level {
	level := Level{Name: f.key}
	at := join(path, f.key)
	switch {
	case !label.MatchString(f.key):
		d.problems.add(f.at, path, "the level %q has no fit name: %s", f.key, labelRule)
	case f.value.kind == scalar || f.value.kind == list:
		d.problems.add(f.value.at, at, "expected a mapping of paths and their values, found %s", f.value)
	case len(f.value.fields) == 0:
		d.problems.add(f.at, at, "an empty level: expected at least one path and its value")
	}
	for _, p := range d.unique(f.value, at) {
		patch := Patch{Path: p.key, value: p.value, at: p.at}
		if err := patch.check(armSections()); err != nil {
			d.problems.add(p.at, at, "%v", err)
			continue
		}
		level.Patches = append(level.Patches, patch)
	}
	return level
}

// refuseOverlap says where an axis sets a field that one before it sets: the
// arm would be named after a level whose value it does not have.
func (m Matrix) refuseOverlap(axis Axis, path string, p *problems) {
	told := map[string]bool{}
	axis.leaves(func(patch Patch, leaf string, _ *node) {
		if other, set, taken := m.setting(leaf); taken && !told[patch.Path] {
			told[patch.Path] = true
			p.add(patch.at, path, "the axis %s sets %s too", other, set)
		}
	})
}

// setting names the first axis that sets the field at a path, or part of it.
func (m Matrix) setting(path string) (axis, set string, ok bool) {
	for _, a := range m {
		a.leaves(func(_ Patch, leaf string, _ *node) {
			if !ok && overlap(leaf, path) {
				axis, set, ok = a.Name, leaf, true
			}
		})
	}
	return axis, set, ok
}

// leaves visits every value that the levels of an axis set, with the patch it is part of.
func (a Axis) leaves(visit func(p Patch, leaf string, value *node)) {
	for _, level := range a.Levels {
		for _, patch := range level.Patches {
			patch.leaves(func(leaf string, value *node) { visit(patch, leaf, value) })
		}
	}
}

// patchedBy names the axis and the path with which levels set a path, what it
// leads to or what leads to it.
func (m Matrix) patchedBy(path string) (axis, patched string, ok bool) {
	for _, a := range m {
		for _, level := range a.Levels {
			for _, patch := range level.Patches {
				if overlap(patch.Path, path) {
					return a.Name, patch.Path, true
				}
			}
		}
	}
	return "", "", false
}

// armName is axis=level for each axis, joined by commas.
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
