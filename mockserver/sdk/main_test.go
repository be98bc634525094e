package sdk_test

import (
	"flag"
	"os"
	"testing"
)

// Most of the suite's time is SDKs that wait before they retry, which takes no
// processor: many tests are to wait at once, however few processors there are.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "64"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
