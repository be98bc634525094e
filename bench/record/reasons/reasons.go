// Package reasons counts the failures of an arm by their reason: what class they are of and what
// the server said. Its memory is bounded, whatever a server says.
package reasons

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Others is the Class of the entry that stands for all failures of a phase beyond the kinds
// listed, so that the counts of a list add up to the failed requests.
const Others = "others"

// Most is how many kinds of failure a record lists for each phase of an arm.
const Most = 10

// Failure is one kind of failure in one phase of an arm's run.
type Failure struct {
	// Phase is open, closed, capacity, batch or warmup. The failures of the warm-up are in no figure.
	Phase string `json:"phase"`
	// Class is the class of the failure, such as client, or Others.
	Class string `json:"class"`
	// Status is the HTTP status; 0 without a complete response.
	Status int `json:"status,omitempty"`
	// Words is what the server said, or what went wrong without a response, at most maxText
	// characters. If it differed between requests, each number and id is replaced by "…".
	Words string `json:"words,omitempty"`
	// Count is the number of requests that failed so.
	Count uint64 `json:"count"`
	// FirstMS is when the first of them ended, in ms after the start of the run.
	FirstMS float64 `json:"first_ms"`
	// Example is the words of the first one.
	Example string `json:"example,omitempty"`
	// OverTime counts all of them by when they ended; nil if some moments are not known, as in older
	// records.
	OverTime *Times `json:"over_time,omitempty"`
}

// Said is the status and the words; the status only if the words do not have it.
func (f Failure) Said() string {
	status := strconv.Itoa(f.Status)
	said := slices.Contains(strings.FieldsFunc(f.Words, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }), status)
	if f.Status == 0 || said {
		return f.Words
	}
	return strings.TrimSpace(status + " " + f.Words)
}

// Line is the failure in a line, by its example, such as client 404: The model 'x' does not exist.
func (f Failure) Line() string {
	line := f.Class
	if f.Status > 0 {
		line += " " + strconv.Itoa(f.Status)
	}
	if f.Example != "" {
		line += ": " + f.Example
	}
	return line
}

// kind is what failures that are counted together have in common.
type kind struct {
	phase, class string
	status       int
	words        string
}

func (f Failure) kind() kind {
	if f.Class == Others {
		return kind{f.Phase, Others, 0, ""}
	}
	return kind{f.Phase, f.Class, f.Status, withoutNumbers(f.Words)}
}

// add adds failures of the same kind.
func (f *Failure) add(other Failure) {
	f.addCounts(other)
	f.OverTime = MergedTimes(f.OverTime, other.OverTime)
}

// addCounts adds failures of the same kind, without when they ended.
func (f *Failure) addCounts(other Failure) {
	if f.Words != other.Words {
		f.Words = withoutNumbers(f.Words)
	}
	f.Count += other.Count
	if other.FirstMS < f.FirstMS || other.FirstMS == f.FirstMS && other.Example < f.Example {
		f.FirstMS, f.Example = other.FirstMS, other.Example
	}
}

// toOthers returns a failure as one of the others of its phase.
func (f Failure) toOthers() Failure {
	return Failure{Phase: f.Phase, Class: Others, Count: f.Count, FirstMS: f.FirstMS, OverTime: f.OverTime}
}

// Merge adds up lists of failures of the same arm. It drops no kind, so that it is associative
// and commutative; Top shortens the result.
func Merge(lists ...[]Failure) []Failure {
	at := map[kind]int{}
	var out []Failure
	for _, list := range lists {
		for _, f := range list {
			i, known := at[f.kind()]
			if !known {
				at[f.kind()] = len(out)
				f.OverTime = MergedTimes(f.OverTime) // nothing is shared
				out = append(out, f)
				continue
			}
			out[i].add(f)
		}
	}
	slices.SortFunc(out, compare)
	return out
}

// Top returns the n most frequent kinds of each phase, and the rest as Others. The counts of the
// result add up to those of the list.
func Top(list []Failure, n int) []Failure {
	kept := map[string]int{}
	var out []Failure
	for _, f := range Merge(list) {
		if kept[f.Phase]++; f.Class != Others && kept[f.Phase] > n {
			f = f.toOthers()
		}
		out = append(out, f)
	}
	return Merge(out)
}

// compare orders failures by phase, Others last, and by how frequent they are.
func compare(a, b Failure) int {
	return cmp.Or(
		cmp.Compare(order(a.Phase), order(b.Phase)), cmp.Compare(a.Phase, b.Phase),
		cmp.Compare(last(a), last(b)), cmp.Compare(b.Count, a.Count), cmp.Compare(a.FirstMS, b.FirstMS),
		cmp.Compare(a.Class, b.Class), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Words, b.Words),
	)
}

// order is the place of a phase: those with figures first.
func order(phase string) int {
	if i := slices.Index([]string{"open", "closed", "capacity", "warmup"}, phase); i >= 0 {
		return i
	}
	return 4
}

func last(f Failure) int {
	if f.Class == Others {
		return 1
	}
	return 0
}
