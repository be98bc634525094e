package record

// Main is the block's slice that the arm's prompts, errors and latencies come
// from: the open one where the arm was ever under open load, else the closed one.
// It is nil where the block ended before that slice began.
func (a *Arm) Main(b *Block) *Slice {
	for i := range a.Blocks {
		if a.Blocks[i].Open != nil {
			return b.Open
		}
	}
	return b.Closed
}
