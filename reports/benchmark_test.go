package reports

import (
	"io"
	"testing"
)

// The record of eight arms and seven blocks, as it is read from disk.

func BenchmarkSummarize(b *testing.B) {
	b.ReportAllocs()
	rec := reread(b, synthetic(matrixShape()))
	for b.Loop() {
		Summarize(Judged{Record: rec})
	}
}

func BenchmarkWriteTable(b *testing.B) {
	b.ReportAllocs()
	rec := reread(b, synthetic(matrixShape()))
	for b.Loop() {
		if err := Write(io.Discard, "table", Judged{Record: rec}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFolder(b *testing.B) {
	b.ReportAllocs()
	rec := reread(b, synthetic(matrixShape()))
	for b.Loop() {
		if _, err := Folder(Judged{Record: rec}); err != nil {
			b.Fatal(err)
		}
	}
}
