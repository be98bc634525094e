// Package sdk tests the mock with the unmodified official Go SDKs of the APIs that it
// mocks. It has only tests, in a module of its own, so that weighbridge does not depend on
// the SDKs:
//
//	cd mockserver/sdk && go test -race ./...
//
// What the tests state about a client applies to the SDK's version in go.mod. If an SDK
// does not detect something that a careful client can, the test says so.
package sdk
