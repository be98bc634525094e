package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
)

//go:embed catalog/*.yaml
var catalog embed.FS

// Parse reads a scenario from the source of file, sets each path=value of sets
// and checks all of it: what is wrong comes back as Errors. The scenario holds
// what is written and plain defaults; its Arms hold the derived ones too.
func Parse(file string, source []byte, sets []string) (*Scenario, error) {
	var p problems
	s, at := Defaults(), places{}
	start := position{file, 1, 1}
	root := parseYAML(start, string(source), &p)
	if root == nil {
		return nil, p.err()
	}
	if root.kind != mapping {
		p.add(start, "", "expected a scenario, a mapping with at least name and target.dialect, found %s", root)
		return nil, p.err()
	}
	s.decoder(at, &p).value(reflect.ValueOf(&s).Elem(), root, "", check{})
	s.resolveFiles(filepath.Dir(file))
	s.set(sets, at, &p)
	s.fillExperiment()
	s.validate(at, &p)
	if err := p.err(); err != nil {
		return nil, err
	}
	return &s, nil
}

// set applies the patches of the command line.
func (s *Scenario) set(sets []string, at places, p *problems) {
	for _, text := range sets {
		patch, err := ParseSet(text)
		var wrong Errors
		if errors.As(err, &wrong) {
			p.found = append(p.found, wrong...)
			continue
		}
		if err := patch.check(append(armSections(), "experiment")); err != nil {
			p.add(patch.at, "", "%v", err)
			continue
		}
		if axis, patched, taken := s.Matrix.patchedBy(patch.Path); taken {
			p.add(patch.at, "", "the levels of axis %s set %s: an arm can take one value only", axis, patched)
			continue
		}
		patch.apply(s, s.decoder(at, p))
	}
}

// resolveFiles makes prompts.file relative to the folder of the scenario that
// names it; a --set is relative to where the command runs.
func (s *Scenario) resolveFiles(folder string) {
	resolve := func(file string) string {
		if file == "" || filepath.IsAbs(file) {
			return file
		}
		return filepath.Join(folder, file)
	}
	s.Prompts.File = resolve(s.Prompts.File)
	for _, axis := range s.Matrix {
		axis.leaves(func(_ Patch, leaf string, value *node) {
			if leaf == "prompts.file" {
				value.text = resolve(value.text)
			}
		})
	}
}

// Find reads the source that ref stands for: a YAML file when it ends in .yaml
// or .yml or holds a path separator, else a scenario of the catalog.
func Find(ref string) (file string, source []byte, err error) {
	if ext := filepath.Ext(ref); ext == ".yaml" || ext == ".yml" || strings.ContainsAny(ref, `/\`) {
		source, err = os.ReadFile(ref)
		if errors.Is(err, fs.ErrNotExist) {
			return "", nil, fmt.Errorf("%s: there is no such file", ref)
		}
		if err != nil {
			return "", nil, fmt.Errorf("read the scenario: %w", err)
		}
		return ref, source, nil
	}
	file = path.Join("catalog", ref+".yaml")
	if source, err = catalog.ReadFile(file); err != nil {
		return "", nil, unknownScenario(ref)
	}
	return file, source, nil
}

func unknownScenario(ref string) error {
	var names []string
	for _, file := range catalogFiles() {
		names = append(names, strings.TrimSuffix(path.Base(file), ".yaml"))
	}
	return fmt.Errorf("unknown scenario %q%s (weighbridge list shows the catalog; a file ends in .yaml)", ref, didYouMean(ref, names))
}

// Catalog is the scenarios that come with weighbridge, sorted by name.
func Catalog() ([]*Scenario, error) {
	var all []*Scenario
	for _, file := range catalogFiles() {
		source, err := catalog.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the catalog: %w", err)
		}
		s, err := Parse(file, source, nil)
		if err != nil {
			return nil, fmt.Errorf("the catalog is wrong: %w", err)
		}
		all = append(all, s)
	}
	return all, nil
}

// catalogFiles is the catalog's files in the order of their names.
func catalogFiles() []string {
	files, err := fs.Glob(catalog, "catalog/*.yaml")
	if err != nil {
		panic(err) // only a malformed pattern fails
	}
	return files
}
