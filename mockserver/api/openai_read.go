package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Error codes of 400s, as the real API gives them.
const (
	codeMissing     Kind = "missing_required_parameter"
	codeType        Kind = "invalid_type"
	codeValue       Kind = "invalid_value"
	codeBelow       Kind = "integer_below_min_value"
	codeEmptyArray  Kind = "empty_array"
	codeUnsupported Kind = "unsupported_value"
)

// refuseParam returns a refusal with a 400 because of the field param.
func refuseParam(param string, code Kind, format string, args ...any) error {
	return &Refusal{Status: http.StatusBadRequest, Kind: code, Param: param, Message: fmt.Sprintf(format, args...)}
}

func wrongTypeParam(param, want string) error {
	return refuseParam(param, codeType, "Invalid type for '%s': expected %s.", param, want)
}

func missingParam(param string) error {
	return refuseParam(param, codeMissing, "Missing required parameter: '%s'.", param)
}

// optional returns a field's value; ok is false if it is absent or null, which this
// API treats alike.
func (o object) optional(name string) (raw json.RawMessage, ok bool) {
	raw = o.values[name]
	return raw, raw != nil && string(raw) != "null"
}

func readChat(_ http.Header, body []byte) (Call, error) {
	in, err := readBody(body)
	if err != nil {
		return Call{}, err
	}
	var call Call
	for _, read := range []func(object, *Call) error{
		readChatModel, readChatMessages, readChatMaxTokens, readChatChoices, readChatStop, readChatStream, readChatSampling,
	} {
		if err := read(in, &call); err != nil {
			return Call{}, err
		}
	}
	return call, nil
}

func readChatModel(in object, call *Call) error {
	raw, ok := in.optional("model")
	if !ok {
		return refuseParam("", "", "you must provide a model parameter")
	}
	if call.Model, ok = asText(raw); !ok {
		return wrongTypeParam("model", "a string")
	}
	if call.Model == "" {
		return refuseParam("", "", "you must provide a model parameter")
	}
	return nil
}

