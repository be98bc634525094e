package tree

import "github.com/agnivade/levenshtein"

// Suggest is the word of from nearest to a mistyped word, when one is near
// enough to be meant: within a third of the word's length, at least 2 edits.
func Suggest(word string, from []string) (string, bool) {
	best, distance := "", max(2, len(word)/3)+1
	for _, candidate := range from {
		if d := levenshtein.ComputeDistance(word, candidate); d < distance && d < len(candidate) {
			best, distance = candidate, d
		}
	}
	return best, best != ""
}
