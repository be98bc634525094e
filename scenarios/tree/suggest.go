package tree

import "github.com/agnivade/levenshtein"

// Suggest returns the nearest of the known words to a mistyped word; false if none is within a
// third of its length, or 2 edits for short words.
func Suggest(word string, from []string) (string, bool) {
	best, distance := "", max(2, len(word)/3)+1
	for _, candidate := range from {
		if d := levenshtein.ComputeDistance(word, candidate); d < distance && d < len(candidate) {
			best, distance = candidate, d
		}
	}
	return best, best != ""
}