// readChatMaxTokens reads the maximum number of output tokens, under either name.
func readChatMaxTokens(in object, call *Call) error {
	var given string
	for _, name := range []string{"max_tokens", "max_completion_tokens"} {
		raw, ok := in.optional(name)
		if !ok {
			continue
		}
		if given != "" {
			return refuseParam(name, "invalid_parameter_combination",
				"Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
		}
		given = name
		n, err := chatInteger(name, raw, 1)
		if err != nil {
			return err
		}
		call.MaxTokens = uint64(n)
	}
	return nil
}

func chatInteger(name string, raw json.RawMessage, least int64) (int64, error) {
	n, ok := asInteger(raw)
	switch {
	case !ok:
		return 0, wrongTypeParam(name, "an integer")
	case n < least:
		return 0, refuseParam(name, codeBelow, "Invalid '%s': integer below minimum value. Expected a value >= %d, but got %d instead.", name, least, n)
	}
	return n, nil
}

// readChatChoices refuses requests for more than one choice, which would put n times
// the load of one prompt on the mock.
func readChatChoices(in object, _ *Call) error {
	raw, ok := in.optional("n")
	if !ok {
		return nil
	}
	n, err := chatInteger("n", raw, 1)
	if err == nil && n > 1 {
		err = refuseParam("n", codeUnsupported, "Unsupported value: 'n' does not support %d with this model. Only the default (1) value is supported.", n)
	}
	return err
}

// maxStops is the largest number of stop sequences, by the doc of ChatCompletionNewParams.
const maxStops = 4

func readChatStop(in object, call *Call) error {
	raw, ok := in.optional("stop")
	if !ok {
		return nil
	}
	list := []json.RawMessage{raw}
	if startsWith(raw, '[') {
		list, ok = asList(raw)
	}
	if !ok || len(list) > maxStops {
		return refuseParam("stop", codeValue, "Invalid 'stop': expected a string or at most %d of them.", maxStops)
	}
	for _, one := range list {
		text, ok := asText(one)
		switch {
		case !ok:
			return wrongTypeParam("stop", "a string or a list of strings")
		case text == "":
			return refuseParam("stop", codeValue, "Invalid 'stop': empty string.")
		}
		call.StopSequences = append(call.StopSequences, text)
	}
	return nil
}

func readChatStream(in object, call *Call) error {
	options, err := readStreamOptions(in, call)
	if err != nil {
		return err
	}
	if raw, given := options.optional("include_usage"); given {
		var ok bool
		if call.IncludeUsage, ok = asBool(raw); !ok {
			return wrongTypeParam("stream_options.include_usage", "a boolean")
		}
	}
	return nil
}

// readStreamOptions reads stream and stream_options, of which Chat Completions and Responses know different keys;
// it returns no options if there are none.
func readStreamOptions(in object, call *Call) (options object, err error) {
	var ok bool
	if raw, given := in.optional("stream"); given {
		if call.Stream, ok = asBool(raw); !ok {
			return object{}, wrongTypeParam("stream", "a boolean")
		}
	}
	raw, given := in.optional("stream_options")
	if !given {
		return object{}, nil
	}
	if !startsWith(raw, '{') {
		return object{}, wrongTypeParam("stream_options", "an object")
	}
	if !call.Stream {
		return object{}, refuseParam("stream_options", "", "The 'stream_options' parameter is only allowed when 'stream' is enabled.")
	}
	if options, err = readObject(raw); err != nil {
		return object{}, refuseParam("stream_options", codeValue, "Invalid 'stream_options': %v.", err)
	}
	return options, nil
}

func readChatSampling(in object, _ *Call) error {
	for _, limit := range []struct {
		name        string
		least, most float64
	}{{"temperature", 0, 2}, {"top_p", 0, 1}, {"frequency_penalty", -2, 2}, {"presence_penalty", -2, 2}} {
		raw, ok := in.optional(limit.name)
		if !ok {
			continue
		}
		x, ok := asNumber(raw)
		switch {
		case !ok:
			return wrongTypeParam(limit.name, "a number")
		case x < limit.least || x > limit.most:
			return refuseParam(limit.name, codeValue, "Invalid '%s': expected a value from %g to %g.", limit.name, limit.least, limit.most)
		}
	}
	return nil
}

func readChatMessages(in object, call *Call) error {
	raw, ok := in.optional("messages")
	if !ok {
		return missingParam("messages")
	}
	list, ok := asList(raw)
	switch {
	case !ok:
		return wrongTypeParam("messages", "an array of objects")
	case len(list) == 0:
		return refuseParam("messages", codeEmptyArray,
			"Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.")
	}
	var text strings.Builder
	for i, raw := range list {
		if err := readChatMessage(fmt.Sprintf("messages[%d]", i), raw, &text); err != nil {
			return err
		}
	}
	call.Prompts = []string{text.String()}
	return nil
}

func readChatMessage(param string, raw json.RawMessage, text *strings.Builder) error {
	if !startsWith(raw, '{') {
		return wrongTypeParam(param, "an object")
	}
	in, err := readObject(raw)
	if err != nil {
		return refuseParam(param, codeValue, "Invalid '%s': %v.", param, err)
	}
	roleRaw, ok := in.optional("role")
	if !ok {
		return missingParam(param + ".role")
	}
	role, _ := asText(roleRaw)
	if !slices.Contains([]string{"developer", "system", "user", "assistant", "tool", "function"}, role) {
		return refuseParam(param+".role", codeValue, "Invalid value: %s. Supported values are: 'developer', 'system', "+
			"'user', 'assistant', 'tool', and 'function'.", abbreviate(roleRaw))
	}
	content, ok := in.optional("content")
	if !ok {
		if role == "assistant" || role == "function" { // it may have called a tool instead
			return nil
		}
		return missingParam(param + ".content")
	}
	return chatParts().read(param+".content", content, text)
}

// chatParts is the content of a chat message.
func chatParts() contentParts {
	return contentParts{
		whole:  "a string or an array of objects",
		texts:  map[string]string{"text": "text", "refusal": "refusal"},
		others: []string{"image_url", "input_audio", "file"},
		listed: "'text', 'image_url', 'input_audio', 'refusal', and 'file'",
	}
}
