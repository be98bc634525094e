package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// blockKinds says which kinds of content blocks are allowed in a given place.
type blockKinds int

const (
	anyKind blockKinds = iota
	// textOnly is for system.
	textOnly
	// resultBlocks is for the content of a tool_result.
	resultBlocks
)

func (k blockKinds) allows(kind string) bool {
	switch k {
	case textOnly:
		return kind == "text"
	case resultBlocks:
		return slices.Contains([]string{"text", "image", "document", "search_result", "tool_reference"}, kind)
	}
	// ContentBlockParamUnion and BetaContentBlockParamUnion.
	return slices.Contains([]string{
		"text", "image", "document", "search_result", "thinking", "redacted_thinking", "tool_use", "tool_result",
		"server_tool_use", "web_search_tool_result", "web_fetch_tool_result", "code_execution_tool_result",
		"bash_code_execution_tool_result", "text_editor_code_execution_tool_result", "tool_search_tool_result",
		"container_upload", "mcp_tool_use", "mcp_tool_result", "compaction",
	}, kind)
}

// readContent reads a string or a list of blocks, and reports whether it was empty.
func (r *messageReader) readContent(path string, raw json.RawMessage, allowed blockKinds) (empty bool, err error) {
	if text, ok := asText(raw); ok {
		r.text.WriteString(text)
		return text == "", nil
	}
	list, ok := asList(raw)
	if !ok {
		return false, fmt.Errorf("%s: Input should be a valid list", path)
	}
	for i, raw := range list {
		if err := r.readBlock(fmt.Sprintf("%s.%d", path, i), raw, allowed); err != nil {
			return false, err
		}
	}
	return len(list) == 0, nil
}

// readBlock reads one content block. It keeps text, including that of tool results;
// of other blocks it checks the type only.
func (r *messageReader) readBlock(path string, raw json.RawMessage, allowed blockKinds) error {
	in, err := readPart(path, raw)
	if err != nil {
		return err
	}
	if in.values["type"] == nil {
		return fmt.Errorf("%s.type: Field required", path)
	}
	kind, ok := asText(in.values["type"])
	if !ok || !allowed.allows(kind) {
		return fmt.Errorf("%s: Input tag %s found using 'type' does not match any of the expected tags", path, abbreviate(in.values["type"]))
	}
	switch kind {
	case "text":
		return r.readTextBlock(path+".text", in)
	case "tool_result":
		if content, ok := in.values["content"]; ok {
			_, err := r.readContent(path+".tool_result.content", content, resultBlocks)
			return err
		}
	}
	return nil
}

func (r *messageReader) readTextBlock(path string, in object) error {
	for _, name := range in.names {
		if !slices.Contains([]string{"type", "text", "cache_control", "citations"}, name) {
			return extraField(path + "." + name)
		}
	}
	if in.values["text"] == nil {
		return fmt.Errorf("%s.text: Field required", path)
	}
	text, ok := asText(in.values["text"])
	switch {
	case !ok:
		return fmt.Errorf("%s.text: Input should be a valid string", path)
	case text == "":
		return errors.New("messages: text content blocks must be non-empty")
	}
	r.text.WriteString(text)
	return nil
}

// readPart reads the object at path, a part of a body that is known to be valid JSON.
func readPart(path string, raw json.RawMessage) (object, error) {
	if !startsWith(raw, '{') {
		return object{}, fmt.Errorf("%s: Input should be an object", path)
	}
	in, err := readObject(raw)
	if err != nil {
		return object{}, fmt.Errorf("%s.%w", path, err)
	}
	return in, nil
}

// abbreviate returns at most the first 40 characters of a value, for an error message.
func abbreviate(raw json.RawMessage) string {
	const most = 40
	text := []rune(string(raw))
	if len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}
