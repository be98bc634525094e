package target

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Texts returns every text of the section in which references may stand, by its key.
func (c Config) Texts() map[string]Text {
	texts := map[string]Text{
		"target.auth.key": Text(c.Auth.Key), "target.auth.client_secret": Text(c.Auth.ClientSecret),
		"target.auth.jwt.secret": Text(c.Auth.JWT.Secret), "target.auth.jwt.key": Text(c.Auth.JWT.Key), "target.path": Text(c.Path),
		"target.http.path": Text(c.HTTP.Path), "target.auth.token_path": Text(c.Auth.TokenPath),
	}
	for section, of := range map[string]map[string]Text{
		"target.headers.": c.Headers, "target.http.headers.": c.HTTP.Headers, "target.query.": c.Query,
	} {
		for name, text := range of {
			texts[section+name] = text
		}
	}
	_, _ = mapTexts("target.body", c.Body, func(path string, text Text) (string, error) {
		texts[path] = text
		return "", nil
	})
	return texts
}

// mapTexts returns a copy of a JSON value in which each text is replaced.
func mapTexts(path string, value any, replace func(path string, text Text) (string, error)) (any, error) {
	switch value := value.(type) {
	case string:
		return replace(path, Text(value))
	case []any:
		out := make([]any, len(value))
		for i, item := range value {
			var err error
			if out[i], err = mapTexts(path+"."+strconv.Itoa(i), item, replace); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := map[string]any{}
		for name, item := range value {
			var err error
			if out[name], err = mapTexts(path+"."+name, item, replace); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return value, nil
}

// CheckReferences resolves every reference in the section and discards the
// values. Its error names the key of a reference that cannot be resolved, before
// any load is sent.
func (c Config) CheckReferences() error {
	_, err := c.Secrets()
	return err
}

// Secrets returns the values of all references in the section, and the credentials
// written out in it. Its error names the key of a reference that cannot be resolved.
func (c Config) Secrets() ([]string, error) {
	texts := c.Texts()
	secrets := Credentials("target.url", c.URL)
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		values, err := texts[key].Values()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		secrets = append(append(secrets, values...), Credentials(key, string(texts[key]))...)
	}
	return secrets, nil
}

// IsTemplate reports whether a text of a query or header is a template, which makes another
// text for each request.
func (c Config) IsTemplate(text Text) bool {
	return c.Dialect == dialectHTTP && strings.Contains(string(text), "{{")
}

// resolvedTexts returns the texts of a query or of headers with their references resolved. In
// a template each value is an action that writes it, whatever it contains.
func (c Config) resolvedTexts(section string, texts map[string]Text) (map[string]Text, error) {
	resolved := map[string]Text{}
	for name, text := range texts {
		expand := text.Expand
		if c.IsTemplate(text) {
			expand = func() (string, error) {
				return text.expand(func(value string) string { return "{{" + strconv.Quote(value) + "}}" })
			}
		}
		expanded, err := expand()
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", section, name, err)
		}
		resolved[name] = Text(expanded)
	}
	return resolved, nil
}

// Resolved returns the section with the references in its paths, query, headers and body
// resolved; the values in paths are escaped as in a query.
func (c Config) Resolved() (Config, error) {
	for key, path := range map[string]*string{
		"target.path": &c.Path, "target.http.path": &c.HTTP.Path, "target.auth.token_path": &c.Auth.TokenPath,
	} {
		expanded, err := Text(*path).expand(url.QueryEscape)
		if err != nil {
			return c, fmt.Errorf("%s: %w", key, err)
		}
		*path = expanded
	}
	for section, texts := range map[string]*map[string]Text{
		"target.query": &c.Query, "target.headers": &c.Headers, "target.http.headers": &c.HTTP.Headers,
	} {
		resolved, err := c.resolvedTexts(section, *texts)
		if err != nil {
			return c, err
		}
		*texts = resolved
	}
	body, err := mapTexts("target.body", c.Body, func(path string, text Text) (string, error) {
		expanded, err := text.Expand()
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		return expanded, nil
	})
	if err != nil {
		return c, err
	}
	c.Body, _ = body.(map[string]any)
	return c, nil
}
