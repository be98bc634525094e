package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// contentParts says what the content of a message may be in an API of OpenAI: a text, or a list of
// typed parts.
type contentParts struct {
	whole  string            // what the content may be, for refusals
	texts  map[string]string // by the type of a part with text, the field that has it
	others []string          // the other types
	listed string            // all types, as refusals list them
}

// read appends the text of a content. Of parts without text it checks the type only.
func (c contentParts) read(param string, raw json.RawMessage, text *strings.Builder) error {
	if whole, ok := asText(raw); ok {
		text.WriteString(whole)
		return nil
	}
	list, ok := asList(raw)
	if !ok {
		return wrongTypeParam(param, c.whole)
	}
	for i, raw := range list {
		if err := c.readPart(fmt.Sprintf("%s[%d]", param, i), raw, text); err != nil {
			return err
		}
	}
	return nil
}

func (c contentParts) readPart(param string, raw json.RawMessage, text *strings.Builder) error {
	if !startsWith(raw, '{') {
		return wrongTypeParam(param, "an object")
	}
	in, err := readObject(raw)
	if err != nil {
		return refuseParam(param, codeValue, "Invalid '%s': %v.", param, err)
	}
	kindRaw, ok := in.optional("type")
	if !ok {
		return missingParam(param + ".type")
	}
	kind, _ := asText(kindRaw)
	field := c.texts[kind]
	switch {
	case field != "":
		part, ok := asText(in.values[field])
		if !ok {
			return wrongTypeParam(param+"."+field, "a string")
		}
		text.WriteString(part)
	case !slices.Contains(c.others, kind):
		return refuseParam(param+".type", codeValue, "Invalid value: %s. Supported values are: %s.", abbreviate(kindRaw), c.listed)
	}
	return nil
}
