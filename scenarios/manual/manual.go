// Package manual looks keys up in the manual of the language, as weighbridge explain shows them.
package manual

import (
	"regexp"
	"slices"
	"strings"
)

// Key is a row of a table of keys.
type Key struct {
	// Path is the dotted path, in which * stands for any key of a mapping. A key that many sections share, such as
	// lognormal.p50, has the path below the section.
	Path string
	// Type is what values it accepts, with their range.
	Type string
	// Default is its default, or required; empty if it has none.
	Default string
	// Meaning is one or more sentences.
	Meaning string
}

// Section says that the key is a mapping whose own keys have rows.
func (k Key) Section() bool { return strings.HasPrefix(k.Type, "section") }

// Manual is the keys of the language.
type Manual struct {
	keys []Key
	// top are the keys of a scenario itself.
	top []string
}

var (
	cells = regexp.MustCompile(`(?:[^|\\]|\\.)+`)
	link  = regexp.MustCompile(`\[([^\]]+)\]\([^)]*\)`)
)

// Parse reads the tables of keys from the manual, which is Markdown. top are the keys of a scenario itself.
func Parse(markdown string, top []string) Manual {
	m := Manual{top: top}
	inKeys := false
	for line := range strings.Lines(markdown) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "| key | type"):
			inKeys = true
		case !strings.HasPrefix(line, "|"):
			inKeys = false
		case inKeys && strings.HasPrefix(line, "| `"):
			row := cells.FindAllString(line, -1)
			if len(row) < 4 {
				continue
			}
			for i := range row {
				row[i] = plain(row[i])
			}
			m.keys = append(m.keys, Key{row[0], row[1], row[2], row[3]})
		}
	}
	return m
}

// plain returns a cell of a table without Markdown.
func plain(cell string) string {
	cell = link.ReplaceAllString(cell, "$1")
	return strings.TrimSpace(strings.NewReplacer("`", "", `\|`, "|").Replace(cell))
}

// Paths are the paths of all keys, in the order of the manual.
func (m Manual) Paths() []string {
	var paths []string
	for _, k := range m.keys {
		paths = append(paths, k.Path)
	}
	return paths
}

// Find returns the key that a path leads to; false if there is none.
func (m Manual) Find(path string) (Key, bool) {
	if k, ok := m.exactly(path); ok {
		return k, true
	}
	for i := len(path) - 1; i > 0; i-- { // a key that its section shares with others
		if path[i] != '.' {
			continue
		}
		if section, ok := m.exactly(path[:i]); !ok || !section.Section() && !strings.Contains(section.Type, "distribution") {
			continue
		}
		if k, ok := m.exactly(path[i+1:]); ok && !m.isTop(k.Path) {
			k.Path = path
			return k, true
		}
	}
	return Key{}, false
}

// exactly returns the key that has the path, or the mapping that has it as one of its own keys.
func (m Manual) exactly(path string) (Key, bool) {
	for _, k := range m.keys {
		if matches(k.Path, path) {
			return k, true
		}
		if values, is := strings.CutPrefix(k.Type, "mapping to: "); is && matches(k.Path+".*", path) {
			return Key{Path: path, Type: values, Meaning: k.Meaning}, true
		}
	}
	return Key{}, false
}

// matches says whether a path is that of a key, in which * stands for any one key.
func matches(pattern, path string) bool {
	of, is := strings.Split(pattern, "."), strings.Split(path, ".")
	return slices.EqualFunc(of, is, func(a, b string) bool { return a == b || a == "*" && b != "" })
}

func (m Manual) isTop(path string) bool {
	first, _, _ := strings.Cut(path, ".")
	return slices.Contains(m.top, first)
}

// Ending returns the keys whose path ends in path, after a dot.
func (m Manual) Ending(path string) []Key {
	return slices.DeleteFunc(slices.Clone(m.keys), func(k Key) bool { return !strings.HasSuffix(k.Path, "."+path) })
}

// Below returns the keys that are directly in the section at path.
func (m Manual) Below(path string) []Key {
	depth := strings.Count(path, ".") + 1
	return slices.DeleteFunc(slices.Clone(m.keys), func(k Key) bool {
		return !strings.HasPrefix(k.Path, path+".") || strings.Count(strings.Replace(k.Path, ".*", "", 1), ".") != depth
	})
}
