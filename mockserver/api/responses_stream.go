package api

// responseEvent is any event of a response's stream: the SDK's Response…Event, of which each
// has some of the fields.
type responseEvent struct {
	Type         string           `json:"type"`
	Sequence     int              `json:"sequence_number"`
	Response     *response        `json:"response,omitempty"`
	OutputIndex  *int             `json:"output_index,omitempty"`
	ContentIndex *int             `json:"content_index,omitempty"`
	ItemID       string           `json:"item_id,omitempty"`
	Item         *responseMessage `json:"item,omitempty"`
	Part         *responsePart    `json:"part,omitempty"`
	Delta        *string          `json:"delta,omitempty"`
	Text         *string          `json:"text,omitempty"`
	Logprobs     *[]struct{}      `json:"logprobs,omitempty"`
}

// responseEvents numbers the events of a stream.
type responseEvents struct {
	list []Event
	// zero is the index of the only output item and of its only part.
	zero int
}

// add adds an event; its type is its name.
func (s *responseEvents) add(kind string, e responseEvent) *Event {
	e.Type, e.Sequence = kind, len(s.list)
	s.list = append(s.list, Event{Name: kind, Data: mustMarshal(e)})
	return &s.list[len(s.list)-1]
}

func streamResponse(a Answer) ([]Event, error) {
	item, err := singleItem(a)
	if err != nil {
		return nil, err
	}
	begun := newResponse(a)
	whole := begun.finished(a, item)
	message, empty, part := newResponseMessage(a, responseInProgress), newResponsePart(""), newResponsePart(item.Completion)
	pieces := chunks(item, a.Chunk)

	s := &responseEvents{list: make([]Event, 0, len(pieces)+8)}
	inItem := responseEvent{OutputIndex: &s.zero}
	inPart := responseEvent{OutputIndex: &s.zero, ContentIndex: &s.zero, ItemID: message.ID}
	inText := inPart
	inText.Logprobs = &[]struct{}{}

	s.add("response.created", responseEvent{Response: &begun})
	s.add("response.in_progress", responseEvent{Response: &begun})
	s.add("response.output_item.added", withItem(inItem, &message))
	s.add("response.content_part.added", withPart(inPart, &empty))
	for _, piece := range pieces {
		delta := inText
		delta.Delta = &piece.text
		s.add("response.output_text.delta", delta).Tokens = piece.tokens
	}
	done := inText
	done.Text = &item.Completion
	s.add("response.output_text.done", done)
	s.add("response.content_part.done", withPart(inPart, &part))
	s.add("response.output_item.done", withItem(inItem, &whole.Output[0]))
	s.add("response."+whole.Status, responseEvent{Response: &whole}).Last = true
	return s.list, nil
}

func withItem(e responseEvent, item *responseMessage) responseEvent {
	e.Item = item
	return e
}

func withPart(e responseEvent, part *responsePart) responseEvent {
	e.Part = part
	return e
}
