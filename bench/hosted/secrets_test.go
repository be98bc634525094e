package hosted

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"weighbridge/mockserver"
)

// The child's environment has what its mocks refer to, and none of the load's secrets.
func TestChildHasOnlyTheEnvironmentItNeeds(t *testing.T) {
	t.Setenv("LEAKS_TEST_CLOUD_KEY", "sesame-4711")
	t.Setenv("LEAKS_TEST_JWT", "hs256-key-of-the-mock")
	mocks, scenario := newMocks(t, childArgument, "mock.auth.jwt.secret=${env:LEAKS_TEST_JWT}")
	names := func(environment []string) []string {
		var out []string
		for _, entry := range environment {
			name, _, _ := strings.Cut(entry, "=")
			if !strings.HasPrefix(name, "GO") {
				out = append(out, name)
			}
		}
		return out
	}
	want := []string{"LEAKS_TEST_JWT"}
	if got := names(childEnvironment(scenario.Arms(), os.LookupEnv)); !slices.Equal(got, want) {
		t.Errorf("the environment is %v, want %v", got, want)
	}
	if _, err := mocks.Start(t.Context(), scenario.Arms(), func(error) {}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = mocks.Stop() }()
	if runtime.GOOS == "linux" { // elsewhere the environment of another process cannot be read
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", mocks.child.command.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		if got := names(strings.Split(strings.Trim(string(raw), "\x00"), "\x00")); !slices.Equal(got, want) {
			t.Errorf("the child has %v, want %v", got, want)
		}
	}
	for _, argument := range mocks.child.command.Args {
		if strings.Contains(argument, mocks.child.token) {
			t.Error("the token is among the arguments, which any user can read")
		}
	}
}

// Nobody but the run can read or change the mocks in mid-run.
func TestControlOfARunWantsItsToken(t *testing.T) {
	mocks, scenario := newMocks(t, childArgument)
	if _, err := mocks.Start(t.Context(), scenario.Arms(), func(error) {}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = mocks.Stop() }()
	ask := func(method, path, token string) int {
		req, err := http.NewRequestWithContext(t.Context(), method, mocks.child.info.Control+path, strings.NewReader(`{"latency":{"request":"1s"}}`))
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			req.Header.Set(mockserver.TokenHeader, token)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode
	}
	const arm = "?arm=protocol%3Dh1"
	for _, request := range []string{
		"PATCH /_mock/settings" + arm, "DELETE /_mock/settings" + arm, "GET /_mock/settings" + arm, "GET /_mock/ledger" + arm, "GET /_mock/credentials" + arm,
		"POST /_mock/reset" + arm, "POST /_mock/tokens/revoke" + arm, "POST /_mock/client-secret" + arm, "GET /_mock/", "GET /_mock/process", "GET /nothing",
	} {
		method, path, _ := strings.Cut(request, " ")
		for _, token := range []string{"", "guess", mocks.child.token + "x"} {
			if status := ask(method, path, token); status != http.StatusUnauthorized {
				t.Errorf("%s with the token %q is answered %d, want 401", request, token, status)
			}
		}
	}
	if status := ask("PATCH", "/_mock/settings"+arm, mocks.child.token); status != http.StatusOK {
		t.Errorf("with its token the run is answered %d", status)
	}
}

func TestChildWantsAToken(t *testing.T) {
	err := Serve(t.Context(), strings.NewReader(`{"job":{}}`+"\n"), io.Discard)
	if err == nil || !strings.Contains(err.Error(), "token") {
		t.Errorf("the error is %v", err)
	}
}
