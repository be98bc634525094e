package tree

import "github.com/agnivade/levenshtein"

// Suggest returns the nearest of the known words to a mistyped word; false if none is within a
// third of its length, or 2 edits for short words.
func Suggest(word string, from []string) (string, bool) {
	best, distance := "", max(2, len(word)/3)+1
	for _, candidate := range from {
		if d := edits(word, candidate); d < distance && d < len(candidate) {
			best, distance = candidate, d
		}
	}
	return best, best != ""
}

// edits is how many letters were mistyped; two that changed places are one mistake.
func edits(word, meant string) int {
	least := levenshtein.ComputeDistance(word, meant)
	for i := range len(word) - 1 {
		swapped := []byte(word)
		swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
		least = min(least, 1+levenshtein.ComputeDistance(string(swapped), meant))
	}
	return least
}
