package tree

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// menu is a small language of its own.
type menu struct {
	Name   string           `yaml:"name"`
	Wait   time.Duration    `yaml:"wait" check:"min=1s,max=1m"`
	Dishes dishes           `yaml:"dishes"`
	Prices map[string]price `yaml:"prices"`
	Bar    *bar             `yaml:"bar"`
}

type dishes []string

func (dishes) Words() []string { return []string{"soup", "stew"} }

type price struct {
	Euros float64 `yaml:"euros,scalar" check:"min=0"`
	Note  string  `yaml:"note"`
}

type bar struct {
	Seats int `yaml:"seats" check:"min=1"`
}

func read(t *testing.T, source string) (menu, Positions, *Problems) {
	t.Helper()
	var p Problems
	var m menu
	d := &Decoder{Problems: &p, At: Positions{}, Optional: []any{bar{Seats: 4}}}
	if n := Parse(Position{File: "menu.yaml", Line: 1, Column: 1}, source, &p); n != nil {
		d.Decode(&m, n)
	}
	return m, d.At, &p
}

func TestDecode(t *testing.T) {
	got, at, p := read(t, "name: Bistro\nwait: 5s\ndishes: [stew, soup]\nprices:\n  stew: 9.5\n  soup: {euros: 4, note: hot}\nbar:\n")
	want := menu{
		Name: "Bistro", Wait: 5 * time.Second, Dishes: dishes{"stew", "soup"},
		Prices: map[string]price{"stew": {Euros: 9.5}, "soup": {4, "hot"}}, Bar: &bar{Seats: 4},
	}
	if err := p.Err(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	for path, line := range map[string]int{"name": 1, "dishes.1": 3, "prices.soup.note": 6, "prices.soup.unknown": 6, "nowhere": 1} {
		if got := at.Of(path).Line; got != line {
			t.Errorf("%s is on line %d, want %d", path, got, line)
		}
	}
}

func TestDecodeFindsEveryError(t *testing.T) {
	_, _, p := read(t, "nam: x\nwait: 5m\ndishes: [stow, 5]\nprices: {stew: -1, soup: [1]}\nbar: {seats: 0, seats: 2}\nname: a\nname: b\n")
	want := []string{
		`menu.yaml:1:1: unknown key "nam": did you mean name?`,
		`menu.yaml:2:7: wait: expected 1s to 1m, found 5m0s`,
		`menu.yaml:3:10: dishes.0: expected one of soup, stew, found "stow": did you mean stew?`,
		`menu.yaml:3:16: dishes.1: expected one of soup, stew, found "5"`,
		`menu.yaml:4:16: prices.stew: expected at least 0, found -1`,
		`menu.yaml:4:26: prices.soup: expected the euros alone, or a mapping with the keys euros, note, found a list`,
		`menu.yaml:5:14: bar.seats: expected at least 1, found 0`,
		`menu.yaml:5:17: bar: duplicate key "seats": already given on line 5`,
		`menu.yaml:7:1: duplicate key "name": already given on line 6`,
	}
	if got := p.Err().Error(); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestPatches(t *testing.T) {
	language, sections := reflect.TypeFor[menu](), []string{"prices", "bar"}
	m, _, p := read(t, "prices: {stew: 5}\n")
	for path, want := range map[string]string{
		"prices.stew.note": "", "bar.seats": "",
		"seats":           `unknown path "seats": did you mean bar.seats?`,
		"name":            `unknown path "name": expected a path into prices, bar`,
		"bar.seats.front": `unknown path "bar.seats.front": bar.seats has no keys`,
	} {
		patch := Patch{Path: path, Value: Parse(Position{}, "7", p)}
		if err := patch.Check(language, sections); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
		if want == "" {
			patch.Apply(&m, &Decoder{Problems: p, At: Positions{}})
		}
	}
	if err := p.Err(); err != nil || m.Prices["stew"] != (price{5, "7"}) || m.Bar == nil || m.Bar.Seats != 7 {
		t.Errorf("got %+v, %v", m, err)
	}
}

// What is written is read as the same value.
func TestEncodeAndDecode(t *testing.T) {
	want, _, _ := read(t, "name: \"5\"\nwait: 90s\nprices: {stew: {note: 'it''s \"hot\"'}}\n")
	want.Wait = 45 * time.Second
	for _, text := range []string{Encode(reflect.ValueOf(want), Check{}).Flow(), string(Encode(reflect.ValueOf(want), Check{}).JSON())} {
		text = strings.Replace(text, `,"bar":null`, "", 1)
		got, _, p := read(t, text)
		got.Dishes = nil // an empty list and none are the same
		if err := p.Err(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v; want %+v", text, got, err, want)
		}
	}
}
