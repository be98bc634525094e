package record

import (
	"testing"
	"time"
)

func BenchmarkHistRecord(b *testing.B) {
	b.ReportAllocs()
	h := NewHist()
	d := time.Duration(0)
	for b.Loop() {
		d = (d + 17*time.Microsecond) % time.Second
		h.Record(d)
	}
}

// BenchmarkHistPack measures the cost of closing a block's histogram.
func BenchmarkHistPack(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		h := NewHist()
		for d := time.Duration(0); d < time.Second; d += time.Millisecond {
			h.Record(d)
		}
		h.pack()
	}
}
