package schedule

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

// Random returns the random numbers of one purpose. The same seed and labels give
// the same numbers; any other label gives independent ones.
func Random(seed uint64, labels ...any) *rand.Rand {
	sum := sha256.Sum256(fmt.Appendln(nil, append([]any{seed}, labels...)...))
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])))
}
