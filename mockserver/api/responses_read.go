package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// minOutputTokens is the least max_output_tokens that OpenAI accepts.
const minOutputTokens = 16

func readResponse(_ http.Header, body []byte) (Call, error) {
	in, err := readBody(body)
	if err != nil {
		return Call{}, err
	}
	var call Call
	for _, read := range []func(object, *Call) error{
		readResponseModel, refuseChatParams, readResponseState, readResponseText, readResponseMaxTokens, readResponseStream, readChatSampling,
	} {
		if err := read(in, &call); err != nil {
			return Call{}, err
		}
	}
	return call, nil
}

func readResponseModel(in object, call *Call) error {
	raw, ok := in.optional("model")
	if !ok {
		return missingParam("model")
	}
	if call.Model, ok = asText(raw); !ok {
		return wrongTypeParam("model", "a string")
	}
	if call.Model == "" {
		return refuseParam("model", codeValue, "Invalid 'model': empty string.")
	}
	return nil
}

// refuseChatParams refuses parameters of the chat completions API that have other names here.
func refuseChatParams(in object, _ *Call) error {
	for _, moved := range [][2]string{{"messages", "input"}, {"max_tokens", "max_output_tokens"}, {"max_completion_tokens", "max_output_tokens"}} {
		if _, given := in.values[moved[0]]; given {
			return refuseParam(moved[0], "unsupported_parameter", "Unsupported parameter: '%s'. In the Responses API, this parameter has moved to '%s'.", moved[0], moved[1])
		}
	}
	return nil
}

// readResponseState refuses requests that need what the mock does not keep.
func readResponseState(in object, _ *Call) error {
	if raw, ok := in.optional("previous_response_id"); ok {
		return refuseParam("previous_response_id", "previous_response_not_found", "Previous response with id %s not found.", abbreviate(raw))
	}
	if raw, ok := in.optional("conversation"); ok {
		return &Refusal{
			Status: http.StatusNotFound, Kind: "conversation_not_found", Param: "conversation",
			Message: "Conversation with id " + abbreviate(raw) + " not found.",
		}
	}
	raw, ok := in.optional("background")
	if !ok {
		return nil
	}
	switch background, isBool := asBool(raw); {
	case !isBool:
		return wrongTypeParam("background", "a boolean")
	case background:
		return refuseParam("background", codeUnsupported, "Unsupported value: 'background' does not support true with this model.")
	}
	return nil
}

// readResponseText reads the instructions and the input.
func readResponseText(in object, call *Call) error {
	var text strings.Builder
	if raw, ok := in.optional("instructions"); ok {
		instructions, ok := asText(raw)
		if !ok {
			return wrongTypeParam("instructions", "a string")
		}
		text.WriteString(instructions)
	}
	raw, ok := in.optional("input")
	if !ok {
		return refuseParam("input", codeMissing, `One of "input" or "previous_response_id" or 'prompt' or 'conversation_id' must be provided.`)
	}
	if err := readResponseInput(raw, &text); err != nil {
		return err
	}
	call.Prompts = []string{text.String()}
	return nil
}

// readResponseInput reads a text or a list of items.
func readResponseInput(raw json.RawMessage, text *strings.Builder) error {
	if whole, ok := asText(raw); ok {
		text.WriteString(whole)
		return nil
	}
	list, ok := asList(raw)
	switch {
	case !ok:
		return wrongTypeParam("input", "one of a string or an array of input items")
	case len(list) == 0:
		return refuseParam("input", codeEmptyArray,
			"Invalid 'input': empty array. Expected an array with minimum length 1, but got an empty array instead.")
	}
	for i, raw := range list {
		if err := readResponseItem(fmt.Sprintf("input[%d]", i), raw, text); err != nil {
			return err
		}
	}
	return nil
}

// readResponseItem reads an item of the input: a message, whose type may be left out, or another
// item, such as a call of a tool or its output. Of those it checks the type only.
func readResponseItem(param string, raw json.RawMessage, text *strings.Builder) error {
	if !startsWith(raw, '{') {
		return wrongTypeParam(param, "an object")
	}
	in, err := readObject(raw)
	if err != nil {
		return refuseParam(param, codeValue, "Invalid '%s': %v.", param, err)
	}
	if kindRaw, ok := in.optional("type"); ok {
		kind, ok := asText(kindRaw)
		switch {
		case !ok:
			return wrongTypeParam(param+".type", "a string")
		case kind != "message":
			return nil
		}
	}
	roleRaw, ok := in.optional("role")
	if !ok {
		return missingParam(param + ".role")
	}
	role, _ := asText(roleRaw)
	if !slices.Contains([]string{"assistant", "system", "developer", "user"}, role) {
		return refuseParam(param+".role", codeValue, "Invalid value: %s. Supported values are: 'assistant', 'system', 'developer', and 'user'.", abbreviate(roleRaw))
	}
	content, ok := in.optional("content")
	if !ok {
		return missingParam(param + ".content")
	}
	return responseParts().read(param+".content", content, text)
}

// responseParts is the content of an input message.
func responseParts() contentParts {
	return contentParts{
		whole:  "one of a string or an array of objects",
		texts:  map[string]string{"input_text": "text", "output_text": "text", "refusal": "refusal"},
		others: []string{"input_image", "input_file", "input_audio"},
		listed: "'input_text', 'input_image', 'output_text', 'refusal', 'input_file', and 'input_audio'",
	}
}

func readResponseMaxTokens(in object, call *Call) error {
	raw, ok := in.optional("max_output_tokens")
	if !ok {
		return nil
	}
	n, err := chatInteger("max_output_tokens", raw, minOutputTokens)
	if err != nil {
		return err
	}
	call.MaxTokens = uint64(n)
	return nil
}

func readResponseStream(in object, call *Call) error {
	options, err := readStreamOptions(in, call)
	if err != nil {
		return err
	}
	for _, name := range options.names {
		if name != "include_obfuscation" {
			return refuseParam("stream_options."+name, "unknown_parameter", "Unknown parameter: 'stream_options.%s'.", name)
		}
	}
	return nil
}
