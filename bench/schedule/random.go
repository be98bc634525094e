package schedule

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

// Random returns a generator for one purpose, named by labels. The same seed and
// labels give the same numbers; other labels give independent ones.
func Random(seed uint64, labels ...any) *rand.Rand {
	sum := sha256.Sum256(fmt.Appendln(nil, append([]any{seed}, labels...)...))
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])))
}
