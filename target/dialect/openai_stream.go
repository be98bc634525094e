package dialect

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"weighbridge/target"
)

// openaiDelta is what a chunk of a completion adds, or the whole message of a completion.
// Servers have several names for reasoning, and some use two of them at once.
type openaiDelta struct {
	openaiNamed
	// other is reasoning under an unknown field name, used only if no known field has any.
	other text
}

// openaiNamed holds the fields of known names.
type openaiNamed struct {
	Content          text            `json:"content"`
	Refusal          text            `json:"refusal"`
	Reasoning        text            `json:"reasoning"`
	ReasoningContent text            `json:"reasoning_content"`
	Thinking         text            `json:"thinking"`
	ReasoningDetails text            `json:"reasoning_details"`
	ToolCalls        openaiCalls     `json:"tool_calls"`
	FunctionCall     *openaiFunction `json:"function_call"`
	Audio            text            `json:"audio"`
}

// UnmarshalJSON reads the fields that it knows, and in a delta without content looks for others:
// names of reasoning are many (reasoning_text, thought, thinking_blocks), and new ones come.
func (d *openaiDelta) UnmarshalJSON(raw []byte) error {
	*d = openaiDelta{}
	if err := unmarshal(raw, &d.openaiNamed); err != nil || d.generated().any() {
		return err
	}
	var fields map[string]text
	if json.Unmarshal(raw, &fields) != nil {
		return nil // null
	}
	for name, value := range fields {
		if namesReasoning(name) && value.bytes() > d.other.bytes() {
			d.other = value
		}
	}
	return nil
}

// namesReasoning reports whether a field of a delta has text of reasoning by its name. Signatures
// and the like, which go with reasoning, are none.
func namesReasoning(name string) bool {
	has := func(part string) bool { return strings.Contains(name, part) }
	return slices.ContainsFunc([]string{"reason", "think", "thought"}, has) &&
		!slices.ContainsFunc([]string{"signature", "opaque", "encrypted", "id", "effort", "token", "format", "finish", "time"}, has)
}

// openaiCall is a call of a tool: of a function or of a tool with free input.
type openaiCall struct {
	Function openaiFunction `json:"function"`
	Custom   openaiFunction `json:"custom"`
}

// openaiCalls are calls of tools, or whatever else stands in their place, which is none.
type openaiCalls []openaiCall

// UnmarshalJSON reads the calls. It never fails.
func (c *openaiCalls) UnmarshalJSON(raw []byte) error {
	var calls []openaiCall
	if json.Unmarshal(raw, &calls) != nil {
		calls = nil
	}
	*c = calls
	return nil
}

type openaiFunction struct {
	Name      text `json:"name"`
	Arguments text `json:"arguments"`
	Input     text `json:"input"`
}

func (f openaiFunction) bytes() int {
	return f.Name.bytes() + f.Arguments.bytes() + f.Input.bytes()
}

func (d openaiDelta) generated() generated {
	reasoning := max(d.Reasoning.bytes(), d.ReasoningContent.bytes(), d.Thinking.bytes(), d.ReasoningDetails.bytes(), d.other.bytes())
	g := generated{reasoning: reasoning + d.Content.reasoning, output: d.Content.other + d.Refusal.bytes() + d.Audio.bytes()}
	g.blank = d.Content.blank
	g.refusal = d.Refusal.bytes() > 0
	calls := 0
	for _, call := range d.ToolCalls {
		calls += call.Function.bytes() + call.Custom.bytes()
	}
	if d.FunctionCall != nil {
		calls += d.FunctionCall.bytes()
	}
	g.output += calls
	g.call = calls > 0
	return g
}

// openaiChunk holds the fields read from the chunks of a completion.
type openaiChunk struct {
	errorFields
	Choices []openaiChunkChoice `json:"choices"`
	Usage   json.RawMessage     `json:"usage"`
	// Groq is what Groq adds (groq-python, types/chat/chat_completion_chunk.py): the usage, in the last chunk and
	// also without stream_options, and why the stream was stopped early.
	Groq groqFields `json:"x_groq"`
}

