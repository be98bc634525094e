package schedule

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"weighbridge/scenarios"
)

// The formats of prompts.format.
const (
	formatText     = "text"
	formatJSONL    = "jsonl"
	formatCSV      = "csv"
	formatShareGPT = "sharegpt"
	formatMessages = scenarios.FormatMessages
)

// promptFile collects the prompts of a file.
type promptFile struct {
	name  string
	texts []string
	// scripts are the conversations in place of the texts.
	scripts []script
}

// entry is what one item of a file gives: a prompt or, if it has turns, a conversation.
type entry struct {
	text string
	script
}

// readPrompts reads the prompts of a file in UTF-8, with or without a byte order mark. An
// empty format is found by the name and the content. An error names the file and the line.
func readPrompts(name, format string, r io.Reader) (*promptFile, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	f := &promptFile{name: name}
	if !utf8.Valid(raw) {
		return nil, f.wrong(lineOfInvalid(raw), "expected text in UTF-8")
	}
	if format == "" {
		format = formatOf(name, raw)
	}
	switch {
	case format == formatText:
		err = f.readLines(raw, func(line string) (entry, error) { return entry{text: line}, nil })
	case format == formatCSV:
		err = f.readCSV(raw)
	case bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")):
		err = f.readArray(raw, format)
	default:
		err = f.readLines(raw, func(line string) (entry, error) { return entryOf([]byte(line), format) })
	}
	if err == nil && len(f.texts)+len(f.scripts) == 0 {
		err = fmt.Errorf("%s: expected at least one prompt, found none", name)
	}
	return f, err
}

// formatOf returns the format of a file: by the ending of its name if that is one of JSON's
// or CSV's, and otherwise by how its content begins.
func formatOf(name string, raw []byte) string {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jsonl", ".ndjson", ".json":
		return formatJSONL
	case ".csv":
		return formatCSV
	}
	trimmed := bytes.TrimSpace(raw)
	if len(trimmed) > 1 && (trimmed[0] == '{' || trimmed[0] == '[') {
		if next := bytes.TrimSpace(trimmed[1:]); len(next) > 0 && (next[0] == '"' || trimmed[0] == '[' && next[0] == '{') {
			return formatJSONL
		}
	}
	first, _, _ := bytes.Cut(trimmed, []byte("\n"))
	if header, err := csv.NewReader(bytes.NewReader(first)).Read(); err == nil && len(header) > 1 && promptColumn(header) >= 0 {
		return formatCSV
	}
	return formatText
}

func lineOfInvalid(raw []byte) int {
	line := 1
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		if r == utf8.RuneError && size == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		raw = raw[size:]
	}
	return line
}

func (f *promptFile) wrong(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: "+format, append([]any{f.name, line}, args...)...)
}

func (f *promptFile) add(line int, e entry) error {
	switch {
	case len(f.texts)+len(f.scripts) == maxPrompts:
		return f.wrong(line, "expected at most %d prompts", maxPrompts)
	case e.turns != nil:
		f.scripts = append(f.scripts, e.script)
	default:
		f.texts = append(f.texts, e.text)
	}
	return nil
}

// errNoPrompt is a conversation without a turn of its user, which is left out.
var errNoPrompt = errors.New("no turn of a user")

// addRead adds what was read from a line, unless it is errNoPrompt.
func (f *promptFile) addRead(line int, e entry, err error) error {
	switch {
	case errors.Is(err, errNoPrompt):
		return nil
	case err != nil:
		return f.wrong(line, "%w", err)
	}
	return f.add(line, e)
}

// readLines reads one prompt from each line that is not empty.
func (f *promptFile) readLines(raw []byte, read func(line string) (entry, error)) error {
	n := 0
	for line := range bytes.Lines(raw) {
		n++
		text := strings.TrimSpace(string(line))
		if text == "" {
			continue
		}
		e, err := read(text)
		if err := f.addRead(n, e, err); err != nil {
			return err
		}
	}
	return nil
}

