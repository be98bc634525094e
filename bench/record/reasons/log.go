package reasons

// most is the number of kinds that a Log keeps at a time.
const most = 100

// Log counts failures as they happen. It keeps a bounded number of kinds: if a new one needs
// room, the least frequent so far becomes one of the others. What is frequent stays, and the
// counts add up. The zero value is empty.
type Log struct {
	counts map[kind]*counted
	others map[string]*Failure
	// seq numbers the kinds in the order in which they came.
	seq int
	// last is the kind of the last failure, which was lastOf: most are like the one before.
	last   *counted
	lastOf kind
}

// counted is a kind that a Log keeps.
type counted struct {
	Failure
	seq      int
	reported bool
}

// Add counts one failed request of a phase. The text, which is on one line and holds no secret,
// says what failed, and the request ended ms after the start of the run.
func (l *Log) Add(phase, class string, status int, text string, ms float64) {
	ms = max(ms, 0)
	if l.counts == nil {
		l.counts, l.others = map[kind]*counted{}, map[string]*Failure{}
	}
	if this := (kind{phase, class, status, text}); l.last != nil && this == l.lastOf {
		l.last.Count++
		l.last.FirstMS = min(l.last.FirstMS, ms)
		l.last.OverTime.add(ms)
		return
	}
	one := Failure{Phase: phase, Class: class, Status: status, Words: shorten(text), Count: 1, FirstMS: ms, Example: shorten(text)}
	alike := shorten(withoutNumbers(text)) // not of the shortened text, which ends where its numbers let it
	k := kind{phase, class, status, alike}
	c := l.counts[k]
	switch {
	case c == nil:
		l.makeRoom()
		l.seq++
		c = &counted{Failure: one, seq: l.seq}
		c.OverTime = &Times{}
		l.counts[k] = c
	case c.Words != one.Words:
		one.Words, c.Words = alike, alike
		fallthrough
	default:
		c.addCounts(one)
	}
	c.OverTime.add(ms)
	l.last, l.lastOf = c, kind{phase, class, status, text}
}

// makeRoom drops the least frequent kind, of several the oldest, if there is no room for another.
func (l *Log) makeRoom() {
	if len(l.counts) < most {
		return
	}
	var least kind
	var found *counted
	for k, c := range l.counts {
		if found == nil || c.Count < found.Count || c.Count == found.Count && c.seq < found.seq {
			least, found = k, c
		}
	}
	delete(l.counts, least)
	dropped := found.toOthers()
	if o := l.others[dropped.Phase]; o != nil {
		o.add(dropped)
		return
	}
	l.others[dropped.Phase] = &dropped
}

// List returns the Most most frequent kinds of each phase and the others.
func (l *Log) List() []Failure { return Top(l.all(), Most) }

func (l *Log) all() []Failure {
	var all []Failure
	for _, c := range l.counts {
		all = append(all, c.Failure)
	}
	for _, o := range l.others {
		all = append(all, *o)
	}
	return all
}

// New returns the kinds of List that no earlier call has returned.
func (l *Log) New() (out []Failure) {
	reported, unreported := map[kind]bool{}, map[kind]bool{}
	for _, c := range l.counts {
		if c.reported {
			reported[c.kind()] = true
		} else {
			unreported[c.kind()] = true
		}
	}
	list := map[kind]bool{}
	for _, f := range l.List() {
		k := f.kind()
		if list[k] = true; unreported[k] && !reported[k] {
			out = append(out, f)
		}
	}
	for _, c := range l.counts {
		c.reported = c.reported || list[c.kind()]
	}
	return out
}
