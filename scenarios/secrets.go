package scenarios

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"weighbridge/scenarios/tree"
	"weighbridge/target"
)

// validateReferences checks the form of every reference to a secret.
func (a *Arm) validateReferences(report reporter) {
	texts := a.Target.Texts()
	texts[keyProxy] = a.Client.Proxy
	texts["mock.auth.jwt.secret"] = target.Text(a.Mock.Auth.JWT.Secret)
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		if err := texts[path].CheckForm(); err != nil {
			report(path, "%v", err)
		}
	}
}

// refuseLiteralSecrets reports each credential that is written out instead of referred to.
func (a *Arm) refuseLiteralSecrets(report reporter) {
	texts := a.Target.Texts()
	texts[keyProxy] = a.Client.Proxy
	texts["target.url"] = target.Text(a.Target.URL)
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		text := string(texts[path])
		if len(target.Credentials(path, text)) == 0 || hasUserInfo(path, text) {
			continue
		}
		where := ""
		if path == "target.url" { // which takes no references
			where = " in target.headers or target.http.path"
		}
		report(path, "a credential is written out: expected a reference to it%s, such as ${env:NAME} (--allow-literal-secrets allows it for a test)", where)
	}
}

// hasUserInfo reports whether a value is a URL with user info, which validateURL refuses.
func hasUserInfo(path, text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.User != nil && (path == "target.url" || path == "target.auth.token_path")
}

// secretNode reports whether a value holds a credential that is written out.
func secretNode(path string, n *tree.Node) bool {
	return n != nil && n.Kind == tree.Scalar && len(target.Credentials(path, n.Text)) > 0
}

// Masked returns the source and the changes that a scenario was parsed from, with every
// credential that is written out in them masked, for what is kept or shown. A source in which
// that cannot be done is replaced by a comment.
func Masked(source string, c Changes) (string, Changes) {
	var m masking
	masked := Changes{AllowLiteralSecrets: c.AllowLiteralSecrets}
	for _, set := range c.Set {
		path, value, _ := strings.Cut(set, "=")
		if hidden, changed := m.value(strings.TrimSpace(path), value); changed {
			set = path + "=" + hidden
		}
		masked.Set = append(masked.Set, set)
	}
	for _, axis := range c.Axes {
		name, rest, _ := strings.Cut(axis, "=")
		path, values, _ := strings.Cut(rest, ":")
		all := splitValues(values)
		for i, value := range all {
			if hidden, changed := m.value(strings.TrimSpace(path), value); changed {
				all[i] = hidden
				axis = name + "=" + path + ":" + strings.Join(all, ",")
			}
		}
		masked.Axes = append(masked.Axes, axis)
	}
	return m.known.Redact(m.source(source)), masked
}

// masking masks credentials and learns them, to find them in comments and titles too.
type masking struct{ known target.Redactor }

// value masks the value of a flag, which is YAML, and reports whether it had to.
func (m *masking) value(path, text string) (string, bool) {
	n := tree.Parse(tree.Position{Line: 1, Column: 1}, text, &tree.Problems{})
	if n == nil {
		return text, false
	}
	by := map[*tree.Node]string{}
	m.find(path, n, by)
	masked, ok := tree.Mask(text, by)
	if !ok {
		masked = target.Masked
	}
	return masked, len(by) > 0
}

// find adds what each credential in the value at a path is replaced by.
func (m *masking) find(path string, n *tree.Node, by map[*tree.Node]string) {
	(tree.Patch{Path: path, Value: n}).Leaves(func(leaf string, value *tree.Node) {
		if value != nil && value.Kind == tree.List {
			for i, item := range value.Items {
				m.find(tree.Join(leaf, strconv.Itoa(i)), item, by)
			}
		}
		if secretNode(leaf, value) {
			m.known.Add(target.Credentials(leaf, value.Text)...)
			by[value] = target.MaskCredentials(leaf, value.Text)
		}
	})
}

// source masks the source of a scenario.
func (m *masking) source(source string) string {
	root := tree.Parse(tree.Position{Line: 1, Column: 1}, source, &tree.Problems{})
	if root == nil {
		return source
	}
	by := map[*tree.Node]string{}
	for _, section := range root.Entries {
		if section.Key != "matrix" {
			m.find(section.Key, section.Value, by)
			continue
		}
		for _, axis := range section.Value.Entries {
			for _, level := range axis.Value.Entries {
				for _, patch := range level.Value.Entries {
					m.find(patch.Key, patch.Value, by)
				}
			}
		}
	}
	masked, ok := tree.Mask(source, by)
	switch {
	case len(by) == 0:
		return source
	case !ok:
		return "# The source was left out: it holds a credential in a form that cannot be masked.\n"
	}
	return masked
}

// mayHoldCredential reports whether the value at a path may be a credential that was typed by mistake.
// Messages do not repeat such values.
func mayHoldCredential(path string) bool {
	for _, holder := range []string{
		"target.url", "target.path", "target.query", "target.body", "target.headers", "target.http", "target.auth.key", "target.auth.client_id", "target.auth.client_secret",
		"target.auth.token_path", "client.proxy", "target.auth.command", "target.auth.jwt.issuer", "target.auth.jwt.secret", "target.auth.jwt.key", "mock.auth.keys", "mock.auth.jwt.secret",
	} {
		if tree.Overlap(path, holder) {
			return true
		}
	}
	return false
}

// public reports whether messages may repeat the value at a path. The value at a misspelt path
// may be anything, so it is not public.
func public(path string) bool {
	return path != "" && tree.TypeAt(language(), tree.Steps(path)) != nil && !mayHoldCredential(path)
}
