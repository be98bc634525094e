// Package sdk holds the mock to its promise: the official Go SDKs of the APIs it
// stands for, as they ship, take it for the real thing. There is only a suite of
// tests here, in a module of its own so that the SDKs and what they need stay out
// of weighbridge's:
//
//	cd mockserver/sdk && go test -race ./...
//
// What a test says of a client it says of that SDK's version in go.mod. Where an
// SDK sees less than a careful client can, the test says so.
package sdk
