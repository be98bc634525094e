package scenarios

import (
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/mockserver/dist"
	"weighbridge/scenarios/tree"
)

// A preset comes before the scenario's own keys, wherever it stands in the file: they override what
// they name and keep the rest, and levels come after both.
func TestPreset(t *testing.T) {
	const preset = "preset: article-2023\n"
	ms := func(of float64) dist.Duration {
		return dist.Duration{Constant: time.Duration(of * float64(time.Millisecond))}
	}
	plain := mustParse(t, minimal+preset).Arms()[0].Mock
	if plain.Slots != 4 || !reflect.DeepEqual(plain.Latency.Request, ms(15.5)) || len(plain.Faults.Errors) != 1 {
		t.Errorf("the preset sets %d slots, %v, %v", plain.Slots, plain.Latency, plain.Faults.Errors)
	}
	for _, source := range []string{
		preset + minimal + "mock: {latency: {prompt: 2ms}}\n",
		minimal + "mock: {latency: {prompt: 2ms}}\n" + preset,
	} {
		if got := mustParse(t, source).Arms()[0].Mock; got.Slots != 4 || !reflect.DeepEqual(got.Latency.Request, ms(15.5)) || !reflect.DeepEqual(got.Latency.Prompt, ms(2)) {
			t.Errorf("%s: %d slots, %v", source, got.Slots, got.Latency)
		}
	}
	s := mustParse(t, withMatrix("a: {x: {mock.slots: 9}, y: {mock.queue: 1}}")+preset)
	if x, y := s.Arms()[0].Mock, s.Arms()[1].Mock; x.Slots != 9 || y.Slots != 4 {
		t.Errorf("levels have %d and %d slots", x.Slots, y.Slots)
	}
	showsAgain(t, "test.yaml", s)
	if text := string(s.Show()); !strings.Contains(text, "request: 15.5ms") {
		t.Errorf("show does not expand the preset:\n%s", text)
	}
}

// Every preset is named in the check of the key, and every name has one.
func TestPresetsAreListed(t *testing.T) {
	files, err := catalog.ReadDir("presets")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(file.Name(), path.Ext(file.Name())))
	}
	field, _ := reflect.TypeFor[Scenario]().FieldByName("Preset")
	if listed := tree.CheckOf(field).Enum; !slices.Equal(listed, names) {
		t.Errorf("listed are %q, there are %q", listed, names)
	}
	if _, err := Parse("test.yaml", []byte(minimal+"preset: article\n"), Changes{}); err == nil || !strings.Contains(err.Error(), "article-2023") {
		t.Errorf("an unknown preset: %v", err)
	}
}
