package sdk_test

import (
	"flag"
	"os"
	"testing"
)

// Most of the time is spent waiting before retries, which needs no CPU: many tests can
// wait at the same time, however few CPUs there are.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "64"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
