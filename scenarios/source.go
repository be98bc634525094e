package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"weighbridge/scenarios/tree"
	"weighbridge/target/files"
)

//go:embed catalog/*.yaml presets/*.yaml
var catalog embed.FS

// Parse reads a scenario from the source of file, applies the changes, checks it and expands
// its arms. An error is of type tree.Errors. The scenario has the defaults of single keys; its
// arms also have those that depend on other keys.
func Parse(file string, source []byte, changes Changes) (*Scenario, error) {
	var p tree.Problems
	root := tree.Parse(tree.Position{File: file, Line: 1, Column: 1}, string(source), &p)
	s := read(file, root, changes, &p)
	if p.Len() > 0 {
		all := p.Sorted()
		explain(all, string(source), root)
		return nil, all
	}
	return s, nil
}

// read builds a scenario from the nodes of file; nil if root is nil or no mapping.
func read(file string, root *tree.Node, changes Changes, p *tree.Problems) *Scenario {
	if root == nil {
		return nil
	}
	if root.Kind != tree.Mapping {
		p.Add(tree.Position{File: file, Line: 1, Column: 1}, "", "expected a scenario, a mapping with at least name and target.dialect, found %s", root)
		return nil
	}
	s, at := Defaults(), tree.Positions{}
	s.literalSecrets = changes.AllowLiteralSecrets
	s.applyPreset(root, p)
	s.decoder(at, p).Decode(&s, root)
	s.resolveFiles(filepath.Dir(file))
	s.change(changes, at, p)
	s.fillExperiment()
	arms := s.expand(at)
	s.fillRules()
	s.validate(at, arms, p)
	return &s
}

// applyPreset sets what the preset sets that a scenario names. A name without a preset is an error of
// its key.
func (s *Scenario) applyPreset(root *tree.Node, p *tree.Problems) {
	i := slices.IndexFunc(root.Entries, func(e tree.Entry) bool { return e.Key == "preset" })
	if i < 0 || root.Entries[i].Value == nil {
		return
	}
	file := path.Join("presets", root.Entries[i].Value.Text+".yaml")
	source, err := catalog.ReadFile(file)
	if err != nil {
		return
	}
	if preset := tree.Parse(tree.Position{File: file, Line: 1, Column: 1}, string(source), p); preset != nil {
		s.decoder(tree.Positions{}, p).Decode(s, preset)
	}
}

func (s *Scenario) decoder(at tree.Positions, p *tree.Problems) *tree.Decoder {
	open, closed, capacity := s.loads()
	return &tree.Decoder{Problems: p, At: at, Optional: []any{open, closed, capacity, defaultBatch(), defaultNoRegression(), defaultClaim()}}
}

// isFile reports whether the value at a path is a file name.
func isFile(path string) bool {
	return slices.Contains([]string{"prompts.file", "prompts.tokenizer", "load.open.trace", "prices.file", "client.tls.ca", "client.tls.cert", "client.tls.key"}, path)
}

// resolveFiles makes file names relative to the folder of the scenario. Names in --set and
// --axis stay relative to the working directory.
func (s *Scenario) resolveFiles(folder string) {
	resolve := func(file string) string {
		if file == "" || filepath.IsAbs(file) || NamesTokenizer(file) {
			return file
		}
		return filepath.Join(folder, file)
	}
	for _, file := range []*string{&s.Prompts.File, &s.Prompts.Tokenizer, &s.Prices.File, &s.Client.TLS.CA, &s.Client.TLS.Cert, &s.Client.TLS.Key} {
		*file = resolve(*file)
	}
	if s.Load.Open != nil {
		s.Load.Open.Trace = resolve(s.Load.Open.Trace)
	}
	for _, axis := range s.Matrix {
		axis.leaves(func(_ tree.Patch, leaf string, value *tree.Node) {
			if isFile(leaf) {
				value.Text = resolve(value.Text)
			}
		})
	}
}

// Find returns the source of a scenario: that of the catalog with the name ref or else that of the YAML
// file ref.
func Find(ref string) (file string, source []byte, err error) {
	isPath := strings.ContainsAny(ref, `/\`)
	if file = path.Join("catalog", ref+".yaml"); !isPath {
		if source, err = catalog.ReadFile(file); err == nil {
			return file, source, nil
		}
	}
	source, err = files.Read(ref, tree.MaxBytes)
	ext := filepath.Ext(ref)
	switch missing := errors.Is(err, fs.ErrNotExist); {
	case missing && !isPath && ext != ".yaml" && ext != ".yml":
		return "", nil, unknownScenario(ref)
	case missing:
		return "", nil, fmt.Errorf("%s: no such file", ref)
	case err != nil:
		return "", nil, fmt.Errorf("read the scenario: %w", err)
	}
	return ref, source, nil
}

func unknownScenario(ref string) error {
	var names []string
	for _, file := range catalogFiles() {
		names = append(names, strings.TrimSuffix(path.Base(file), ".yaml"))
	}
	return fmt.Errorf("unknown scenario %q%s (weighbridge list shows the catalog; a file ends in .yaml)", ref, tree.DidYouMean(ref, names))
}

// Catalog returns the bundled scenarios, sorted by name.
func Catalog() ([]*Scenario, error) {
	var all []*Scenario
	for _, file := range catalogFiles() {
		source, err := catalog.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the catalog: %w", err)
		}
		s, err := Parse(file, source, Changes{})
		if err != nil {
			return nil, fmt.Errorf("read the catalog: %w", err)
		}
		all = append(all, s)
	}
	return all, nil
}

// catalogFiles returns the files of the catalog, sorted by name.
func catalogFiles() []string {
	files, err := fs.Glob(catalog, "catalog/*.yaml")
	if err != nil {
		panic(err) // only a malformed pattern fails
	}
	return files
}

// language is the type whose fields are the keys of the language.
func language() reflect.Type { return reflect.TypeFor[Scenario]() }

// armSections returns the sections that patches may set.
func armSections() []string { return tree.Keys(reflect.TypeFor[Arm]()) }

// explain adds the source line to each error, as far as it may be shown. root is nil if the
// source could not be parsed.
func explain(all tree.Errors, source string, root *tree.Node) {
	e := tree.NewExcerpts(source, language(), public)
	if root == nil {
		e.FindKeys()
	} else {
		e.Keys(root, "", func(f tree.Entry) {
			if f.Key != "matrix" {
				e.Values(f.Value, f.Key)
				return
			}
			e.Keys(f.Value, "", func(axis tree.Entry) {
				e.Keys(axis.Value, "", func(level tree.Entry) {
					e.Keys(level.Value, "", func(patch tree.Entry) { e.Values(patch.Value, patch.Key) })
				})
			})
		})
	}
	e.Explain(all)
}

//go:embed scenario.schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of scenario files. It is generated from the
// types of the language, their docs, check tags and defaults: go test ./scenarios -run Schema
// -update.
func Schema() []byte { return slices.Clone(schema) }

//go:embed README.md
var readme string

// Manual returns the manual of the language, which has a table row for each key. It is Markdown, and generated
// as the schema is.
func Manual() string { return readme }
