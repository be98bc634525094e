package scenarios

import (
	"reflect"
	"strings"
	"testing"

	"weighbridge/mockserver"
	"weighbridge/mockserver/dist"
	"weighbridge/scenarios/tree"
	"weighbridge/target"
)

// A number without bounds lets one digit too many end in no memory left or in a run without
// end. The bounds of distributions are in package dist, because they depend on the unit.
func TestEveryNumberIsBounded(t *testing.T) {
	found := 0
	var check func(of reflect.Type, path string, c tree.Check)
	check = func(of reflect.Type, path string, c tree.Check) {
		for of.Kind() == reflect.Slice || of.Kind() == reflect.Map || of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		if of.Kind() == reflect.Struct && of.PkgPath() != reflect.TypeFor[dist.Duration]().PkgPath() {
			for i := range of.NumField() {
				check(of.Field(i).Type, path+"."+of.Field(i).Name, tree.CheckOf(of.Field(i)))
			}
		}
		value := reflect.New(of).Elem()
		if !value.CanInt() && !value.CanUint() && !value.CanFloat() || strings.HasSuffix(path, ".Seed") {
			return
		}
		if found++; c.Min == "" && !value.CanUint() || c.Max == "" {
			t.Errorf("%s has no bounds: expected min and max in its check tag", path)
		}
	}
	for section, of := range map[string]reflect.Type{
		"target": reflect.TypeFor[target.Config](), "prompts": reflect.TypeFor[Prompts](), "client": reflect.TypeFor[target.Client](),
		"load": reflect.TypeFor[Load](), "experiment": reflect.TypeFor[Experiment](), "validity": reflect.TypeFor[Validity](),
		"mock": reflect.TypeFor[mockserver.Config](), "rules": reflect.TypeFor[Rule](), "claims": reflect.TypeFor[Claim](),
	} {
		check(of, section, tree.Check{})
	}
	if found < 80 {
		t.Errorf("found %d numbers in the language: expected at least 80", found)
	}
}
