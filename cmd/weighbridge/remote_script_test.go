package main

import (
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"weighbridge/mockserver"
)

// startRemote starts a mock behind TLS that stands for a server elsewhere: its certificate is for
// example.com, and of an authority that only ca.pem in the working directory names. A script finds it at
// $REMOTE_ADDRESS, and its credentials in the environment too. The id of its signing key takes the place of
// KEY_ID in the files that args names.
func startRemote(ts *testscript.TestScript, _ bool, args []string) {
	config := mockserver.DefaultConfig()
	config.Auth.Keys = []string{"key-of-a-remote-mock"}
	mock, err := mockserver.New(config, mockserver.Options{Secure: true})
	ts.Check(err)
	server := httptest.NewUnstartedServer(mock)
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that are opened and not used
	server.StartTLS()
	ts.Defer(func() {
		server.Close()
		mock.Close()
	})
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), ca, 0o600))
	own := mock.Credentials()
	ts.Check(os.WriteFile(ts.MkAbs("key.txt"), []byte(own.Key), 0o600))
	for _, file := range args {
		text := strings.ReplaceAll(ts.ReadFile(file), "KEY_ID", own.KeyID)
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o600))
	}
	for name, value := range map[string]string{
		"REMOTE_ADDRESS": server.Listener.Addr().String(), "REMOTE_KEY": own.Key, "REMOTE_CLIENT_SECRET": own.ClientSecret,
		"REMOTE_JWT_SECRET": own.JWTSecret, "REMOTE_SIGNING_KEY": own.SigningKey,
	} {
		ts.Setenv(name, value)
	}
}
