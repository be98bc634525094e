package hosted

import (
	"context"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// childArgument makes this test program the child that hosts the mocks, as the verb
// mock-host does for weighbridge.
const childArgument = "host-mocks"

// stubbornArgument makes it a child that never ends by itself.
const stubbornArgument = "host-mocks-for-ever"

func TestMain(m *testing.M) {
	if len(os.Args) < 2 {
		goleak.VerifyTestMain(m)
		return
	}
	switch os.Args[1] {
	case childArgument, stubbornArgument:
		if err := Serve(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if os.Args[1] == stubbornArgument {
			select {}
		}
	default:
		goleak.VerifyTestMain(m)
	}
}
