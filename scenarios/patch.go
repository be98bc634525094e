package scenarios

// Patch sets one field: a dotted path and the value it takes.
type Patch struct {
	Path string
}
