package limits

// Cost is what an attempt takes of limits besides a request: its tokens.
type Cost struct{ Input, Output uint64 }

// of is what an attempt takes of a limit that counts a unit.
func (c Cost) of(unit Unit) float64 {
	switch unit {
	case Requests:
		return 1
	case InputTokens:
		return float64(c.Input)
	case OutputTokens:
		return float64(c.Output)
	case Tokens:
		return float64(c.Input) + float64(c.Output)
	}
	return 0
}

// units is the number of units.
const units = int(Tokens) + 1

// counts are totals by unit.
type counts [units]float64
