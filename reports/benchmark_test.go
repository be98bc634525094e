package reports

import (
	"io"
	"testing"

	"weighbridge/bench/record/recordtest"
)

// The record has eight arms and seven blocks, and was read from disk.

func BenchmarkSummarize(b *testing.B) {
	b.ReportAllocs()
	rec := recordtest.Reread(b, recordtest.Record(recordtest.Matrix()))
	for b.Loop() {
		(&Judged{Record: rec}).Summary()
	}
}

func BenchmarkWriteTable(b *testing.B) {
	b.ReportAllocs()
	rec := recordtest.Reread(b, recordtest.Record(recordtest.Matrix()))
	for b.Loop() {
		if err := Write(io.Discard, Screen{}, "table", &Judged{Record: rec}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFolder(b *testing.B) {
	b.ReportAllocs()
	rec := recordtest.Reread(b, recordtest.Record(recordtest.Matrix()))
	for b.Loop() {
		if _, err := Folder(&Judged{Record: rec}); err != nil {
			b.Fatal(err)
		}
	}
}
