package reports

import (
	"io"
	"testing"

	"weighbridge/reports/reportstest"
)

// The record of eight arms and seven blocks, as it is read from disk.

func BenchmarkSummarize(b *testing.B) {
	b.ReportAllocs()
	rec := reportstest.Reread(b, reportstest.Record(reportstest.Matrix()))
	for b.Loop() {
		(&Judged{Record: rec}).Summary()
	}
}

func BenchmarkWriteTable(b *testing.B) {
	b.ReportAllocs()
	rec := reportstest.Reread(b, reportstest.Record(reportstest.Matrix()))
	for b.Loop() {
		if err := Write(io.Discard, Screen{}, "table", &Judged{Record: rec}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFolder(b *testing.B) {
	b.ReportAllocs()
	rec := reportstest.Reread(b, reportstest.Record(reportstest.Matrix()))
	for b.Loop() {
		if _, err := Folder(&Judged{Record: rec}); err != nil {
			b.Fatal(err)
		}
	}
}
