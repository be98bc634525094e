package gate

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// NOISE.md has every parameter with its figure, and a line of results for every case.
func TestNoiseIsAsPublished(t *testing.T) {
	text, err := os.ReadFile("NOISE.md")
	if err != nil {
		t.Fatal(err)
	}
	n := reflect.ValueOf(publishedNoise())
	for i := range n.NumField() {
		if row := fmt.Sprintf("| `%s` | %v |", n.Type().Field(i).Name, n.Field(i)); !strings.Contains(string(text), row) {
			t.Errorf("NOISE.md has no row %s", row)
		}
	}
	for _, c := range powerCases() {
		if !strings.Contains(string(text), c.name+" ") {
			t.Errorf("NOISE.md has no line of results for %s: run make gate-power and paste its output", c.name)
		}
	}
}
