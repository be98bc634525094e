package callbacks

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// maxBody is the longest callback in bytes, and bodyTimeout how long it may take to arrive.
const (
	maxBody     = 64 << 10
	bodyTimeout = 10 * time.Second
)

// Receiver is a server on loopback that takes the callbacks of some arms, each under a URL of its own.
type Receiver struct {
	secret   string
	key      []byte
	now      func() time.Time
	server   *http.Server
	base     string
	accounts []*Account
	serving  sync.WaitGroup
}

// Listen starts a Receiver with an account for each arm, on a port of 127.0.0.1 that the system
// chooses. It must be closed. now tells the time.
func Listen(accounts []*Account, now func() time.Time) (*Receiver, error) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	r := &Receiver{key: raw, secret: "whsec_" + base64.StdEncoding.EncodeToString(raw), now: now, accounts: accounts}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for callbacks: %w", err)
	}
	r.base = "http://" + listener.Addr().String()
	mux := http.NewServeMux()
	for i, account := range accounts {
		mux.HandleFunc("POST "+path(i), func(w http.ResponseWriter, req *http.Request) { r.serve(w, req, account) })
	}
	r.server = &http.Server{Handler: mux, ReadHeaderTimeout: bodyTimeout, ReadTimeout: bodyTimeout, ErrorLog: log.New(io.Discard, "", 0)}
	// Serve always returns http.ErrServerClosed.
	r.serving.Go(func() { _ = r.server.Serve(listener) })
	return r, nil
}

func path(arm int) string { return fmt.Sprintf("/callbacks/%d", arm) }

// URL is where the callbacks of an arm are received.
func (r *Receiver) URL(arm int) string { return r.base + path(arm) }

// Secret is what callbacks must be signed with.
func (r *Receiver) Secret() string { return r.secret }

// Close ends the Receiver once it has answered the callbacks under way, or when ctx is done.
func (r *Receiver) Close(ctx context.Context) error {
	err := r.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, r.server.Close())
	}
	r.serving.Wait()
	return err
}

// serve takes a callback, or refuses it: with a 401 if its signature is wrong or old, with a 400 if it
// is none.
func (r *Receiver) serve(w http.ResponseWriter, req *http.Request, account *Account) {
	c, err := r.read(w, req)
	if err == nil {
		account.take(c)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	account.refuse(err)
	status := http.StatusBadRequest
	if err == errForged || err == errStale {
		status = http.StatusUnauthorized
	}
	http.Error(w, err.Error(), status)
}

// read reads and verifies a callback. The error is one of errForged, errStale and errInvalid.
func (r *Receiver) read(w http.ResponseWriter, req *http.Request) (callback, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
	if err != nil {
		return callback{}, errInvalid
	}
	id, err := verify(r.key, req.Header, body, r.now())
	if err != nil {
		return callback{}, err
	}
	var in struct {
		Data *struct {
			Reference    uint32 `json:"reference"`
			Sequence     uint64 `json:"sequence"`
			InputTokens  uint64 `json:"input_tokens"`
			OutputTokens uint64 `json:"output_tokens"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &in); err != nil || in.Data == nil {
		return callback{}, errInvalid
	}
	return callback{id, in.Data.Reference, in.Data.Sequence, Tokens{in.Data.InputTokens, in.Data.OutputTokens}}, nil
}
