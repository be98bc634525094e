package dialect

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// messageIn returns the message in a value of an error response; "" if there is none.
func messageIn(value any, depth int) string {
	if depth > maxDepth {
		return ""
	}
	switch value := value.(type) {
	case string:
		return messageInText(value, depth)
	case []any:
		return messageInList(value, depth)
	case map[string]any:
		return messageInObject(value, depth)
	}
	return ""
}

// messageInText returns a text, or the message in it if it is a JSON object, as gateways quote
// their server's errors.
func messageInText(text string, depth int) string {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		var inner map[string]any
		if json.Unmarshal([]byte(text), &inner) == nil {
			if said := messageIn(inner, depth+1); said != "" {
				return said
			}
		}
	}
	return text
}

// messageInList joins the first few messages of a list.
func messageInList(list []any, depth int) string {
	const most = 3
	var all []string
	for _, item := range list {
		if said := messageIn(item, depth+1); said != "" && !slices.Contains(all, said) {
			all = append(all, said)
		}
		if len(all) == most {
			break
		}
	}
	return strings.Join(all, "; ")
}

// messageKeys are the keys under which error responses have their message, the most telling
// first. Of the keys' case and separators nothing depends.
func messageKeys() []string {
	return []string{
		"message", "errormessage", "errormsg", "msg", "errordescription", "faultstring", // OAuth has error and error_description
		"detail", "error", "errors", "details", "fault", "description", "reason", "exception", "title",
	}
}

// codeKeys are the keys of a short code, which stands where there is no message.
func codeKeys() []string { return []string{"type", "code", "errorcode", "errortype", "status", "name"} }

func messageInObject(object map[string]any, depth int) string {
	byKey := map[string]any{}
	for key, value := range object {
		byKey[strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(key))] = value
	}
	if inner, ok := byKey["error"].(map[string]any); ok { // before what the outer object says
		if said := messageIn(inner, depth+1); said != "" {
			return said
		}
	}
	for _, key := range messageKeys() {
		said := messageIn(byKey[key], depth+1)
		if fields, ok := byKey[key].(map[string]any); ok && said == "" && key == "errors" {
			said = messagesOfFields(fields, depth+1)
		}
		if said != "" {
			return withContext(key, said, byKey)
		}
	}
	for _, key := range codeKeys() {
		if said, ok := byKey[key].(string); ok && said != "" && depth > 0 {
			return said
		}
	}
	return ""
}

// messagesOfFields joins the first few messages of a form's fields, in the order of their names.
func messagesOfFields(fields map[string]any, depth int) string {
	var all []any
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if said := messageIn(fields[name], depth+1); said != "" {
			all = append(all, name+": "+said)
		}
	}
	return messageInList(all, depth)
}

// withContext adds what stands beside a message and is needed to understand it: the field that
// a validation error is about, the title of a problem (RFC 9457), the code of an OAuth error.
func withContext(key, said string, byKey map[string]any) string {
	before := ""
	switch key {
	case "msg", "message":
		if at, ok := byKey["loc"].([]any); ok {
			before = joined(at)
		}
	case "detail":
		before, _ = byKey["title"].(string)
	case "errordescription":
		before, _ = byKey["error"].(string)
	}
	if before == "" || strings.Contains(said, before) {
		return said
	}
	return before + ": " + said
}

// joined joins the steps of a path by dots.
func joined(steps []any) string {
	var all []string
	for _, step := range steps {
		all = append(all, fmt.Sprint(step))
	}
	return strings.Join(all, ".")
}
