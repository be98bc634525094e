package ledger

// PushResult is what became of a resource that the mock wanted to push.
type PushResult int

const (
	// PushSent means that it was promised to the client (PUSH_PROMISE) and sent.
	PushSent PushResult = iota
	// PushSwitchedOff means that the client takes no pushes: it has sent SETTINGS_ENABLE_PUSH with 0.
	PushSwitchedOff
	// PushUnknown means that the protocol of the connection has no pushes: it is HTTP/1.1.
	PushUnknown
	// PushFailed means that it was refused for another reason, such as too many streams.
	PushFailed
)

// Pushes counts the resources that the mock wanted to push, by what became of them. Wanted is their sum.
type Pushes struct {
	Wanted      uint64 `json:"wanted"`
	Sent        uint64 `json:"sent"`
	SwitchedOff uint64 `json:"switched_off"`
	Unknown     uint64 `json:"unknown"`
	Failed      uint64 `json:"failed"`
}

// Push notes what became of a resource that the mock wanted to push.
func (l *Ledger) Push(result PushResult) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &l.counts.Pushes
	p.Wanted++
	switch result {
	case PushSent:
		p.Sent++
	case PushSwitchedOff:
		p.SwitchedOff++
	case PushUnknown:
		p.Unknown++
	default:
		p.Failed++
	}
}