// readArray reads a JSON array, one prompt from each item.
func (f *promptFile) readArray(raw []byte, format string) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return f.wrong(1, "invalid JSON: %v", err)
	}
	line, counted := 1, 0
	for d.More() {
		at := int(d.InputOffset())
		at += len(raw[at:]) - len(bytes.TrimLeft(raw[at:], ", \t\r\n"))
		line += bytes.Count(raw[counted:at], []byte("\n"))
		counted = at
		var item json.RawMessage
		if err := d.Decode(&item); err != nil {
			return f.wrong(line, "invalid JSON in the item that begins here: %v", err)
		}
		e, err := entryOf(item, format)
		if err := f.addRead(line, e, err); err != nil {
			return err
		}
	}
	line += bytes.Count(raw[counted:], []byte("\n"))
	if _, err := d.Token(); err != nil {
		return f.wrong(line, "the array is not closed: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return f.wrong(line, "expected nothing after the array")
	}
	return nil
}

// entryOf returns what a JSON value gives in a format.
func entryOf(raw []byte, format string) (entry, error) {
	if format == formatMessages {
		s, err := scriptOf(raw)
		return entry{script: s}, err
	}
	text, err := promptOf(raw, format)
	return entry{text: text}, err
}

// promptOf returns the prompt of a JSON value: a text, or what an object holds as prompt, text
// or question, or the first turn of the user in a conversation.
func promptOf(raw []byte, format string) (string, error) {
	var text string
	if format == formatJSONL && json.Unmarshal(raw, &text) == nil && strings.TrimSpace(text) != "" {
		return text, nil
	}
	var object struct {
		Prompt, Text, Question any
		Conversations          []struct{ From, Value string }
		Messages               []message
	}
	err := json.Unmarshal(raw, &object)
	switch {
	case err != nil:
	case object.Conversations != nil:
		for _, turn := range object.Conversations {
			if (turn.From == "human" || turn.From == "user") && strings.TrimSpace(turn.Value) != "" {
				return turn.Value, nil
			}
		}
		return "", errNoPrompt
	case format != formatShareGPT && object.Messages != nil:
		for _, m := range object.Messages {
			if text := m.text(); m.Role == "user" && strings.TrimSpace(text) != "" {
				return text, nil
			}
		}
		return "", errNoPrompt
	case format == formatJSONL:
		for _, value := range []any{object.Prompt, object.Text, object.Question} {
			if text, ok := value.(string); ok && strings.TrimSpace(text) != "" {
				return text, nil
			}
		}
	}
	return "", errors.New(map[string]string{
		formatJSONL:    `expected a JSON string, or an object with "prompt", "text", "question", "conversations" or "messages"`,
		formatShareGPT: `expected an object with "conversations", a list of {"from", "value"}`,
	}[format])
}

// message is one turn of a conversation in the format of OpenAI's and Anthropic's APIs. Its
// content is a text, or a list of parts of which some are texts.
type message struct {
	Role      string
	Content   any
	ToolCalls []any `json:"tool_calls"`
}

func (m message) text() string {
	if text, ok := m.Content.(string); ok {
		return text
	}
	parts, _ := m.Content.([]any)
	var texts []string
	for _, part := range parts {
		if fields, ok := part.(map[string]any); ok {
			if text, ok := fields["text"].(string); ok {
				texts = append(texts, text)
			}
		}
	}
	return strings.Join(texts, "\n")
}

// readCSV reads the rows after the header: the column named prompt, text or question, or else
// the first.
func (f *promptFile) readCSV(raw []byte) error {
	rows := csv.NewReader(bytes.NewReader(raw))
	header, err := rows.Read()
	column := max(promptColumn(header), 0)
	for err == nil {
		var row []string
		if row, err = rows.Read(); err != nil {
			break
		}
		line, _ := rows.FieldPos(column)
		text := strings.TrimSpace(row[column])
		if text == "" {
			return f.wrong(line, "expected a prompt in the column %q, found none", header[column])
		}
		if err := f.add(line, entry{text: text}); err != nil {
			return err
		}
	}
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case errors.As(err, &parse):
		return f.wrong(parse.Line, "invalid CSV: %v", parse.Err)
	}
	return err
}

// promptColumn returns the column of the prompts by the names in a header, -1 if none is.
func promptColumn(header []string) int {
	for _, name := range []string{"prompt", "text", "question"} {
		if i := slices.IndexFunc(header, func(field string) bool { return strings.EqualFold(strings.TrimSpace(field), name) }); i >= 0 {
			return i
		}
	}
	return -1
}