type openaiChunkChoice struct {
	Index int         `json:"index"`
	Delta openaiDelta `json:"delta"`
	// Text is the content in chunks of the older Completions API.
	Text         text            `json:"text"`
	FinishReason string          `json:"finish_reason"`
	Error        json.RawMessage `json:"error"`
	// Message is what servers that do not stream send in place of the deltas. Some have it beside them.
	Message json.RawMessage `json:"message"`
	// Usage is where Moonshot has it.
	Usage json.RawMessage `json:"usage"`
}

type groqFields struct {
	Usage json.RawMessage `json:"usage"`
	Error json.RawMessage `json:"error"`
}

// UnmarshalJSON reads the fields, or nothing of whatever else stands in their place. It never fails.
func (g *groqFields) UnmarshalJSON(raw []byte) error {
	type plainFields groqFields
	var fields plainFields
	if json.Unmarshal(raw, &fields) != nil {
		fields = plainFields{}
	}
	*g = groqFields(fields)
	return nil
}

// openaiStream collects what the chunks say about a completion.
type openaiStream struct {
	reason string
	usage  openaiUsage
	chunks int // those with choices
	// outdated says that more was generated after the last report of output tokens.
	outdated bool
	// streamed says that a delta had something.
	streamed bool
	// several says that something was generated for another choice than the first.
	several bool
}

func judgeOpenAIStream(body []byte, lenient bool) target.Outcome {
	var c openaiStream
	content, failed := eventStream{body, "[DONE]", lenient, c.read}.run()
	switch {
	case failed != nil:
		return *failed
	case c.chunks == 0:
		return *invalidStream("the stream has no choices%s", strayWords(body))
	case c.reason == "":
		if said := strayWords(body); said != "" {
			return *invalidStream("the stream has no finish_reason%s", said)
		}
		if !lenient {
			return *invalidStream("the stream has no finish_reason (target.stream_end: lenient accepts that)")
		}
	}
	if c.outdated { // a running total that ended early
		c.usage.Output = count{}
	}
	content.tellThoughts(body, openaiSaidPart)
	total := c.usage.usage()
	content.shift(total.output.n - c.usage.Output.n)
	out := content.outcome(total, false)
	if c.several {
		out.Remarks = append(out.Remarks, target.SeveralChoices)
	}
	return ended(out, c.reason, content.all)
}

// isDone reports whether the data of an event says that the stream is complete.
func isDone(data []byte) bool { return bytes.HasPrefix(data, []byte("[DONE]")) }

func (c *openaiStream) read(e event) (eventRole, *target.Outcome) {
	if isDone(e.data) {
		return eventRole{last: true}, nil
	}
	if e.reportsFailure() {
		return eventRole{}, namedError(e)
	}
	var chunk openaiChunk
	if ok, failed := e.decode(&chunk, func(name string) bool { return name == "message" }); !ok {
		return eventRole{}, failed
	}
	if reported, ok := chunk.reported(e.data); ok {
		return eventRole{}, errorEvent(reported)
	}
	if reportsError(chunk.Groq.Error) {
		return eventRole{}, errorEvent(errorOf(chunk.Groq.Error))
	}
	counted := c.usage.update(chunk.Groq.Usage)
	counted = c.usage.update(chunk.Usage) || counted
	var role eventRole
	for _, choice := range chunk.Choices {
		if reportsError(choice.Error) {
			return eventRole{}, errorEvent(errorOf(choice.Error))
		}
		if choice.FinishReason != "" {
			c.reason = choice.FinishReason
		}
		generated := c.generated(choice)
		counted = c.usage.update(choice.Usage) || counted
		c.several = c.several || choice.Index > 0 && generated.any()
		role.add(generated)
		c.chunks++
	}
	if len(chunk.Usage) > 0 {
		role.tokens = c.usage.Output.n
	}
	c.outdated = !counted && (c.outdated || role.any())
	return role, nil
}

// generated is what a chunk has of a choice: its message only if no chunk before had a delta with content.
func (c *openaiStream) generated(choice openaiChunkChoice) generated {
	g := choice.Delta.generated()
	g.output += choice.Text.bytes()
	if c.streamed = c.streamed || g.any(); !c.streamed && len(choice.Message) > 0 {
		var whole openaiDelta
		_ = json.Unmarshal(choice.Message, &whole) // of no object there is no text
		g = whole.generated()
	}
	return g
}
