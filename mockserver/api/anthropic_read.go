package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// messageReader reads the parameters of a message. Its errors have the form of the
// real API's: the path of the field, a colon, what is wrong with it.
type messageReader struct {
	version string
	// countingOnly is for count_tokens, which has no max_tokens and does not stream.
	countingOnly bool

	call Call
	text strings.Builder
}

func readMessages(h http.Header, body []byte) (Call, error) {
	version, err := anthropicVersion(h)
	if err != nil {
		return Call{}, err
	}
	return readMessageParams(body, messageReader{version: version})
}

func readMessageParams(body []byte, r messageReader) (Call, error) {
	in, err := readBody(body)
	if err != nil {
		return Call{}, err
	}
	required := []string{"model", "messages", "max_tokens"}
	if r.countingOnly {
		required = required[:2]
	}
	for _, name := range required {
		if in.values[name] == nil {
			return Call{}, fmt.Errorf("%s: Field required", name)
		}
	}
	if system, ok := in.values["system"]; ok { // comes before the messages, whatever the order of the fields
		if err := r.readSystem(system); err != nil {
			return Call{}, err
		}
	}
	for _, name := range in.names {
		if err := r.readField(name, in.values[name]); err != nil {
			return Call{}, err
		}
	}
	r.call.Prompts = []string{r.text.String()}
	return r.call, nil
}

func (r *messageReader) readField(name string, raw json.RawMessage) error {
	switch name {
	case "model":
		return r.readModel(raw)
	case "messages":
		return r.readMessageList(raw)
	case "system":
		return nil // read already
	case "temperature", "top_p", "top_k":
		return r.readSampling(name, raw)
	case "metadata":
		if !startsWith(raw, '{') {
			return errors.New("metadata: Input should be an object")
		}
		return nil
	case "tools":
		if !startsWith(raw, '[') {
			return errors.New("tools: Input should be a valid list")
		}
		return nil
	}
	if !r.countingOnly {
		switch name {
		case "max_tokens":
			return r.readMaxTokens(raw)
		case "stop_sequences":
			return r.readStopSequences(raw)
		case "stream":
			stream, ok := asBool(raw)
			if !ok {
				return errors.New("stream: Input should be a valid boolean")
			}
			r.call.Stream = stream
			return nil
		}
	}
	if isAnthropicField(name) {
		return nil
	}
	return extraField(name)
}

// extraField is the error of a field that is not known.
func extraField(path string) error { return fmt.Errorf("%s: Extra inputs are not permitted", path) }

func (r *messageReader) readModel(raw json.RawMessage) error {
	model, ok := asText(raw)
	switch {
	case !ok:
		return errors.New("model: Input should be a valid string")
	case model == "":
		return errors.New("model: String should have at least 1 character")
	}
	r.call.Model = model
	return nil
}

func (r *messageReader) readMaxTokens(raw json.RawMessage) error {
	n, ok := asInteger(raw)
	switch {
	case !ok:
		return errors.New("max_tokens: Input should be a valid integer")
	case n < 1:
		return errors.New("max_tokens: must be greater than or equal to 1")
	}
	r.call.MaxTokens = uint64(n)
	return nil
}

func (r *messageReader) readStopSequences(raw json.RawMessage) error {
	list, ok := asList(raw)
	if !ok {
		return errors.New("stop_sequences: Input should be a valid list")
	}
	for i, one := range list {
		text, ok := asText(one)
		switch {
		case !ok:
			return fmt.Errorf("stop_sequences.%d: Input should be a valid string", i)
		case strings.TrimSpace(text) == "":
			return errors.New("stop_sequences: each stop sequence must contain non-whitespace")
		}
		r.call.StopSequences = append(r.call.StopSequences, text)
	}
	return nil
}

// readSampling checks the sampling parameters, which version 2026-10-21 no longer has.
func (r *messageReader) readSampling(name string, raw json.RawMessage) error {
	if r.version != version2023 {
		return fmt.Errorf("%s: not supported under anthropic-version %s", name, r.version)
	}
	if r.countingOnly {
		return extraField(name)
	}
	if name == "top_k" {
		k, ok := asInteger(raw)
		switch {
		case !ok:
			return errors.New("top_k: Input should be a valid integer")
		case k < 0:
			return errors.New("top_k: must be greater than or equal to 0")
		}
		return nil
	}
	x, ok := asNumber(raw)
	switch {
	case !ok:
		return fmt.Errorf("%s: Input should be a valid number", name)
	case x < 0 || x > 1:
		return fmt.Errorf("%s: range: 0..1", name)
	}
	return nil
}

func (r *messageReader) readSystem(raw json.RawMessage) error {
	if text, ok := asText(raw); ok {
		r.text.WriteString(text)
		return nil
	}
	list, ok := asList(raw)
	if !ok {
		return errors.New("system: Input should be a valid list")
	}
	for i, raw := range list {
		if err := r.readBlock(fmt.Sprintf("system.%d", i), raw, textOnly); err != nil {
			return err
		}
	}
	return nil
}

func (r *messageReader) readMessageList(raw json.RawMessage) error {
	list, ok := asList(raw)
	switch {
	case !ok:
		return errors.New("messages: Input should be a valid list")
	case len(list) == 0:
		return errors.New("messages: at least one message is required")
	case len(list) > maxMessages:
		return fmt.Errorf("messages: List should have at most %d items after validation, not %d", maxMessages, len(list))
	}
	for i, raw := range list {
		if err := r.readMessage(fmt.Sprintf("messages.%d", i), raw, i == len(list)-1); err != nil {
			return err
		}
	}
	return nil
}

// maxMessages is the largest number of messages in a request, by the doc of MessageNewParams.
const maxMessages = 100_000

func (r *messageReader) readMessage(path string, raw json.RawMessage, last bool) error {
	in, err := readPart(path, raw)
	if err != nil {
		return err
	}
	for _, name := range []string{"role", "content"} {
		if in.values[name] == nil {
			return fmt.Errorf("%s.%s: Field required", path, name)
		}
	}
	for _, name := range in.names {
		if name != "role" && name != "content" {
			return extraField(path + "." + name)
		}
	}
	role, _ := asText(in.values["role"])
	allowed := anyKind
	switch {
	case role == "user", role == "assistant":
	case role == "system":
		allowed = textOnly
	default:
		return fmt.Errorf("%s.role: Input should be 'user' or 'assistant'", path)
	}
	empty, err := r.readContent(path+".content", in.values["content"], allowed)
	if err == nil && empty && !(last && role == "assistant") {
		err = fmt.Errorf("%s: all messages must have non-empty content except for the optional final assistant message", path)
	}
	return err
}
