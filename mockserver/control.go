package mockserver

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// SettingsCodec parses and renders configs. The caller provides it, since this package
// does not know the scenario language.
type SettingsCodec struct {
	// Patch returns c with the settings in text applied. Unknown keys are an error.
	Patch func(c Config, text []byte) (Config, error)
	// JSON renders c, completely, in the form that Patch reads.
	JSON func(c Config) []byte
}

// maxPatch is the largest body of a change in bytes.
const maxPatch = 1 << 20

// control handles the requests of those who operate the mock. It has its own listener, so
// that clients of the API cannot reach it. ?arm=NAME selects the mock; it may be omitted
// if there is only one.
//
//	GET    /_mock/                    {"arms":["…",…]}
//	GET    /_mock/process             the resources used by the process that hosts the mocks of a run
//	GET    /_mock/ledger              the ledger.Snapshot; with ?settle, once no usage callback is sent any more
//	GET    /_mock/credentials         the credentials that clients can use
//	GET    /_mock/settings            the current settings
//	PATCH  /_mock/settings[?ttl=30s]  changes the settings in the body, all or none; with ttl, for that time only
//	DELETE /_mock/settings            undoes all changes
//	POST   /_mock/tokens/revoke[?grace=10s]    {"revoked":3}
//	POST   /_mock/client-secret[?grace=10s]    {"client_secret":"…"}; a body {"client_secret":"…"} sets the new one
//	POST   /_mock/reset               resets settings, ledger, buckets, tokens and batches
//
// If the host has a token, requests need it in the header Weighbridge-Token. Errors are
// {"error":{"type":"not_found_error","message":"…"}}: 400 for an invalid request, 401 without the token,
// 403 for a request from a web page, 404 for an unknown path or arm.
func (h *Host) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_mock/{$}", h.listArms)
	mux.HandleFunc("GET /_mock/process", h.process)
	for pattern, serve := range map[string]func(*Server, *http.Request) (any, error){
		"GET /_mock/ledger":         h.readLedger,
		"GET /_mock/credentials":    func(s *Server, _ *http.Request) (any, error) { return s.Credentials(), nil },
		"GET /_mock/settings":       func(s *Server, _ *http.Request) (any, error) { return h.settingsJSON(s.Config()), nil },
		"PATCH /_mock/settings":     h.changeSettings,
		"DELETE /_mock/settings":    func(s *Server, _ *http.Request) (any, error) { s.Restore(); return h.settingsJSON(s.Config()), nil },
		"POST /_mock/tokens/revoke": revokeTokens,
		"POST /_mock/client-secret": rotateSecret,
		"POST /_mock/reset":         func(s *Server, _ *http.Request) (any, error) { s.Reset(); return struct{}{}, nil },
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { h.answerForArm(w, r, serve) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeControlError(w, http.StatusNotFound, "not_found_error", "no such path: "+r.URL.Path)
	})
	return rejectBrowsers(h.requireToken(mux))
}

// TokenHeader is the header of a request to the control listener that has the host's token.
const TokenHeader = "Weighbridge-Token"

// requireToken refuses requests without the host's token, if it has one.
func (h *Host) requireToken(next http.Handler) http.Handler {
	if h.options.Token == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get(TokenHeader)), []byte(h.options.Token)) != 1 {
			writeControlError(w, http.StatusUnauthorized, "authentication_error", "the mocks of a run are controlled by that run alone")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// rejectBrowsers rejects requests from web pages, so that no page that a developer has
// open can read or change their mock. Browsers send Origin, tools do not. With DNS
// rebinding a browser sends no Origin for a GET, but the page's domain as Host.
func rejectBrowsers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" || !isLocalHost(r.Host) {
			writeControlError(w, http.StatusForbidden, "permission_error", "requests from web pages are not allowed")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isLocalHost reports whether a Host header is an IP address or localhost, and not a name
// that somebody could make resolve to this machine.
func isLocalHost(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return name == "localhost" || net.ParseIP(strings.Trim(name, "[]")) != nil
}

// answerForArm finds the mock that a request selects, and answers with the result of serve.
func (h *Host) answerForArm(w http.ResponseWriter, r *http.Request, serve func(*Server, *http.Request) (any, error)) {
	name := r.URL.Query().Get("arm")
	server, ok := h.servers[name]
	if name == "" && len(h.arms) == 1 {
		server, ok = h.servers[h.arms[0].Name], true
	}
	if !ok {
		writeControlError(w, http.StatusNotFound, "not_found_error", "no such arm: "+name)
		return
	}
	body, err := serve(server, r)
	if err != nil {
		writeControlError(w, http.StatusBadRequest, "invalid_request_error", err.Error())
		return
	}
	writeControl(w, http.StatusOK, body)
}

func (h *Host) listArms(w http.ResponseWriter, _ *http.Request) {
	names := make([]string, len(h.arms))
	for i, arm := range h.arms {
		names[i] = arm.Name
	}
	writeControl(w, http.StatusOK, map[string][]string{"arms": names})
}

func (h *Host) process(w http.ResponseWriter, _ *http.Request) {
	if h.options.Process == nil {
		writeControlError(w, http.StatusNotFound, "not_found_error", "this mock does not report on its process")
		return
	}
	writeControl(w, http.StatusOK, h.options.Process())
}

func (h *Host) readLedger(s *Server, r *http.Request) (any, error) {
	if r.URL.Query().Has("settle") {
		h.Settle(r.Context())
	}
	return s.Ledger().Snapshot()
}

func (h *Host) changeSettings(s *Server, r *http.Request) (any, error) {
	ttl, err := queryDuration(r, "ttl")
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxPatch+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxPatch:
		return nil, fmt.Errorf("the body is longer than %d bytes", maxPatch)
	case h.options.Settings.Patch == nil:
		return nil, errors.New("this mock's settings cannot be changed")
	}
	next, err := s.Change(func(c Config) (Config, error) { return h.options.Settings.Patch(c, text) }, ttl)
	if err != nil {
		return nil, err
	}
	return h.settingsJSON(next), nil
}

// settingsJSON renders a config with the SettingsCodec.
func (h *Host) settingsJSON(c Config) any {
	if h.options.Settings.JSON == nil {
		return struct{}{}
	}
	return json.RawMessage(h.options.Settings.JSON(c))
}

func revokeTokens(s *Server, r *http.Request) (any, error) {
	grace, err := queryDuration(r, "grace")
	if err != nil {
		return nil, err
	}
	return map[string]int{"revoked": s.issuer.RevokeAll(grace)}, nil
}

func rotateSecret(s *Server, r *http.Request) (any, error) {
	grace, err := queryDuration(r, "grace")
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
	in.ClientSecret, err = s.issuer.RotateSecret(in.ClientSecret, grace)
	return in, err
}

// queryDuration returns a duration in a request's query; 0 if it is absent.
func queryDuration(r *http.Request, name string) (time.Duration, error) {
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

func writeControlError(w http.ResponseWriter, status int, kind, message string) {
	writeControl(w, status, map[string]map[string]string{"error": {"type": kind, "message": message}})
}

func writeControl(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only if the client has left
}
