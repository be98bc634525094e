package figures

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestInGroups(t *testing.T) {
	cases := []struct {
		blocks, size int
		want         string
	}{
		{6, 1, "[[0] [1] [2] [3] [4] [5]]"},
		{6, 2, "[[0 1] [2 3] [4 5]]"},
		{7, 2, "[[0 1] [2 3] [4 5 6]]"},
		{5, 3, "[[0 1 2 3 4]]"},
		{5, 5, "[[0 1 2 3 4]]"},
		{5, 6, "[]"},
		{0, 1, "[]"},
	}
	for _, c := range cases {
		if got := fmt.Sprint(inGroups(positions(c.blocks), c.size)); got != c.want {
			t.Errorf("%d blocks by %d: %s, want %s", c.blocks, c.size, got, c.want)
		}
	}
}

func TestGroupsHoldEveryBlockOnceInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		blocks := rapid.IntRange(1, 60).Draw(t, "blocks")
		size := rapid.IntRange(1, blocks).Draw(t, "size")
		next := 0
		for _, group := range inGroups(positions(blocks), size) {
			if len(group) < size || len(group) >= 2*size {
				t.Fatalf("a group of %d by %d", len(group), size)
			}
			for _, block := range group {
				if block != next {
					t.Fatalf("block %d where %d is due", block, next)
				}
				next++
			}
		}
		if next != blocks {
			t.Fatalf("the groups hold %d of %d blocks", next, blocks)
		}
	})
}

func TestSufficesLooksAtEveryArmAndGroup(t *testing.T) {
	cases := []struct {
		name     string
		answered [][]uint64
		q        float64
		want     bool
	}{
		{"exactly ten beyond", [][]uint64{{100, 100}, {100, 100}}, 0.9, true},
		{"one arm short in one block", [][]uint64{{100, 100}, {100, 99}}, 0.9, false},
		{"p50 needs twenty", [][]uint64{{20, 20}}, 0.5, true},
		{"p99 needs a thousand", [][]uint64{{1000, 999}}, 0.99, false},
	}
	for _, c := range cases {
		if got := suffices(c.answered, inGroups(positions(2), 1), c.q); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
