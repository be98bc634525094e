package mockserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Settings is how configs are written, which is not the mock's to know.
type Settings struct {
	// Patch is c with what text sets, strictly: an unknown key changes nothing.
	Patch func(c Config, text []byte) (Config, error)
	// JSON is c as Patch reads it, whole.
	JSON func(c Config) []byte
}

// maxPatch bounds the body of a change in bytes.
const maxPatch = 1 << 20

// control serves what the mock tells its keeper and takes from it, on a listener
// of its own so that no client of the API can reach it. ?arm=NAME says which mock
// is meant; it may be left out where there is one.
//
//	GET    /_mock/                    {"arms":["…",…]}
//	GET    /_mock/process             what the process that hosts a run's mocks takes of its machine
//	GET    /_mock/ledger              the ledger.Snapshot
//	GET    /_mock/credentials         what clients may prove themselves with
//	GET    /_mock/settings            the settings as they are
//	PATCH  /_mock/settings[?ttl=30s]  changes what the body names, all of it or nothing; with ttl for that long
//	DELETE /_mock/settings            takes all changes back
//	POST   /_mock/tokens/revoke[?grace=10s]    {"revoked":3}
//	POST   /_mock/client-secret[?grace=10s]    {"client_secret":"…"}; a body {"client_secret":"…"} says which
//	POST   /_mock/reset               settings, ledger, buckets, tokens and batches begin anew
//
// Errors are {"error":{"type":"not_found_error","message":"…"}}: 400 for what is
// not understood, 404 for a path or an arm there is not, 403 for a web page's request.
func (h *Host) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_mock/{$}", h.listArms)
	mux.HandleFunc("GET /_mock/process", h.process)
	for pattern, serve := range map[string]func(*Server, *http.Request) (any, error){
		"GET /_mock/ledger":         func(s *Server, _ *http.Request) (any, error) { return s.Ledger().Snapshot() },
		"GET /_mock/credentials":    func(s *Server, _ *http.Request) (any, error) { return s.Credentials(), nil },
		"GET /_mock/settings":       func(s *Server, _ *http.Request) (any, error) { return h.told(s.Config()), nil },
		"PATCH /_mock/settings":     h.change,
		"DELETE /_mock/settings":    func(s *Server, _ *http.Request) (any, error) { s.Restore(); return h.told(s.Config()), nil },
		"POST /_mock/tokens/revoke": revoke,
		"POST /_mock/client-secret": rotate,
		"POST /_mock/reset":         func(s *Server, _ *http.Request) (any, error) { s.Reset(); return struct{}{}, nil },
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { h.answer(w, r, serve) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		controlError(w, http.StatusNotFound, "not_found_error", "no such path: "+r.URL.Path)
	})
	return refuseBrowsers(mux)
}

// refuseBrowsers keeps a web page that a developer has open from moving or reading
// their mock: browsers say where a request comes from, tools do not. A page whose own
// name is made to resolve to this machine says nothing for a GET, but asks by that name.
func refuseBrowsers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" || !isOwnHost(r.Host) {
			controlError(w, http.StatusForbidden, "permission_error", "requests from web pages are not taken")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isOwnHost reports whether a Host header names this machine in a way that nobody
// else decides: by an address, or as localhost.
func isOwnHost(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return name == "localhost" || net.ParseIP(strings.Trim(name, "[]")) != nil
}

// answer finds the mock that a request is about and answers for it.
func (h *Host) answer(w http.ResponseWriter, r *http.Request, serve func(*Server, *http.Request) (any, error)) {
	name := r.URL.Query().Get("arm")
	server, ok := h.servers[name]
	if name == "" && len(h.arms) == 1 {
		server, ok = h.servers[h.arms[0].Name], true
	}
	if !ok {
		controlError(w, http.StatusNotFound, "not_found_error", "no such arm: "+name)
		return
	}
	body, err := serve(server, r)
	if err != nil {
		controlError(w, http.StatusBadRequest, "invalid_request_error", err.Error())
		return
	}
	controlAnswer(w, http.StatusOK, body)
}

func (h *Host) listArms(w http.ResponseWriter, _ *http.Request) {
	names := make([]string, len(h.arms))
	for i, arm := range h.arms {
		names[i] = arm.Name
	}
	controlAnswer(w, http.StatusOK, map[string][]string{"arms": names})
}

func (h *Host) process(w http.ResponseWriter, _ *http.Request) {
	if h.keeping.Process == nil {
		controlError(w, http.StatusNotFound, "not_found_error", "this mock tells nothing of its process")
		return
	}
	controlAnswer(w, http.StatusOK, h.keeping.Process())
}

func (h *Host) change(s *Server, r *http.Request) (any, error) {
	ttl, err := durationOf(r, "ttl")
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxPatch+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxPatch:
		return nil, fmt.Errorf("the body is over %d bytes", maxPatch)
	case h.keeping.Settings.Patch == nil:
		return nil, errors.New("this mock takes no changes")
	}
	next, err := s.Change(func(c Config) (Config, error) { return h.keeping.Settings.Patch(c, text) }, ttl)
	if err != nil {
		return nil, err
	}
	return h.told(next), nil
}

// told is a config as its keeper reads it.
func (h *Host) told(c Config) any {
	if h.keeping.Settings.JSON == nil {
		return struct{}{}
	}
	return json.RawMessage(h.keeping.Settings.JSON(c))
}

func revoke(s *Server, r *http.Request) (any, error) {
	grace, err := durationOf(r, "grace")
	if err != nil {
		return nil, err
	}
	return map[string]int{"revoked": s.Issuer().RevokeAll(grace)}, nil
}

func rotate(s *Server, r *http.Request) (any, error) {
	grace, err := durationOf(r, "grace")
	if err != nil {
		return nil, err
	}
	var in struct {
		ClientSecret string `json:"client_secret"`
	}
	decoder := json.NewDecoder(io.LimitReader(r.Body, maxPatch))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	in.ClientSecret, err = s.Issuer().RotateSecret(in.ClientSecret, grace)
	return in, err
}

// durationOf is a duration in a request's query; 0 where there is none.
func durationOf(r *http.Request, name string) (time.Duration, error) {
	text := strings.TrimSpace(r.URL.Query().Get(name))
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%s: expected a duration such as 30s, found %q", name, text)
	}
	return d, nil
}

func controlError(w http.ResponseWriter, status int, kind, message string) {
	controlAnswer(w, status, map[string]map[string]string{"error": {"type": kind, "message": message}})
}

func controlAnswer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a keeper that is gone needs no answer
}
